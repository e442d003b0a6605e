// Waits of Win32 for several objects, in all interleavings.
#include <gtest/gtest.h>

#include <array>
#include <chrono>

#include "tests/explore/counted.hpp"

using namespace sim;
using agreement::Counts;
using agreement::explore_and_count;
using agreement::outcomes_alone;
using agreement::outcomes_of;
using agreement::violated_in;
using namespace std::chrono_literals;
using Set = std::set<std::string>;
using win32::wait_for_multiple_objects;
using win32::wait_for_single_object;

TEST(WaitForMultipleObjects, takes_the_first_in_order_that_is_signalled) {
  EXPECT_EQ(outcomes_alone([] {
              win32::event a{win32::auto_reset}, b{win32::auto_reset, true}, c{win32::auto_reset, true};
              const std::array<win32::waitable*, 3> all = {&a, &b, &c};
              observe("1", wait_for_multiple_objects(all, false).code());
              observe("2", wait_for_multiple_objects(all, false).code());
              observe("3", wait_for_multiple_objects(all, false, 5ms).code());
              observe("4", wait_for_multiple_objects(all, false, 0ms).code());
            }),
            Set{"1=1 2=2 3=258 4=258"});
}

TEST(WaitForMultipleObjects, takes_all_at_once_or_none) {
  EXPECT_EQ(outcomes_alone([] {
              win32::event a{win32::auto_reset, true}, b{win32::auto_reset};
              const std::array<win32::waitable*, 2> both = {&a, &b};
              observe("1", wait_for_multiple_objects(both, true, 0ms).code());
              observe("a", wait_for_single_object(a, 0ms).code());
              a.set();
              b.set();
              observe("2", wait_for_multiple_objects(both, true, 0ms).code());
              observe("b", wait_for_single_object(b, 0ms).code());
            }),
            Set{"1=258 2=0 a=0 b=258"});
}

TEST(WaitForMultipleObjects, for_any_sees_each_order_of_two_events) {
  const auto program = [] {
    win32::event a{win32::auto_reset, false, "a"}, b{win32::auto_reset, false, "b"};
    thread waiter([&] {
      const std::array<win32::waitable*, 2> both = {&a, &b};
      observe("first", wait_for_multiple_objects(both, false).code());
      observe("second", wait_for_multiple_objects(both, false).code());
    });
    thread x([&] { a.set(); }), y([&] { b.set(); });
    waiter.join();
    x.join();
    y.join();
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program, Time::urgent, Counts::at_least)),
            (Set{"first=0 second=1", "first=1 second=0"}));
}

// Set and reset again: only some orders of the two events let the waiter go on.
TEST(WaitForMultipleObjects, for_all_finds_the_moment_when_all_are_signalled) {
  const auto program = [] {
    win32::event a{win32::manual_reset, false, "a"}, b{win32::manual_reset, false, "b"};
    thread waiter([&] {
      const std::array<win32::waitable*, 2> both = {&a, &b};
      observe("wait", wait_for_multiple_objects(both, true).code());
    });
    const auto pulse = [](win32::event& e) {
      e.set();
      e.reset();
    };
    thread x([&] { pulse(a); }), y([&] { pulse(b); });
    waiter.join();
    x.join();
    y.join();
  };
  const Report report = explore_and_count(program, Time::urgent, Counts::at_least);
  EXPECT_EQ(outcomes_of(report), (Set{"deadlock", "wait=0"}));
}

TEST(WaitForMultipleObjects, for_all_mutexes_cannot_deadlock) {
  const auto program = [](bool at_once) {
    return [at_once] {
      win32::named_mutex a{"a"}, b{"b"};
      const auto body = [&, at_once](win32::waitable& one, win32::waitable& other) {
        const std::array<win32::waitable*, 2> both = {&one, &other};
        if (at_once) {
          wait_for_multiple_objects(both, true);
        } else {
          wait_for_single_object(one);
          wait_for_single_object(other);
        }
        a.release();
        b.release();
      };
      thread x([&] { body(a, b); }), y([&] { body(b, a); });
      x.join();
      y.join();
    };
  };
  EXPECT_EQ(explore_and_count(program(true), Time::urgent, Counts::at_least).verdict, Verdict::holds);
  EXPECT_EQ(violated_in(explore_and_count(program(false))), Set{"deadlock"});
}

TEST(WaitForMultipleObjects, tells_which_mutex_was_abandoned) {
  const auto program = [](bool all) {
    return [all] {
      win32::event e{win32::manual_reset, false, "e"};
      win32::named_mutex m{"m"};
      process server{"server"};
      thread worker = server.start("worker", [&] {
        wait_for_single_object(m);
        e.set();
        m.release();
      });
      thread fault{"fault", [&] { server.crash(); }};
      worker.join();
      fault.join();
      const std::array<win32::waitable*, 2> both = {&e, &m};
      observe("wait", wait_for_multiple_objects(both, all, 10ms).code());
    };
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program(false), Time::urgent, Counts::at_least)),
            (Set{"wait=0", "wait=1", "wait=129"}));
  EXPECT_EQ(outcomes_of(explore_and_count(program(true), Time::urgent, Counts::at_least)),
            (Set{"wait=0", "wait=129", "wait=258"}));
}

TEST(WaitForMultipleObjects, times_out_in_free_time_at_any_moment) {
  const auto program = [] {
    win32::event a{win32::auto_reset, false, "a"}, b{win32::auto_reset, false, "b"};
    thread waiter([&] {
      const std::array<win32::waitable*, 2> both = {&a, &b};
      observe("wait", wait_for_multiple_objects(both, true, 10ms).code());
    });
    thread x([&] { a.set(); }), y([&] { b.set(); });
    waiter.join();
    x.join();
    y.join();
  };
  EXPECT_EQ(outcomes_of(explore_and_count(program, Time::urgent, Counts::at_least)), Set{"wait=0"});
  EXPECT_EQ(outcomes_of(explore_and_count(program, Time::free, Counts::at_least)), (Set{"wait=0", "wait=258"}));
}
