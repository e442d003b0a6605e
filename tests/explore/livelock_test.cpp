// Executions that never end: which of them are violations, how they are shown, and that a replay confirms them.
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "explore/livelocks.hpp"
#include "explore/state_graph.hpp"
#include "tests/explore/agreement.hpp"

using namespace sim;
using namespace std::chrono_literals;
using agreement::stateful;
using agreement::violated_in;
using agreement::violation_of;

namespace {

enum class Wait { spin, yield, sleep };

void pause(Wait how) {
  if (how == Wait::yield) this_thread::yield();
  if (how == Wait::sleep) this_thread::sleep_for(1ms);
}

/// A thread polls a flag that another one sets, or that nobody sets.
auto poll(Wait how, bool is_set) {
  return [how, is_set] {
    atomic<bool> flag{false, "flag"};
    thread poller("poller", [&] {
      while (!flag.load()) pause(how);
    });
    thread setter("setter", [&] {
      if (is_set) flag.store(true);
    });
    poller.join();
    setter.join();
  };
}

constexpr std::array ways_to_wait = {Wait::spin, Wait::yield, Wait::sleep};
constexpr std::array orders = {Order::depth_first, Order::breadth_first};

/// Two threads, each of which needs both locks, tries for the second, and gives up the first if it fails.
void polite() {
  mutex left{"left"}, right{"right"};
  const auto body = [](mutex& first, mutex& second) {
    for (;;) {
      first.lock();
      if (second.try_lock()) break;
      first.unlock();
    }
    second.unlock();
    first.unlock();
  };
  thread a("a", [&] { body(left, right); }), b("b", [&] { body(right, left); });
  a.join();
  b.join();
}

void expect_confirmed(const std::function<void()>& program, const Violation& violation, const Options& options) {
  ASSERT_TRUE(violation.schedule.cycle().has_value());
  EXPECT_EQ(violation.detail.find("not seen"), std::string::npos) << violation.detail;
  const Report again = replay(program, violation.schedule, options);
  EXPECT_EQ(again.verdict, Verdict::violated) << again.reason;
  EXPECT_EQ(violated_in(again), std::set<std::string>{"livelock"});
  const auto read = Schedule::from_text(violation.schedule.to_text());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, violation.schedule);
}

}  // namespace

TEST(Livelock, is_a_polling_loop_whose_flag_nobody_sets) {
  for (const Wait how : ways_to_wait) {
    for (const Order order : orders) {
      const auto program = poll(how, false);
      const Report report = explore(program, stateful(order));
      EXPECT_EQ(report.verdict, Verdict::violated);
      EXPECT_TRUE(report.complete) << report.reason;
      EXPECT_EQ(report.executions, 0u);
      ASSERT_EQ(violated_in(report), std::set<std::string>{"livelock"});
      const Violation& violation = report.violations[0];
      EXPECT_EQ(violation.detail, "poller goes on for ever, while this waits: main in thread_join");
      expect_confirmed(program, violation, stateful(order));
      EXPECT_LE(violation.schedule.size() - *violation.schedule.cycle(), how == Wait::spin ? 1u : 2u);
      ASSERT_TRUE(violation.trace.cycle.has_value());
      for (const Event& event : violation.trace.events().subspan(*violation.trace.cycle)) EXPECT_EQ(event.thread, 1u);
    }
  }
}

TEST(Livelock, is_no_polling_loop_that_every_fair_schedule_leaves) {
  for (const Wait how : ways_to_wait) {
    for (const Order order : orders) {
      const Report report = explore(poll(how, true), stateful(order));
      EXPECT_EQ(report.verdict, Verdict::holds) << report.reason;
      EXPECT_TRUE(report.complete);
      EXPECT_EQ(report.executions, 1u);
      EXPECT_EQ(report.notes, std::vector<std::string>{}) << "no fair schedule stays in the loop";
    }
  }
}

