// Long because each primitive has its tests here, side by side.
// Each primitive in all its interleavings, with exact numbers.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/explore/agreement.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::outcomes_of;
using agreement::to_the_end;
using agreement::violated_in;
using agreement::violation_of;
using namespace std::chrono_literals;
using Set = std::set<std::string>;

namespace {

Options in_time(Time time) {
  Options options;
  options.time = time;
  return options;
}

}  // namespace

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
  EXPECT_EQ(report.executions, 4u);  // 2 of 6 interleavings hold; 4 share 2 prefixes that are cut off.
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

TEST(Sleep, in_urgent_time_ends_when_nothing_else_can_run) {
  const auto program = [] {
    atomic<int> x{0};
    thread slow([&] {
      this_thread::sleep_for(20ms);
      observe("slow", x.fetch_add(1));
    });
    thread fast([&] {
      this_thread::sleep_for(10ms);
      observe("fast", x.fetch_add(1));
    });
    thread busy([&] { observe("busy", x.fetch_add(1)); });
    slow.join();
    fast.join();
    busy.join();
  };
  const Report urgent = explore_in_every_way(program, in_time(Time::urgent));
  EXPECT_EQ(urgent.executions, 1u);
  EXPECT_EQ(outcomes_of(urgent), Set{"busy=0 fast=1 slow=2"});
  // Free: slow fires after fast, but the adds come in any order, of busy too.
  const Report free = explore_in_every_way(program, in_time(Time::free));
  EXPECT_EQ(outcomes_of(free).size(), 6u);
  // fast's and slow's timers and adds: f F s S, f s F S, f s S F; busy's add anywhere among 4: 3 * 5.
  EXPECT_EQ(free.executions, 15u);
}

TEST(Sleep, with_equal_deadlines_ends_in_any_order) {
  const auto program = [] {
    atomic<int> x{0};
    const auto body = [&](int me) {
      this_thread::sleep_for(10ms);
      x.store(me);
    };
    thread a(body, 1), b(body, 2);
    a.join();
    b.join();
    observe("x", x.load());
  };
  // Urgent: whoever wakes first stores before the other's timer fires.
  const Report urgent = explore_in_every_way(program, in_time(Time::urgent));
  EXPECT_EQ(urgent.executions, 2u);
  EXPECT_EQ(outcomes_of(urgent), (Set{"x=1", "x=2"}));
  EXPECT_EQ(explore_in_every_way(program, in_time(Time::free)).executions, 6u);
}

TEST(Sleep, sums_up_along_a_thread) {
  const Report report = explore_in_every_way([] {
    atomic<int> x{0};
    thread a([&] {
      for (int i = 0; i < 3; ++i) this_thread::sleep_for(10ms);
      observe("a", x.fetch_add(1));
    });
    thread b([&] {
      this_thread::sleep_for(25ms);
      observe("b", x.fetch_add(1));
    });
    a.join();
    b.join();
  });
  EXPECT_EQ(outcomes_of(report), Set{"a=1 b=0"});
}

TEST(Yield, is_a_scheduling_point_that_touches_nothing) {
  const Report report = explore_in_every_way([] {
    thread a([] { this_thread::yield(); }), b([] { this_thread::yield(); });
    a.join();
    b.join();
  });
  EXPECT_EQ(report.executions, 2u);
}

TEST(Channel, delivers_in_order_and_blocks_when_full_and_empty) {
  const Report report = explore_in_every_way([] {
    channel<std::string> c{2};
    thread sender([&] {
      for (int i = 0; i < 3; ++i) c.send("a long item that needs memory of its own " + std::to_string(i));
      c.close();
    });
    std::string all;
    while (const auto item = c.receive()) all += item->back();
    observe("all", all);
    sender.join();
  });
  // The receiver is the main thread: 4 sends and receives of spsc, then close, before or after the receives.
  EXPECT_EQ(outcomes_of(report), Set{"all=012"});
  EXPECT_EQ(report.verdict, Verdict::holds);
}

TEST(Channel, tries_without_blocking) {
  const Report report = explore_in_every_way([] {
    channel<int> c{1};
    thread a([&] { observe("a", c.try_send(1)); });
    thread b([&] { observe("b", c.try_send(2)); });
    thread r([&] { observe("r", c.try_receive().value_or(0)); });
    a.join();
    b.join();
    r.join();
  });
  EXPECT_EQ(report.executions, 6u);
  EXPECT_EQ(outcomes_of(report),
            (Set{"a=1 b=0 r=0", "a=1 b=0 r=1", "a=1 b=1 r=1", "a=0 b=1 r=0", "a=0 b=1 r=2", "a=1 b=1 r=2"}));
}

TEST(Channel, is_misused_by_sending_after_closing) {
  const Report report = explore_in_every_way([] {
    channel<int> c{1};
    thread a([&] { c.send(1); });
    thread b([&] { c.close(); });
    a.join();
    b.join();
  });
  EXPECT_EQ(violated_in(report), Set{"channel-misuse"});
  EXPECT_EQ(report.executions, 2u);
}

TEST(Semaphore, lets_as_many_through_as_it_counts) {
  const Report report = explore_in_every_way([] {
    counting_semaphore<> free{2};
    atomic<int> inside{0};
    const auto body = [&] {
      free.acquire();
      check(inside.fetch_add(1) < 2, "at-most-two");
      inside.fetch_sub(1);
      free.release();
    };
    thread a(body), b(body), c(body);
    a.join();
    b.join();
    c.join();
    observe("tried", free.try_acquire() && free.try_acquire() && !free.try_acquire());
  });
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(outcomes_of(report), Set{"tried=1"});
}

