// Condition variables, in all interleavings, with exact numbers.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/explore/agreement.hpp"
#include "tests/explore/class_counter.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::outcomes_of;
using agreement::violated_in;
using agreement::violation_of;
using classes::Classes;
using classes::count_classes;
using namespace std::chrono_literals;
using Set = std::set<std::string>;
using Outcomes = std::map<std::string, std::uint64_t>;

namespace {

Options in_time(Time time) {
  Options options;
  options.time = time;
  return options;
}

}  // namespace

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

namespace {

// Three threads wait, and are woken one by one; what they awake to is written down in order.
template <class... Arguments>
auto three_waiters(Arguments... arguments) {
  return [arguments...] {
    mutex m;
    condition_variable ready{arguments...};
    atomic<int> waiting{0}, woken{0};
    std::string first, order;  // Touched under the mutex.
    const auto wait = [&](char me) {
      std::unique_lock lock(m);
      first += me;
      waiting.store_add(1);
      ready.wait(lock);
      order += me;
      woken.store_add(1);
    };
    thread a(wait, 'a'), b(wait, 'b'), c(wait, 'c');
    await([&] { return waiting.load() == 3; });
    for (int i = 1; i <= 3; ++i) {
      { const std::lock_guard lock(m); }
      ready.notify_one();
      await([&] { return woken.load() == i; });
    }
    a.join();
    b.join();
    c.join();
    observe("order", order);
    observe("fair", order == first);
  };
}

}  // namespace

