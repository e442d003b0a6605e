// Processes that crash at any moment, in all interleavings, with exact numbers.
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>

#include "tests/explore/counted.hpp"

using namespace sim;
using agreement::explore_and_count;
using agreement::explore_in_every_way;
using agreement::outcomes_of;
using agreement::violated_in;
using agreement::violation_of;
using classes::count_classes;
using namespace std::chrono_literals;
using Set = std::set<std::string>;

TEST(Process, a_crash_ends_its_threads_where_they_stand) {
  const auto program = [] {
    atomic<int> x{0};
    process server{"server"};
    thread worker = server.start("worker", [&] {
      x.store(1);
      x.store(2);
      x.store(3);
    });
    thread fault{"fault", [&] { server.crash(); }};
    worker.join();
    fault.join();
    observe("x", x.load());
  };
  const Report report = explore_and_count(program);
  EXPECT_EQ(report.executions, 4u);
  EXPECT_EQ(outcomes_of(report), (Set{"x=0", "x=1", "x=2", "x=3"}));
  EXPECT_EQ(report.verdict, Verdict::holds);
}

TEST(Process, a_crash_spares_other_processes_and_does_not_depend_on_them) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    process one{"one"}, two{"two"};
    thread a = one.start("a", [&] { x.store(1); });
    thread b = two.start("b", [&] {
      y.store(1);
      y.store(2);
    });
    thread fault{"fault", [&] { one.crash(); }};
    a.join();
    b.join();
    fault.join();
    observe("x", x.load());
    observe("y", y.load());
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"x=0 y=2", "x=1 y=2"}));
  EXPECT_EQ(count_classes(program).count(), 2u);
}

TEST(Process, no_destructor_runs_and_what_was_locked_stays_locked) {
  const auto program = [] {
    mutex m{"m"};
    process server{"server"};
    thread worker = server.start("worker", [&] { const std::scoped_lock lock(m); });
    thread fault{"fault", [&] { server.crash(); }};
    thread other{"other", [&] { const std::scoped_lock lock(m); }};
    worker.join();
    fault.join();
    other.join();
  };
  const Report report = explore_and_count(program);
  EXPECT_EQ(violated_in(report), Set{"deadlock"});
  EXPECT_EQ(violation_of(report, "deadlock").detail, "main in thread_join, other in mutex_lock m");
}

TEST(Process, threads_belong_to_the_process_of_the_thread_that_created_them) {
  const auto program = [] {
    atomic<int> x{0};
    process server{"server"};
    EXPECT_EQ(runtime::current_process(), 0u);
    thread worker = server.start("worker", [&] {
      EXPECT_EQ(runtime::current_process(), 1u);
      thread inner{"inner", [&] {
                     EXPECT_EQ(runtime::current_process(), 1u);
                     x.store(1);
                   }};
      x.store(2);
      inner.join();
      x.store(3);
    });
    thread fault{"fault", [&] { server.crash(); }};
    worker.join();
    fault.join();
    observe("x", x.load());
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"x=0", "x=1", "x=2", "x=3"}));
}

TEST(Process, a_thread_may_crash_its_own) {
  const auto program = [] {
    atomic<int> x{0};
    process server{"server"};
    thread a = server.start("a", [&] {
      x.fetch_add(1);
      server.crash();
      x.store(100);
    });
    thread b = server.start("b", [&] {
      x.fetch_add(10);
      x.fetch_add(10);
    });
    a.join();
    b.join();
    observe("x", x.load());
    observe("crashed", server.crashed());
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"crashed=1 x=1", "crashed=1 x=11", "crashed=1 x=21"}));
}

