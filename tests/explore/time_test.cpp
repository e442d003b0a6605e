// Virtual time and timers, in all interleavings, with exact numbers.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/explore/agreement.hpp"
#include "tests/explore/class_counter.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::outcomes_of;
using classes::Classes;
using classes::count_classes;
using namespace std::chrono_literals;
using Set = std::set<std::string>;

namespace {

Options in_time(Time time) {
  Options options;
  options.time = time;
  return options;
}

}  // namespace

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

TEST(Sleep, until_a_time_of_the_virtual_clock) {
  const auto program = [] {
    const auto start = virtual_clock::now();
    this_thread::sleep_until(start + 5ms);
    this_thread::sleep_until(start + 3ms);  // Has passed.
    this_thread::sleep_for(-1s);
    observe("milliseconds", (virtual_clock::now() - start) / 1ms);
    this_thread::sleep_for(std::chrono::hours::max());
    this_thread::sleep_for(std::chrono::hours::max());
    check(virtual_time() > 365 * 24h, "long");
  };
  EXPECT_EQ(outcomes_of(explore_in_every_way(program)), Set{"milliseconds=5"});
}

TEST(Await, of_a_time_goes_on_when_a_timer_brings_it_about) {
  const auto program = [] {
    thread a([] {
      await([] { return virtual_time() >= 10ms; });
      observe("a", virtual_time() / 1ms);
    });
    for (int i = 0; i < 3; ++i) this_thread::sleep_for(4ms);
    a.join();
  };
  EXPECT_EQ(outcomes_of(explore_in_every_way(program)), Set{"a=12"});
}

TEST(VirtualTime, is_part_of_states_of_a_program_that_violates_something_before_it_is_read) {
  // The timer of a wait fires, or the wait ends in time; then the two states differ in nothing but the time.
  const auto program = [] {
    timed_mutex m;
    thread a([&] {
      if (m.try_lock_for(1ms)) m.unlock();
      m.lock();
      m.unlock();
      observe("time", virtual_time() / 1ms);
    });
    thread b([&] {
      const std::lock_guard lock(m);
      expect(false, "violated");
    });
    a.join();
    b.join();
  };
  const Report report = explore_in_every_way(program, in_time(Time::free));
  EXPECT_EQ(outcomes_of(report), (Set{"time=0", "time=1"}));
}

TEST(Timer, that_can_fire_before_another_one_is_armed_does_so_while_its_lock_is_taken) {
  // a's deadline, once it is armed, is the earlier one: c times out before that, while b holds the lock, or behind it.
  const auto program = [] {
    timed_mutex m;
    thread a([] {
      this_thread::yield();
      this_thread::sleep_for(0ms);
    });
    thread b([&] {
      m.lock();
      m.unlock();
    });
    thread c([&] {
      if (m.try_lock_for(1ms)) m.unlock();
    });
    a.join();
    b.join();
    c.join();
  };
  const Options free = in_time(Time::free);
  const Classes classes = count_classes(program, free);
  EXPECT_TRUE(classes.sound()) << classes.example;
  EXPECT_EQ(classes.count(), 6u);
  EXPECT_EQ(explore(program, free).executions, 6u);
}

TEST(Timer, that_never_fires_could_have_fired_before_another_one_was_armed) {
  const auto program = [] {
    thread a([] {
      this_thread::yield();
      this_thread::sleep_for(0ms);
      check(false, "ended");
    });
    thread b([] {
      this_thread::sleep_for(1ms);
      observe("b", 1);
    });
    a.join();
    b.join();
  };
  const Report report = explore_in_every_way(program, in_time(Time::free));
  EXPECT_EQ(outcomes_of(report), (Set{"b=1 ended", "ended"}));
}