TEST(Livelock, begins_where_the_last_way_out_was_missed) {
  const auto program = [] {
    atomic<int> x{0, "x"};
    thread a("a", [&] { x.store(1); });
    thread b("b", [&] {
      if (x.load() != 0) return;
      while (x.load() != 2) this_thread::yield();
    });
    a.join();
    b.join();
  };
  for (const Order order : orders) {
    const Report report = explore(program, stateful(order));
    EXPECT_EQ(report.executions, 1u);
    ASSERT_EQ(violated_in(report), std::set<std::string>{"livelock"});
    const Violation& violation = report.violations[0];
    // Whether the first round of the loop is one of the cycle depends on what it leaves in dead places.
    EXPECT_TRUE(violation.schedule.to_text().starts_with("2 1 ")) << violation.schedule.to_text();
    EXPECT_LE(*violation.schedule.cycle(), 4u);
    EXPECT_EQ(violation.schedule.size() - *violation.schedule.cycle(), 2u);
    expect_confirmed(program, violation, stateful(order));
  }
}

TEST(Livelock, takes_along_every_thread_that_can_run) {
  const auto program = [] {
    atomic<int> x{0, "x"};
    const auto body = [&](int mine) {
      while (x.load() < 2) x.store(mine);
    };
    thread a("a", body, 0), b("b", body, 1);
    a.join();
    b.join();
  };
  const Report report = explore(program, stateful());
  const Violation violation = violation_of(report, "livelock");
  EXPECT_EQ(violation.detail, "a and b go on for ever, while this waits: main in thread_join");
  expect_confirmed(program, violation, stateful());
}

TEST(Livelock, is_no_program_that_goes_on_for_ever_in_order_to_reach_a_goal) {
  for (const Order order : orders) {
    const auto server = [](bool serves) {
      return [serves] {
        channel<int> requests{1, "requests"};
        thread client([&] {
          for (;;) requests.send(1);
        });
        thread worker([&] {
          for (;;) {
            requests.receive();
            if (serves) reach("served");
          }
        });
        client.join();
      };
    };
    const Report serving = explore(server(true), stateful(order));
    EXPECT_EQ(serving.verdict, Verdict::holds) << serving.reason;
    ASSERT_EQ(serving.notes.size(), 1u);
    EXPECT_TRUE(serving.notes[0].starts_with("the program can go on for ever and reach a goal again and again"))
        << serving.notes[0];
    EXPECT_EQ(violated_in(explore(server(false), stateful(order))), std::set<std::string>{"livelock"});
  }
}

TEST(Livelock, that_adversarial_timing_keeps_up_is_a_note) {
  for (const Order order : orders) {
    const Report report = explore(polite, stateful(order));
    EXPECT_EQ(report.verdict, Verdict::holds) << report.reason;
    EXPECT_TRUE(report.complete);
    ASSERT_EQ(report.notes.size(), 1u);
    const std::string& note = report.notes[0];
    EXPECT_TRUE(
        note.starts_with("under a strongly fair schedule a and b go on for ever, while this waits: main in "
                         "thread_join, though the program could go on: "))
        << note;
    const auto schedule =
        Schedule::from_text(note.substr(note.rfind(": ") + 2, note.rfind(" (") - note.rfind(": ") - 2));
    ASSERT_TRUE(schedule.has_value()) << note;
    expect_confirmed(polite, {"livelock", "", *schedule, {}}, stateful(order));
  }
}

// With weak fairness this would be one: b is disabled whenever a holds the lock, so that it may wait for ever.
TEST(Livelock, is_not_seen_where_only_a_starving_thread_keeps_it_up) {
  const auto program = [] {
    mutex lock{"lock"};
    atomic<bool> done{false, "done"};
    thread a("a", [&] {
      for (bool stop = false; !stop;) {
        lock.lock();
        stop = done.load();
        lock.unlock();
      }
    });
    thread b("b", [&] {
      const std::lock_guard guard(lock);
      done.store(true);
    });
    a.join();
    b.join();
  };
  const Report report = explore(program, stateful());
  EXPECT_EQ(report.verdict, Verdict::holds) << report.reason;
  EXPECT_EQ(report.notes, std::vector<std::string>{});
}

