// What must hold again and again, where executions end.
#include <gtest/gtest.h>

#include "tests/explore/agreement.hpp"
#include "tests/explore/eventually.hpp"

using namespace sim;
using agreement::to_the_end;
using agreement::violated_in;
using agreement::violation_of;
using eventually_test::by_all;
using Names = std::set<std::string>;

namespace {

/// A thread that sets `done`, first if the winner of a race is what it wants.
void race_for_done() {
  atomic<int> winner{0, "winner"};
  atomic<bool> done{false, "done"};
  eventually("done", [&] { return done.load(); });
  const auto body = [&](int me) {
    int nobody = 0;
    if (winner.compare_exchange_strong(nobody, me) && me == 2) done.store(true);
  };
  thread one("one", body, 1), two("two", body, 2);
  one.join();
  two.join();
}

}  // namespace

TEST(Eventually, holds_if_it_holds_at_the_end) {
  const auto program = [] {
    atomic<bool> done{false, "done"};
    eventually("done", [&] { return done.load(); });
    thread worker("worker", [&] { done.store(true); });
    worker.join();
  };
  EXPECT_EQ(agreement::explore_in_every_way(program).verdict, Verdict::holds);
  EXPECT_EQ(by_all(program).verdict, Verdict::holds);
}

TEST(Eventually, is_violated_by_the_interleavings_at_whose_end_it_is_false) {
  const Report report = agreement::explore_in_every_way(race_for_done);
  EXPECT_EQ(violated_in(report), Names{"done"});
  EXPECT_FALSE(violation_of(report, "done").schedule.cycle().has_value());
  EXPECT_EQ(violation_of(report, "done").detail, "it is false at the end");
  EXPECT_EQ(violated_in(by_all(race_for_done)), Names{"done"});
}

TEST(Eventually, is_judged_where_the_thread_that_states_it_ends) {
  // In the meantime, and after that thread, it may be false.
  for (const bool early : {true, false}) {
    const auto program = [early] {
      atomic<int> x{1, "x"};
      thread stating("stating", [&] {
        eventually("x-is-not-1", [&] { return x.load() != 1; });
        if (!early) x.store(2);
      });
      thread other("other", [&] { x.store(early ? 2 : 3); });
      stating.join();
      other.join();
      x.store(1);
    };
    const Report report = agreement::explore_in_every_way(program);
    EXPECT_EQ(violated_in(report), early ? Names{"x-is-not-1"} : Names{});
    EXPECT_EQ(violated_in(by_all(program)), violated_in(report));
  }
}

TEST(Eventually, is_judged_before_another_thread_changes_what_it_reads_or_after_it) {
  // main ends behind a join while others still run: either order must be seen.
  static constexpr auto program = [] {
    auto* const x = new atomic<int>(0, "x");
    thread stating("stating", [x] {
      eventually("x-is-0", [x] { return x->load() == 0; });
      thread inner("inner", [] {});
      inner.join();
    });
    thread other("other", [x] {
      x->store(1);
      x->store(0);
    });
    stating.join();
    other.join();
    observe("x", x->load());
  };
  EXPECT_EQ(violated_in(agreement::explore_in_every_way(program)), Names{"x-is-0"});
}

TEST(Eventually, is_judged_at_the_end_of_an_object_that_it_reads) {
  const auto program = [] {
    atomic<int> items{0, "items"};
    shared<bool> plain{false, "plain"};
    ghost<int> count;
    {
      const mutex unrelated;
      eventually("no-item-is-left", [&] { return items.load() == 0; });
      eventually("plain", [&] { return plain.load(); });
      eventually("counted", [&] { return count.get() == 1; });
    }
    thread sender("sender", [&] {
      items.store(1);
      plain.store(true);
      if (choose(2) == 1) count.change([](int& it) { ++it; });
    });
    sender.join();
    if (choose(2) == 1) items.store(0);
  };
  const Report report = explore(program, to_the_end(Strategy::dfs));
  EXPECT_EQ(violated_in(report), (Names{"counted", "no-item-is-left"}));
  EXPECT_EQ(report.executions, 4u);
  EXPECT_EQ(violated_in(explore(program, to_the_end(Strategy::optimal_dpor))), violated_in(report));
}

// What the predicate reads there is read for the property's sake, and not by the program.
TEST(Eventually, is_judged_without_a_data_race) {
  const auto program = [] {
    shared<int> plain{0, "plain"};
    thread stating("stating", [&] {
      eventually("plain-is-1", [&] { return plain.load() == 1; });
      sim::this_thread::yield();
    });
    thread writing("writing", [&] { plain.store(1); });
    stating.join();
    writing.join();
  };
  EXPECT_EQ(violated_in(agreement::explore_in_every_way(program)), Names{"plain-is-1"});
  EXPECT_EQ(violated_in(by_all(program)), Names{"plain-is-1"});
}

TEST(Eventually, is_violated_by_a_deadlock_in_which_it_is_false) {
  for (const bool holds : {false, true}) {
    const auto program = [holds] {
      mutex a{"a"}, b{"b"};
      atomic<bool> flag{holds, "flag"};
      eventually("flag", [&] { return flag.load(); });
      thread one("one", [&] {
        const std::lock_guard first(a);
        const std::lock_guard second(b);
      });
      thread two("two", [&] {
        const std::lock_guard first(b);
        const std::lock_guard second(a);
      });
      one.join();
      two.join();
      flag.store(true);
    };
    const Report report = agreement::explore_in_every_way(program);
    EXPECT_EQ(violated_in(report), holds ? Names{"deadlock"} : (Names{"deadlock", "flag"}));
    EXPECT_EQ(violated_in(by_all(program)), violated_in(report));
  }
}

TEST(Eventually, is_violated_by_the_deadlocks_in_which_it_is_false_and_by_no_others) {
  for (const std::uint32_t longer : {0U, 1U}) {
    const auto program = [longer] {
      atomic<bool> a{false, "a"}, b{false, "b"};
      eventually("a", [&] { return a.load(); });
      eventually("b", [&] { return b.load(); });
      if (choose(2) == longer) {
        a.store(false);
        b.store(true);
      } else {
        a.store(true);
      }
      await([] { return false; });
    };
    const Report report = agreement::explore_in_every_way(program);
    EXPECT_EQ(violated_in(report), (Names{"a", "b", "deadlock"}));
    EXPECT_NE(violation_of(report, "a").schedule, violation_of(report, "b").schedule);
  }
}