TEST(Process, can_be_started_again_as_a_new_one) {
  const auto program = [] {
    atomic<int> x{0}, recovered{-1};
    process first{"server"};
    thread worker = first.start("worker", [&] {
      x.store(1);
      x.store(2);
    });
    thread fault{"fault", [&] { first.crash(); }};
    thread watchdog{"watchdog", [&] {
                      first.wait_for_crash();
                      process second{"server"};
                      thread again = second.start("again", [&] { recovered.store(x.load()); });
                      again.join();
                    }};
    worker.join();
    fault.join();
    watchdog.join();
    observe("recovered", recovered.load());
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"recovered=0", "recovered=1", "recovered=2"}));
}

TEST(Process, no_thread_is_started_in_one_that_crashed) {
  const auto program = [] {
    process server{"server"};
    server.crash();
    server.start("late", [] {}).join();
  };
  EXPECT_EQ(violated_in(explore_in_every_way(program)), Set{"process-misuse"});
}

TEST(Process, two_crashes_end_it_once) {
  const auto program = [] {
    atomic<int> x{0};
    process server{"server"};
    thread worker = server.start("worker", [&] { x.store(1); });
    thread one{"one", [&] { server.crash(); }}, two{"two", [&] { server.crash(); }};
    worker.join();
    one.join();
    two.join();
    observe("x", x.load());
  };
  const Report report = explore_and_count(program);
  EXPECT_EQ(report.executions, 4u);
  EXPECT_EQ(outcomes_of(report), (Set{"x=0", "x=1"}));
}

// What it was about to do was not enabled when it crashed, or became so only later.
TEST(Process, a_thread_that_is_blocked_crashes_too) {
  const auto program = [] {
    mutex m{"m"};
    atomic<int> x{0};
    process server{"server"};
    thread worker = server.start("worker", [&] {
      const std::scoped_lock lock(m);
      x.fetch_add(1);
    });
    thread fault{"fault", [&] { server.crash(); }};
    thread other{"other", [&] {
                   m.lock();
                   observe("seen", x.load());
                   m.unlock();
                   m.lock();
                 }};
    worker.join();
    fault.join();
    other.join();
  };
  const Report report = explore_and_count(program);
  EXPECT_EQ(outcomes_of(report), (Set{"deadlock", "seen=0", "seen=0 deadlock", "seen=1"}));
  EXPECT_EQ(violated_in(report), Set{"deadlock"});
}

TEST(Process, a_condition_wakes_nobody_who_was_killed) {
  for (const bool in_order : {false, true}) {
    const auto program = [in_order] {
      mutex m{"m"};
      condition_variable any{"any"}, first{fifo, "first"};
      condition_variable& c = in_order ? first : any;
      process server{"server"};
      const auto wait = [&](const char* who) {
        std::unique_lock lock(m);
        c.wait(lock);
        observe(who, 1);
      };
      thread a = server.start("a", [&] { wait("a"); });
      thread b{"b", [&] { wait("b"); }};
      thread fault{"fault", [&] {
                     server.crash();
                     const std::unique_lock lock(m, std::try_to_lock);
                     c.notify_one();
                   }};
      a.join();
      fault.join();
      b.join();
    };
    const Report report = explore_and_count(program);
    EXPECT_EQ(outcomes_of(report), (Set{"b=1", "deadlock"}));
  }
}

TEST(Process, a_crash_that_overtakes_a_notification_leaves_it_to_another) {
  const auto program = [] {
    mutex m{"m"};
    condition_variable c{"c"};
    process server{"server"};
    const auto wait = [&](const char* who) {
      std::unique_lock lock(m);
      c.wait(lock);
      observe(who, 1);
    };
    thread a = server.start("a", [&] { wait("a"); });
    thread b{"b", [&] { wait("b"); }};
    thread notifier{"notifier", [&] { c.notify_one(); }};
    thread fault{"fault", [&] { server.crash(); }};
    a.join();
    b.join();
    notifier.join();
    fault.join();
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"a=1 deadlock", "b=1", "deadlock"}));
}

