// Statements about a program, in all its interleavings, with exact numbers.
#include <gtest/gtest.h>

#include "tests/explore/agreement.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::outcomes_of;
using agreement::to_the_end;
using agreement::violated_in;
using agreement::violation_of;
using Set = std::set<std::string>;

TEST(Assume, drops_executions_and_counts_them) {
  const Report report = explore_in_every_way([] {
    atomic<int> x{0};
    thread a([&] { x.store(1); });
    thread b([&] {
      const int seen = x.load();
      assume(seen == 1);
      observe("seen", seen);
    });
    a.join();
    b.join();
  });
  EXPECT_EQ(report.executions, 1u);
  EXPECT_EQ(report.assumed_away, 1u);
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(outcomes_of(report), Set{"seen=1"});
}

TEST(Choose, explores_every_value) {
  const Report report = explore_in_every_way([] { observe("sum", choose(3) * 10 + choose(4) + choose(1)); });
  EXPECT_EQ(report.executions, 12u);
  EXPECT_EQ(report.outcomes.size(), 12u);
  EXPECT_TRUE(violated_in(explore([] { choose(0); })).contains("choose-misuse"));
}

TEST(Invariant, sees_intermediate_states_of_single_interleavings) {
  // x and y are equal at both ends of every thread; they differ by 2 only between the two threads' stores.
  const auto program = [] {
    atomic<int> x{0}, y{0};
    invariant("close", [&] { return x.load() - y.load() < 2; });
    const auto body = [&] {
      x.fetch_add(1);
      y.fetch_add(1);
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(violated_in(report), Set{"close"});
  EXPECT_EQ(violation_of(report, "close").schedule.size(), 2u);
  // 2 of 6 interleavings hold; 4 share 2 prefixes that are cut off. Where all holds, main goes on from its first join
  // before, between or behind what the other thread does.
  EXPECT_EQ(report.executions, 6u);
  Options walk = to_the_end(Strategy::random_walk);
  walk.max_executions = 100;
  EXPECT_EQ(violated_in(explore(program, walk)), Set{"close"});
}

TEST(Invariant, sees_the_state_after_the_last_operation) {
  EXPECT_EQ(violated_in(explore_in_every_way([] {
              atomic<int> x{0};
              invariant("below-five", [&] { return x.load() < 5; });
              x.store(5);
            })),
            Set{"below-five"});
  EXPECT_EQ(violated_in(explore_in_every_way([] {
              atomic<int> x{0};
              invariant("below-five", [&] { return x.load() < 5; });
              thread a([&] { x.store(5); });
              a.join();
            })),
            Set{"below-five"});
}

TEST(Invariant, ends_with_the_thread_that_stated_it) {
  const Report report = explore_in_every_way([] {
    atomic<int> x{0};
    thread a([&] {
      atomic<int> local{1};
      invariant("local-is-one", [&] { return local.load() == 1; });
      x.fetch_add(1);
    });
    thread b([&] {
      for (int i = 0; i < 3; ++i) x.fetch_add(1);
    });
    a.join();
    b.join();
  });
  EXPECT_EQ(report.executions, 4u);
  EXPECT_EQ(report.verdict, Verdict::holds);
}

TEST(Await, waits_without_spinning) {
  const Report report = explore_in_every_way([] {
    atomic<int> x{0};
    thread a([&] {
      x.store(1);
      x.store(2);
      x.store(3);
    });
    thread b([&] {
      await([&] { return x.load() >= 2; });
      observe("seen", x.load());
    });
    a.join();
    b.join();
  });
  EXPECT_EQ(report.executions, 3u);
  EXPECT_EQ(outcomes_of(report), (Set{"seen=2", "seen=3"}));
}

TEST(Await, for_what_never_comes_is_a_deadlock) {
  const Report report = explore_in_every_way([] {
    atomic<int> x{0, "x"};
    thread a("waiter", [&] { await([&] { return x.load() == 2; }); });
    thread b("writer", [&] { x.store(1); });
    a.join();
    b.join();
  });
  EXPECT_EQ(report.executions, 1u);
  EXPECT_EQ(violation_of(report, "deadlock").detail, "main in thread_join, waiter in await");
}

namespace {
void expect_as_many_executions_as_traces(const auto& program) {
  Options options = to_the_end(Strategy::dfs);
  options.count_traces = true;
  EXPECT_EQ(explore(program, to_the_end(Strategy::optimal_dpor)).executions, explore(program, options).traces);
}
}  // namespace

// Found by a random program: the end of the invariant, with its thread, belonged to whichever ended last of `inner` and
// of what its thread did before the join, so that the only violation lay in an interleaving that seemed to be
// equivalent to one without.
TEST(Invariant, ends_behind_a_join_in_a_transition_of_its_own) {
  const auto program = [] {
    atomic<int> x{0}, flag{0}, other{0};
    thread inner([&] { other.store(1); });
    thread outer([&] {
      invariant("x-is-0", [&] { return x.load() == 0; });
      flag.store(1);
      inner.join();
    });
    thread late([&] {
      await([&] { return flag.load() == 1; });
      x.store(1);
    });
    outer.join();
    late.join();
  };
  EXPECT_EQ(violated_in(explore_in_every_way(program)), Set{"x-is-0"});
  expect_as_many_executions_as_traces(program);
}

TEST(Invariant, belongs_to_one_transition_only_when_it_ends) {
  const auto program = [] {
    atomic<int> x{0}, other{0};
    thread a([&] { x.store(0); });
    thread b([&] {
      invariant("x-is-not-1", [&] { return x.load() != 1; });
      thread inner([&] { other.store(0); });
      x.load();
      inner.join();
    });
    a.join();
    b.join();
  };
  Options options = to_the_end(Strategy::optimal_dpor);
  // What `a` stores comes before b looks, between that and b's end, or behind it.
  EXPECT_EQ(explore(program, options).executions, 3u);
  explore_in_every_way(program);
  expect_as_many_executions_as_traces(program);
}
