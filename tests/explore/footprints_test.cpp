// Footprints, checked by brute force: transitions that share nothing can change places, in every execution.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "sim/sim.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/explore/class_counter.hpp"

using namespace sim;
using classes::Classes;
using classes::count_classes;
using namespace std::chrono_literals;

namespace {

Options in_time(Time time) {
  Options options;
  options.time = time;
  return options;
}

/// The number of classes, having checked that they are what reduction relies on.
template <class P>
std::size_t sound_classes(P program, Time time = Time::urgent) {
  const Classes classes = count_classes(program, in_time(time));
  EXPECT_TRUE(classes.sound()) << classes.example;
  return classes.count();
}

// Two sleepers; each then does something of its own.
auto sleepers(std::chrono::milliseconds one, std::chrono::milliseconds other) {
  return [one, other] {
    atomic<int> x{0}, y{0};
    thread a([&, one] {
      x.store(1);
      this_thread::sleep_for(one);
      x.store(2);
    });
    thread b([&, other] {
      y.store(1);
      this_thread::sleep_for(other);
      y.store(2);
    });
    a.join();
    b.join();
  };
}

}  // namespace

TEST(FootprintsOfTime, let_timers_be_armed_in_any_order) {
  // Urgent: the first timer fires when both threads sleep, and its thread goes on before the second fires.
  EXPECT_EQ(sound_classes(sleepers(1ms, 2ms)), 1u);
  EXPECT_EQ(sound_classes(sleepers(1ms, 1ms)), 2u);
}

TEST(FootprintsOfTime, order_firings_against_each_other_and_against_armings) {
  // Free: a's timer fires before b's is armed, or behind it, before b's fires. Or, if a is late, behind: 1 ms from
  // then.
  EXPECT_EQ(sound_classes(sleepers(1ms, 2ms), Time::free), 3u);
  EXPECT_EQ(sound_classes(sleepers(1ms, 1ms), Time::free), 4u);
}

TEST(FootprintsOfTime, order_firings_against_reading_the_clock) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    thread a([&] {
      this_thread::sleep_for(1ms);
      x.store(1);
    });
    thread b([&] {
      y.store(1);
      observe("time", virtual_time() / 1ms);
      y.store(2);
    });
    a.join();
    b.join();
  };
  EXPECT_EQ(sound_classes(program, Time::urgent), 1u);
  EXPECT_EQ(sound_classes(program, Time::free), 2u);
}

TEST(FootprintsOfTime, order_threads_by_their_creation) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    const auto parent = [&](atomic<int>& mine) {
      mine.store(1);
      thread child([&] { mine.store(2); });
      child.join();
    };
    thread a([&] { parent(x); }), b([&] { parent(y); });
    a.join();
    b.join();
  };
  EXPECT_EQ(sound_classes(program), 2u);  // Whose child is thread 3.
}

TEST(Footprints, show_the_first_object_of_the_heap) {
  const auto program = [] {
    const auto x = std::make_unique<atomic<int>>(0);
    thread a([&] { x->store(1); }), b([&] { observe("x", x->load()); });
    a.join();
    b.join();
  };
  EXPECT_EQ(sound_classes(program), 2u);
}

TEST(Footprints, of_a_ghost_that_is_used_before_the_first_operation_are_of_the_initial_state) {
  const auto program = [] {
    ghost<int> count{0};
    count.change([](int& it) { ++it; });
    thread a([&] { count.change([](int& it) { ++it; }); });
    a.join();
    check(count.get() == 2, "counted");
  };
  EXPECT_EQ(sound_classes(program), 1u);
}

TEST(FootprintsOfTime, order_a_notification_against_the_arming_of_a_wait_with_any_lock) {
  // The notification comes before the thread queues up, before it has unlocked (and its timer is armed), or behind.
  const auto program = [] {
    mutex m;
    condition_variable_any any;
    thread waits([&] {
      m.lock();
      observe("timed out", any.wait_for(m, 1ms) == std::cv_status::timeout);
      m.unlock();
    });
    thread notifies([&] { any.notify_one(); });
    waits.join();
    notifies.join();
  };
  EXPECT_EQ(sound_classes(program), 3u);
}

// Found by a random program: the race between the semaphore's operations was hidden behind the latch's last counting,
// which depended on what other threads had announced.
TEST(Footprints, of_a_latch_hide_no_race_when_it_is_counted_down_too_often) {
  const auto program = [] {
    binary_semaphore binary{1};
    latch two{2};
    thread a([&] {
      binary.acquire();
      two.count_down();
      two.arrive_and_wait();
      binary.release();
    });
    thread b([&] {
      two.count_down();
      binary.release();
    });
    a.join();
    b.join();
  };
  sound_classes(program);
  EXPECT_EQ(agreement::violated_in(agreement::explore_in_every_way(program)),
            (std::set<std::string>{"latch-misuse", "semaphore-misuse"}));
}

// Found by a random program: who takes the second semaphore lets `first` wait, and `late` with it, whose time would
// come after. Where that is the only thing that they have to do with each other, one order was lost.
TEST(FootprintsOfTime, show_what_lets_a_timer_wait_for_another_one) {
  const auto program = [] {
    counting_semaphore<1> second{1};
    binary_semaphore taken{1};
    thread first([&] { observe("first", second.try_acquire_for(1ms)); });
    thread taker([&] {
      taken.acquire();
      observe("taker", second.try_acquire_for(0ms));
      taken.release();
    });
    thread aside([&] { this_thread::yield(); });
    thread late([&] { observe("late", taken.try_acquire_for(2ms)); });
    first.join();
    taker.join();
    aside.join();
    late.join();
  };
  Options options = in_time(Time::free);
  options.stop_at_first_violation = false;
  options.count_traces = true;
  options.strategy = Strategy::dfs;
  const Report all = explore(program, options);
  for (const Strategy strategy : {Strategy::source_dpor, Strategy::optimal_dpor}) {
    options.strategy = strategy;
    EXPECT_EQ(explore(program, options).traces, all.traces) << to_text(strategy);
  }
}