TEST(Process, timers_of_killed_threads_do_not_fire) {
  const auto program = [] {
    atomic<int> x{0};
    process server{"server"};
    thread sleeper = server.start("sleeper", [&] {
      this_thread::sleep_for(10ms);
      x.fetch_add(1);
      this_thread::sleep_for(10ms);
      x.fetch_add(1);
    });
    thread fault{"fault", [&] {
                   this_thread::sleep_for(10ms);
                   server.crash();
                 }};
    sleeper.join();
    fault.join();
    observe("x", x.load());
    observe("ms", virtual_time() / 1ms);
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program, Time::urgent)), (Set{"ms=10 x=0", "ms=10 x=1"}));
  EXPECT_EQ(outcomes_of(explore_and_count(program, Time::free)),
            (Set{"ms=10 x=0", "ms=10 x=1", "ms=20 x=1", "ms=20 x=2"}));
}

// What a waiter does once it has joined belongs to the transition of the one that ended; a crash may forestall it.
TEST(Process, a_joining_thread_crashes_before_or_after_what_it_waits_for) {
  const auto program = [] {
    atomic<int> x{0};
    process server{"server"};
    thread outside{"outside", [&] { x.store(1); }};
    thread joiner = server.start("joiner", [&] {
      outside.join();
      observe("joined", 1);
    });
    thread fault{"fault", [&] { server.crash(); }};
    joiner.join();
    fault.join();
    if (outside.joinable()) outside.join();
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"", "joined=1"}));
}

TEST(Process, invariants_of_killed_threads_end) {
  const auto program = [] {
    atomic<int> x{0};
    process server{"server"};
    thread worker = server.start("worker", [&] {
      invariant("below-one", [&] { return x.load() < 1; });
      this_thread::yield();
    });
    thread fault{"fault", [&] {
                   server.crash();
                   x.store(1);
                 }};
    worker.join();
    fault.join();
  };
  EXPECT_EQ(explore_in_every_way(program).verdict, Verdict::holds);
}

TEST(CrashOfAThread, spares_the_others_of_its_process) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    process server{"server"};
    thread a = server.start("a", [&] { x.store(1); });
    thread b = server.start("b", [&] { y.store(1); });
    thread fault{"fault", [&] { crash_thread(a.number()); }};
    fault.join();
    b.join();
    a.join();
    observe("x", x.load());
    observe("y", y.load());
    observe("crashed", server.crashed());
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"crashed=0 x=0 y=1", "crashed=0 x=1 y=1"}));
}

TEST(CrashOfAThread, may_meet_one_without_a_process) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    thread a{"a", [&] {
               x.store(1);
               x.store(2);
             }};
    thread b{"b", [&] { y.store(1); }};
    thread fault{"fault", [&] { crash_thread(a); }};
    fault.join();
    a.join();
    b.join();
    observe("x", x.load());
    observe("y", y.load());
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), (Set{"x=0 y=1", "x=1 y=1", "x=2 y=1"}));
}

TEST(CrashOfAThread, of_itself_ends_it) {
  const auto program = [] {
    atomic<int> x{0};
    thread a{"a", [&] {
               x.store(1);
               crash_thread(this_thread::number());
               x.store(2);
             }};
    a.join();
    observe("x", x.load());
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program)), Set{"x=1"});
}

// The crash is the last event and conflicts with every other, but it ends nobody who waits.
TEST(CrashOfAThread, does_not_end_all_when_it_comes_last) {
  const auto program = [] {
    atomic<int> x{0};
    mutex m{"m"};
    thread a{"a", [&] {
               m.lock();
               m.unlock();
             }};
    thread fault{"fault", [&, victim = a.number()] {  // `a` itself is no longer joinable when it is being joined.
                   crash_thread(victim);
                   await([&] { return x.load() > 0; });
                 }};
    a.join();
    fault.join();
  };
  const Report report = explore_and_count(program);
  EXPECT_EQ(report.executions, 3u);
  EXPECT_EQ(violated_in(report), Set{"deadlock"});
}