TEST(Livelock, is_not_claimed_where_time_stands_still) {
  const auto program = [](bool endless) {
    return [endless] {
      atomic<bool> flag{false, "flag"};
      thread poller([&] {
        while (!flag.load()) {
        }
      });
      thread setter([&] {
        do {
          this_thread::sleep_for(1s);
        } while (endless);
        flag.store(true);
      });
      poller.join();
      setter.join();
    };
  };
  for (const Order order : orders) {
    const Report report = explore(program(false), stateful(order));
    EXPECT_EQ(report.verdict, Verdict::inconclusive);
    EXPECT_NE(report.reason.find("time = free"), std::string::npos) << report.reason;
    Options free = stateful(order);
    free.time = Time::free;
    EXPECT_EQ(explore(program(false), free).verdict, Verdict::holds);
    EXPECT_EQ(violated_in(explore(program(true), free)), std::set<std::string>{"livelock"});
  }
}

TEST(Livelock, is_found_although_the_exploration_was_not_complete) {
  const auto program = [] {
    atomic<int> x{0, "x"};
    if (choose(2) == 0) {
      while (x.load() == 0) {
      }
    }
    for (int i = 0; i < 1'000; ++i) x.store(i);
  };
  Options options = stateful();
  options.max_steps = 100;
  const Report report = explore(program, options);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(violated_in(report), std::set<std::string>{"livelock"});
  const auto only_long = [program] {
    atomic<int> x{0, "x"};
    for (int i = 0; i < 1'000; ++i) x.store(i % 7);
  };
  EXPECT_EQ(explore(only_long, options).verdict, Verdict::inconclusive) << "what was not explored may be a way out";
}

TEST(Livelock, is_no_loop_that_is_left_by_a_violation_or_an_assumption) {
  for (const bool assumed : {false, true}) {
    const auto program = [assumed] {
      atomic<int> x{0, "x"};
      while (x.load() == 0) {
        const bool good = choose(2) == 0;
        if (assumed) {
          assume(good);
        } else {
          check(good, "luck");
        }
      }
    };
    const Report report = explore(program, stateful());
    EXPECT_TRUE(report.complete) << report.reason;
    EXPECT_EQ(violated_in(report), assumed ? std::set<std::string>{} : std::set<std::string>{"luck"});
  }
}

TEST(Livelock, is_not_looked_for_if_switched_off) {
  Options options = stateful();
  options.livelocks = false;
  const Report report = explore(poll(Wait::yield, false), options);
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(explore(polite, options).notes, std::vector<std::string>{});
}

TEST(Livelock, comes_from_a_child_as_it_is) {
  Options options = stateful();
  options.isolate = true;
  const Report report = explore(poll(Wait::yield, false), options);
  const Report here = explore(poll(Wait::yield, false), stateful());
  ASSERT_EQ(report.violations.size(), 1u);
  EXPECT_EQ(report.violations[0].schedule, here.violations[0].schedule);
  EXPECT_EQ(report.violations[0].trace.cycle, here.violations[0].trace.cycle);
  EXPECT_EQ(explore(polite, options).notes, explore(polite, stateful()).notes);
}

TEST(Replay, of_a_cycle_that_does_not_close_is_inconclusive) {
  const auto program = poll(Wait::yield, false);
  for (const char* const text : {"| 1", "1 2 | 1 1 1"}) {
    const Report report = replay(program, *Schedule::from_text(text));
    EXPECT_EQ(report.verdict, Verdict::inconclusive) << text;
    EXPECT_EQ(report.reason, text[0] == '|' ? "the state at the end of the cycle is not that at its beginning"
                                            : "step 2: the schedule runs thread 2, which cannot run here");
  }
}

TEST(Schedule, says_where_its_cycle_begins) {
  const auto schedule = Schedule::from_text("0 1 | =2 1");
  ASSERT_TRUE(schedule.has_value());
  EXPECT_EQ(schedule->cycle(), 2u);
  EXPECT_EQ(schedule->size(), 4u);
  EXPECT_EQ(schedule->to_text(), "0 1 | =2 1");
  EXPECT_EQ(Schedule::from_text("| 1")->cycle(), 0u);
  for (const char* const malformed : {"0 1 |", "|", "0 | 1 | 2", "0 || 1"}) {
    EXPECT_FALSE(Schedule::from_text(malformed).has_value()) << malformed;
  }
}
