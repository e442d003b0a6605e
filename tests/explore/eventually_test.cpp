// What must hold again and again, around the cycles of executions that never end.
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "tests/explore/eventually.hpp"

using namespace sim;
using namespace std::chrono_literals;
using agreement::stateful;
using agreement::violated_in;
using eventually_test::by_all;
using Names = std::set<std::string>;

namespace {

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

}  // namespace

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