TEST(ConditionVariable, notifies_any_one_of_its_waiters) {
  const Report report = explore_in_every_way(three_waiters());
  EXPECT_EQ(report.verdict, Verdict::holds);
  Set any;
  for (const char* order : {"abc", "acb", "bac", "bca", "cab", "cba"}) {
    for (const char* fair : {"0", "1"}) any.insert(std::string("fair=") + fair + " order=" + order);
  }
  EXPECT_EQ(outcomes_of(report), any);
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

namespace {

// One thread waits for 10 ms at most; the other notifies it once, without the mutex.
const auto timed_wait = [] {
  mutex m;
  condition_variable changed;
  thread waiter([&] {
    std::unique_lock lock(m);
    observe("notified", changed.wait_for(lock, 10ms) == std::cv_status::no_timeout);
  });
  thread notifier([&] { changed.notify_one(); });
  waiter.join();
  notifier.join();
};

}  // namespace

TEST(TimedWait, ends_when_it_is_notified_or_its_timer_fires) {
  // The notification comes before the lock or before the wait, and is lost; or it comes in time.
  EXPECT_EQ(explore_in_every_way(timed_wait, in_time(Time::urgent)).outcomes,
            (Outcomes{{"notified=0", 2}, {"notified=1", 1}}));
  // Or behind the timer: before the mutex is locked again, before it is unlocked, or last.
  EXPECT_EQ(explore_in_every_way(timed_wait, in_time(Time::free)).outcomes,
            (Outcomes{{"notified=0", 5}, {"notified=1", 1}}));
  for (const Time time : {Time::urgent, Time::free}) {
    const Classes classes = count_classes(timed_wait, in_time(time));
    EXPECT_TRUE(classes.sound()) << classes.example;
  }
}

TEST(TimedWait, that_was_notified_does_not_time_out_while_the_mutex_is_busy) {
  const auto program = [] {
    mutex m;
    condition_variable changed;
    thread waiter([&] {
      std::unique_lock lock(m);
      observe("notified", changed.wait_for(lock, 10ms) == std::cv_status::no_timeout);
    });
    thread notifier([&] {
      const std::lock_guard lock(m);
      changed.notify_all();
      this_thread::sleep_for(20ms);
    });
    waiter.join();
    notifier.join();
  };
  EXPECT_EQ(explore_in_every_way(program, in_time(Time::urgent)).outcomes,
            (Outcomes{{"notified=0", 1}, {"notified=1", 1}}));
  const Classes free = count_classes(program, in_time(Time::free));
  EXPECT_TRUE(free.sound()) << free.example;
}

TEST(TimedWait, with_a_predicate_has_one_deadline_for_all_its_waits) {
  const auto program = [] {
    mutex m;
    condition_variable changed;
    int notifications = 0;
    thread notifier([&] {
      for (int i = 0; i < 3; ++i) {
        this_thread::sleep_for(10ms);
        const std::lock_guard lock(m);
        ++notifications;
        changed.notify_one();
      }
    });
    std::unique_lock lock(m);
    observe("reached", changed.wait_for(lock, 25ms, [&] { return notifications == 3; }));
    observe("seen", notifications);
    observe("milliseconds", virtual_time() / 1ms);
    observe("later", changed.wait_until(lock, virtual_clock::now() + 25ms, [&] { return notifications == 3; }));
    lock.unlock();
    notifier.join();
  };
  EXPECT_EQ(explore_in_every_way(program).outcomes, (Outcomes{{"later=1 milliseconds=25 reached=0 seen=2", 1}}));
}

TEST(TimedWait, in_a_loop_comes_back_to_the_same_state) {
  const auto program = [] {
    mutex m;
    condition_variable changed;
    bool stopped = false;
    thread poller([&] {
      std::unique_lock lock(m);
      while (!changed.wait_for(lock, 10ms, [&] { return stopped; })) {
      }
    });
    thread other([&] {
      this_thread::sleep_for(25ms);
      const std::lock_guard lock(m);
      stopped = true;
    });
    poller.join();
    other.join();
  };
  for (const Time time : {Time::urgent, Time::free}) {
    Options options = agreement::stateful();
    options.time = time;
    const Report report = explore(program, options);
    EXPECT_EQ(report.verdict, Verdict::holds);
    EXPECT_TRUE(report.complete);
  }
}

TEST(TimedWait, names_the_condition_in_a_trace_when_it_times_out) {
  const auto program = [] {
    mutex m{"m"};
    condition_variable changed{"changed"};
    std::unique_lock lock(m);
    check(changed.wait_until(lock, virtual_clock::now() + 5ms) == std::cv_status::no_timeout, "in-time");
  };
  const Violation late = violation_of(explore(program), "in-time");
  ASSERT_EQ(late.trace.scheduled_steps(), 4u);  // Lock, wait, time-out, lock.
  const auto events = late.trace.events();
  const Event& event = events[events.size() - 2];
  EXPECT_EQ(event.operation.kind, OperationKind::condition_wake);
  EXPECT_EQ(late.trace.object_name(event.operation.object), "changed");
  EXPECT_EQ(event.text, "-> timed out");
}

TEST(ConditionVariable, that_is_fifo_wakes_in_the_order_of_waiting) {
  const Report report = explore_in_every_way(three_waiters(fifo, "turn"));
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(outcomes_of(report), (Set{"fair=1 order=abc", "fair=1 order=acb", "fair=1 order=bac", "fair=1 order=bca",
                                      "fair=1 order=cab", "fair=1 order=cba"}));
}

TEST(ConditionVariable, that_is_fifo_forgets_who_timed_out) {
  const auto program = [] {
    mutex m;
    condition_variable turn{fifo};
    thread first([&] {
      std::unique_lock lock(m);
      observe("first", turn.wait_for(lock, 5ms) == std::cv_status::no_timeout);
    });
    thread second([&] {
      this_thread::sleep_for(1ms);
      std::unique_lock lock(m);
      turn.wait(lock);
    });
    this_thread::sleep_for(10ms);
    turn.notify_one();
    first.join();
    second.join();
  };
  EXPECT_EQ(outcomes_of(explore_in_every_way(program)), Set{"first=0"});
  EXPECT_EQ(count_classes(program).example, "");
}

TEST(ConditionVariableAny, waits_with_any_lock) {
  const auto program = [] {
    recursive_mutex m;
    condition_variable_any changed;
    bool go = false;
    thread waiter([&] {
      std::unique_lock lock(m);
      changed.wait(lock, [&] { return go; });
      go = false;
    });
    thread notifier([&] {
      {
        const std::lock_guard lock(m);
        go = true;
      }
      changed.notify_one();
    });
    waiter.join();
    notifier.join();
    check(!go, "passed-on");
  };
  EXPECT_EQ(explore_in_every_way(program).verdict, Verdict::holds);
  EXPECT_EQ(count_classes(program).example, "");
}

TEST(ConditionVariableAny, times_out) {
  const auto program = [] {
    shared_mutex m;
    condition_variable_any changed{fifo, "changed"};
    std::shared_lock lock(m);
    observe("notified", changed.wait_for(lock, 5ms) == std::cv_status::no_timeout);
    observe("held", changed.wait_for(lock, 5ms, [] { return false; }));
    observe("until", changed.wait_until(lock, virtual_clock::now() + 5ms, [] { return false; }));
    observe("plain", changed.wait_until(lock, virtual_clock::now() + 5ms) == std::cv_status::no_timeout);
    observe("milliseconds", virtual_time() / 1ms);
  };
  EXPECT_EQ(explore_in_every_way(program).outcomes,
            (Outcomes{{"held=0 milliseconds=20 notified=0 plain=0 until=0", 1}}));
}

TEST(ConditionVariableAny, stops_waiting_when_it_is_asked_to) {
  const auto program = [] {
    mutex m;
    condition_variable_any changed;
    jthread waiter([&](stop_token token) {
      std::unique_lock lock(m);
      observe("reached", changed.wait(lock, token, [] { return false; }));
    });
  };
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(outcomes_of(report), Set{"reached=0"});
  EXPECT_EQ(count_classes(program).example, "");
}

TEST(ConditionVariableAny, stops_a_timed_wait_when_it_is_asked_to) {
  const auto program = [] {
    mutex m;
    condition_variable_any changed;
    stop_source source;
    thread waiter([&, token = source.get_token()] {
      std::unique_lock lock(m);
      observe("reached", changed.wait_for(lock, token, 10ms, [] { return false; }));
      observe("again", changed.wait_until(lock, token, virtual_clock::now() + 10ms, [] { return true; }));
      observe("milliseconds", virtual_time() / 1ms);
    });
    source.request_stop();
    waiter.join();
  };
  EXPECT_EQ(outcomes_of(explore_in_every_way(program, in_time(Time::urgent))), Set{"again=1 milliseconds=0 reached=0"});
  EXPECT_EQ(outcomes_of(explore_in_every_way(program, in_time(Time::free))),
            (Set{"again=1 milliseconds=0 reached=0", "again=1 milliseconds=10 reached=0"}));
}

// Found by a random program: b's sleep disabled nothing, but b's timer, before it, was what a's could have fired
// before.
TEST(ConditionVariable, may_time_out_before_another_that_later_notifies_and_sleeps) {
  const auto program = [] {
    mutex m;
    condition_variable first;
    condition_variable_any second;
    thread a([&] {
      std::unique_lock lock(m);
      observe("a", first.wait_for(lock, 1ms) == std::cv_status::timeout);
    });
    thread b([&] {
      m.lock();
      observe("b", second.wait_for(m, 1ms) == std::cv_status::timeout);
      first.notify_one();
      this_thread::sleep_for(0ms);
      m.unlock();
    });
    a.join();
    b.join();
  };
  explore_in_every_way(program);
  // Whoever waits first, either timer may be the first.
  EXPECT_EQ(explore(program, agreement::to_the_end(Strategy::optimal_dpor)).executions, 4u);
  EXPECT_EQ(explore(program, agreement::to_the_end(Strategy::dfs)).executions, 4u);
}