TEST(Semaphore, is_misused_beyond_its_maximum) {
  EXPECT_EQ(violated_in(explore([] {
              binary_semaphore s{1};
              s.release();
            })),
            Set{"semaphore-misuse"});
}

TEST(ConditionVariable, that_is_notified_before_it_is_waited_for_loses_the_wakeup) {
  const Report report = explore_in_every_way([] {
    mutex m{"m"};
    condition_variable ready{"ready"};
    thread waiter("waiter", [&] {
      std::unique_lock lock(m);
      ready.wait(lock);
    });
    thread notifier("notifier", [&] { ready.notify_one(); });
    waiter.join();
    notifier.join();
  });
  EXPECT_EQ(violated_in(report), Set{"deadlock"});
  EXPECT_EQ(violation_of(report, "deadlock").detail, "main in thread_join, waiter in condition_wake m");
  EXPECT_EQ(outcomes_of(report), (Set{"", "deadlock"}));
  EXPECT_EQ(report.executions, 3u);
}

TEST(ConditionVariable, notifies_any_one_of_its_waiters) {
  const Report report = explore_in_every_way([] {
    mutex m;
    condition_variable ready;
    int waiting = 0;
    std::string order;
    const auto wait = [&](char me) {
      std::unique_lock lock(m);
      ++waiting;
      ready.wait(lock);
      order += me;
    };
    thread a(wait, 'a'), b(wait, 'b'), c(wait, 'c');
    const auto all_wait = [&] {
      const std::lock_guard lock(m);
      return waiting == 3;
    };
    while (!all_wait()) {
      await([&] { return waiting == 3; });
    }
    for (int i = 0; i < 3; ++i) {
      { const std::lock_guard lock(m); }
      ready.notify_one();
      await([&] { return order.size() == static_cast<std::size_t>(i) + 1; });
    }
    a.join();
    b.join();
    c.join();
    observe("order", order);
  });
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(outcomes_of(report), (Set{"order=abc", "order=acb", "order=bac", "order=bca", "order=cab", "order=cba"}));
}

TEST(ConditionVariable, notifies_all) {
  const Report report = explore_in_every_way([] {
    mutex m;
    condition_variable ready;
    bool go = false;
    const auto wait = [&] {
      std::unique_lock lock(m);
      ready.wait(lock, [&] { return go; });
    };
    thread a(wait), b(wait);
    {
      const std::lock_guard lock(m);
      go = true;
      ready.notify_all();
    }
    a.join();
    b.join();
  });
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_TRUE(report.complete);
}

TEST(Mutex, is_misused_by_unlocking_what_another_thread_holds) {
  EXPECT_EQ(violated_in(explore_in_every_way([] {
              mutex m;
              thread a([&] { m.lock(); });
              a.join();
              m.unlock();
            })),
            Set{"mutex-misuse"});
  EXPECT_EQ(violated_in(explore([] {
              mutex m;
              condition_variable c;
              std::unique_lock lock(m, std::defer_lock);
              c.wait(lock);
            })),
            Set{"mutex-misuse"});
}

TEST(Mutex, that_is_locked_twice_deadlocks) {
  EXPECT_EQ(violated_in(explore_in_every_way([] {
              mutex m;
              m.lock();
              m.lock();
            })),
            Set{"deadlock"});
}

TEST(Thread, that_is_joinable_when_it_is_destroyed_is_a_violation) {
  EXPECT_EQ(violated_in(explore_in_every_way([] {
              atomic<int> x{0};
              thread a([&] { x.store(1); });
              if (x.load() == 1) a.join();
            })),
            Set{"thread-not-joined"});
}

TEST(Thread, is_misused_by_joining_twice_or_what_is_no_thread) {
  EXPECT_EQ(violated_in(explore([] {
              thread a([] {});
              a.join();
              a.join();
            })),
            Set{"thread-misuse"});
  EXPECT_EQ(violated_in(explore([] { thread().detach(); })), Set{"thread-misuse"});
}

TEST(Thread, that_is_detached_runs_to_its_end) {
  const Report report = explore_in_every_way([] {
    thread a([] {
      this_thread::yield();
      observe("done", 1);
    });
    a.detach();
    this_thread::yield();
  });
  EXPECT_EQ(report.executions, 2u);
  EXPECT_EQ(outcomes_of(report), Set{"done=1"});
}

TEST(Thread, exists_64_times_at_most) {
  const auto program = [](int count) {
    return [count] {
      std::vector<thread> threads;
      for (int i = 0; i < count; ++i) threads.emplace_back([] {});
      for (thread& one : threads) one.join();
    };
  };
  EXPECT_EQ(explore(program(63)).verdict, Verdict::holds);
  EXPECT_EQ(violation_of(explore(program(64)), "thread-limit").detail,
            "the program creates more than 64 threads, which is all that there are");
}

TEST(Object, that_was_made_outside_the_program_is_a_violation) {
  atomic<int> outer{0};
  mutex lock;
  EXPECT_EQ(violated_in(explore([&] { outer.store(1); })), Set{"self-contained"});
  EXPECT_EQ(violated_in(explore([&] { lock.lock(); })), Set{"self-contained"});
  EXPECT_EQ(outer.load(), 0);
}
