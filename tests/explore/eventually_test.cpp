// What must hold again and again: judged where executions end, and around the cycles of those that never end.
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "tests/explore/agreement.hpp"
#include "tests/explore/workers.hpp"

using namespace sim;
using namespace std::chrono_literals;
using agreement::stateful;
using agreement::to_the_end;
using agreement::violated_in;
using agreement::violation_of;
using Names = std::set<std::string>;

namespace {

/// In both orders and by one to three workers: the same, which is returned.
Report by_all(const std::function<void()>& program) {
  const Report report = explore(program, stateful());
  const Report breadth = explore(program, stateful(Order::breadth_first));
  EXPECT_EQ(breadth.verdict, report.verdict) << breadth.reason << " | " << report.reason;
  EXPECT_EQ(violated_in(breadth), violated_in(report));
  EXPECT_EQ(breadth.states, report.states);
  for (const unsigned workers : {1U, 2U, 3U}) {
    SCOPED_TRACE(std::to_string(workers) + " workers");
    const Report other = explore(program, workers_test::with_workers(workers));
    EXPECT_EQ(other.verdict, report.verdict) << other.reason << " | " << report.reason;
    EXPECT_EQ(other.states, report.states);
    EXPECT_EQ(violated_in(other), violated_in(report));
    agreement::expect_replays(program, other, stateful());
  }
  agreement::expect_replays(program, report, stateful());
  agreement::expect_replays(program, breadth, stateful());
  return report;
}

enum class Queue { by_priority, by_turns };

/// Two streams of requests that never end, and a server that has one place for each.
auto streams(Queue queue) {
  return [queue] {
    atomic<bool> high{false, "high"}, low{false, "low"};
    eventually("high-is-served", [&] { return !high.load(); });
    eventually("low-is-served", [&] { return !low.load(); });
    const auto ask = [](atomic<bool>& place) {
      for (;;) {
        await([&] { return !place.load(); });
        place.store(true);
      }
    };
    thread first("first", [&] { ask(high); }), second("second", [&] { ask(low); });
    thread server("server", [&] {
      const auto serve = [](atomic<bool>& place) {
        place.store(false);
        reach("served");
      };
      for (;;) {
        await([&] { return high.load() || low.load(); });
        if (high.load()) {
          serve(high);
          if (queue == Queue::by_priority) continue;
        }
        if (low.load()) serve(low);
      }
    });
    first.join();
    second.join();
    server.join();
  };
}

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

// ---- executions that end ------------------------------------------------------------------------

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

// ---- executions that never end ------------------------------------------------------------------

TEST(Eventually, finds_that_strict_priority_starves) {
  const Report report = by_all(streams(Queue::by_priority));
  EXPECT_EQ(report.executions, 0u);
  ASSERT_EQ(violated_in(report), Names{"low-is-served"});
  const Violation& violation = report.violations[0];
  EXPECT_TRUE(violation.detail.starts_with("it never holds again: first and server go on for ever"))
      << violation.detail;
  ASSERT_TRUE(violation.schedule.cycle().has_value());
  ASSERT_TRUE(violation.trace.cycle.has_value());
  const Report again = replay(streams(Queue::by_priority), violation.schedule, stateful());
  EXPECT_EQ(violated_in(again), Names{"low-is-served"}) << "a goal is reached: that is no livelock";
}

TEST(Eventually, is_not_violated_where_all_have_their_turn) {
  const Report report = by_all(streams(Queue::by_turns));
  EXPECT_EQ(report.verdict, Verdict::holds) << report.reason;
  EXPECT_GT(report.goals.at("served"), 0u);
}

TEST(Eventually, is_not_violated_by_schedules_that_are_not_strongly_fair) {
  const auto program = [] {
    mutex lock{"lock"};
    atomic<bool> done{false, "done"};
    eventually("done", [&] { return done.load(); });
    const auto again_and_again = [&] {
      for (;;) {
        const std::lock_guard guard(lock);
        reach("locked");
      }
    };
    thread one("one", again_and_again), two("two", again_and_again);
    thread once("once", [&] {
      const std::lock_guard guard(lock);
      done.store(true);
    });
    one.join();
    two.join();
    once.join();
  };
  EXPECT_EQ(by_all(program).verdict, Verdict::holds);
}

TEST(Eventually, is_told_apart_from_others_with_its_name) {
  // Somebody always waits, but nobody for ever.
  const auto program = [](bool second_is_served) {
    return [second_is_served] {
      std::array<atomic<bool>, 2> waits;
      const auto client = [&](int me) {
        eventually("served", [&waits, me] { return !waits[me].load(); });
        for (;;) {
          waits[me].store(true);
          await([&waits, me] { return !waits[me].load(); });
        }
      };
      thread a("a", client, 0), b("b", client, 1);
      thread server("server", [&] {
        for (;;) {
          for (int who = 0; who < (second_is_served ? 2 : 1); ++who) {
            await([&] { return waits[0].load() && waits[1].load(); });
            waits[who].store(false);
            reach("served");
          }
        }
      });
      a.join();
      b.join();
      server.join();
    };
  };
  EXPECT_EQ(by_all(program(true)).verdict, Verdict::holds);
  EXPECT_EQ(violated_in(by_all(program(false))), Names{"served"});
}

TEST(Eventually, judges_several_properties_at_once) {
  const auto program = [] {
    atomic<int> x{0, "x"};
    for (const int value : {0, 1, 2, 3}) {
      eventually("x-is-" + std::to_string(value), [&x, value] { return x.load() == value; });
    }
    thread counter("counter", [&] {
      for (;;) {
        x.store(1);
        x.store(2);
        reach("counted");
      }
    });
    counter.join();
  };
  EXPECT_EQ(violated_in(by_all(program)), (Names{"x-is-0", "x-is-3"}));
}

TEST(Eventually, and_a_livelock_are_both_reported) {
  const auto program = [] {
    atomic<bool> flag{false, "flag"};
    eventually("flag", [&] { return flag.load(); });
    thread poller("poller", [&] {
      while (!flag.load()) this_thread::yield();
    });
    poller.join();
  };
  EXPECT_EQ(violated_in(by_all(program)), (Names{"flag", "livelock"}));
}

TEST(Eventually, is_not_confirmed_by_a_cycle_that_is_not_fair) {
  const auto program = [] {
    atomic<int> x{0, "x"};
    eventually("x-is-1", [&] { return x.load() == 1; });
    thread idle("idle", [] {
      for (;;) {
        this_thread::yield();
        reach("idle");
      }
    });
    thread setter("setter", [&] {
      for (;;) {
        x.store(1);
        x.store(0);
      }
    });
    idle.join();
    setter.join();
  };
  EXPECT_EQ(by_all(program).verdict, Verdict::holds);
  Schedule unfair(std::vector<Choice>{{1, false}, {1, false}});
  unfair.set_cycle(1);
  const Report report = replay(program, unfair, stateful());
  EXPECT_EQ(report.verdict, Verdict::holds) << report.violations[0].property;
}

// ---- what is not known --------------------------------------------------------------------------

TEST(Eventually, does_not_hold_where_executions_that_never_end_are_not_judged) {
  Options options = stateful();
  options.livelocks = false;
  const Report report = explore(streams(Queue::by_priority), options);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_NE(report.reason.find("livelocks"), std::string::npos) << report.reason;
  options.workers = 2;
  EXPECT_EQ(explore(streams(Queue::by_priority), options).reason, report.reason);
}

TEST(Eventually, does_not_hold_where_time_stands_still) {
  const auto program = [] {
    atomic<bool> woken{false, "woken"};
    eventually("woken", [&] { return woken.load(); });
    thread busy("busy", [] {
      for (;;) {
        this_thread::yield();
        reach("busy");
      }
    });
    thread sleeper("sleeper", [&] {
      this_thread::sleep_for(1ms);
      woken.store(true);
    });
    busy.join();
    sleeper.join();
  };
  EXPECT_EQ(by_all(program).verdict, Verdict::inconclusive);
}

TEST(Eventually, is_judged_for_eight_properties_at_a_time) {
  const auto program = [](int properties) {
    return [properties] {
      atomic<int> x{0, "x"};
      for (int i = 0; i < properties; ++i) {
        eventually("p" + std::to_string(i), [&x] { return x.load() == 1; });
      }
      thread counter("counter", [&] {
        for (;;) {
          x.store(1);
          x.store(0);
          reach("counted");
        }
      });
      counter.join();
    };
  };
  EXPECT_EQ(explore(program(8), stateful()).verdict, Verdict::holds);
  const Report report = explore(program(9), stateful());
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_NE(report.reason.find("more than 8"), std::string::npos) << report.reason;
  EXPECT_EQ(violated_in(explore(program(33), stateful())), Names{"invariant-limit"});
  EXPECT_EQ(explore(program(8), stateful()).verdict, Verdict::holds) << "what came before does not count";
}
