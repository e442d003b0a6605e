// What the standard library does with our types, and that their interfaces are those of their models.
#include <gtest/gtest.h>

#include <barrier>
#include <chrono>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <type_traits>

#include "tests/explore/agreement.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::outcomes_of;
using agreement::stateful;
using agreement::to_the_end;
using namespace std::chrono_literals;
using Set = std::set<std::string>;

namespace {

// What a type can be asked, as far as it differs between the types.
template <class Mutex>
constexpr bool is_lockable = requires(Mutex& m) {
  m.lock();
  m.unlock();
  { m.try_lock() } -> std::same_as<bool>;
};
template <class Mutex, class TimePoint>
constexpr bool is_timed = requires(Mutex& m) {
  { m.try_lock_for(1ms) } -> std::same_as<bool>;
  { m.try_lock_until(TimePoint()) } -> std::same_as<bool>;
};
template <class Mutex>
constexpr bool is_shared = requires(Mutex& m) {
  m.lock_shared();
  m.unlock_shared();
  { m.try_lock_shared() } -> std::same_as<bool>;
};
template <class Mutex, class TimePoint>
constexpr bool is_shared_timed = requires(Mutex& m) {
  { m.try_lock_shared_for(1ms) } -> std::same_as<bool>;
  { m.try_lock_shared_until(TimePoint()) } -> std::same_as<bool>;
};
template <class T>
constexpr int copying =
    std::is_copy_constructible_v<T> + 2 * std::is_copy_assignable_v<T> + 4 * std::is_move_constructible_v<T> +
    8 * std::is_move_assignable_v<T> + 16 * std::is_default_constructible_v<T>;

using OurTime = virtual_clock::time_point;
using StdTime = std::chrono::steady_clock::time_point;

template <class Ours, class Std>
constexpr bool is_mirrored = copying<Ours> == copying<Std>&& is_lockable<Ours> ==
                             is_lockable<Std>&& is_timed<Ours, OurTime> == is_timed<Std, StdTime>&& is_shared<Ours> ==
                             is_shared<Std>&& is_shared_timed<Ours, OurTime> == is_shared_timed<Std, StdTime>;

static_assert(is_mirrored<mutex, std::mutex>);
static_assert(is_mirrored<timed_mutex, std::timed_mutex>);
static_assert(is_mirrored<recursive_mutex, std::recursive_mutex>);
static_assert(is_mirrored<recursive_timed_mutex, std::recursive_timed_mutex>);
static_assert(is_mirrored<shared_mutex, std::shared_mutex>);
static_assert(is_mirrored<shared_timed_mutex, std::shared_timed_mutex>);
static_assert(is_mirrored<condition_variable, std::condition_variable>);
static_assert(is_mirrored<condition_variable_any, std::condition_variable_any>);
static_assert(is_mirrored<latch, std::latch>);
static_assert(is_mirrored<barrier<>, std::barrier<>>);
static_assert(is_mirrored<barrier<>::arrival_token, std::barrier<>::arrival_token>);
static_assert(is_mirrored<counting_semaphore<5>, std::counting_semaphore<5>>);
static_assert(is_mirrored<sim::thread, std::thread>);
static_assert(is_mirrored<jthread, std::jthread>);
static_assert(is_mirrored<stop_token, std::stop_token>);
static_assert(is_mirrored<stop_source, std::stop_source>);
static_assert(is_mirrored<stop_callback<void (*)()>, std::stop_callback<void (*)()>>);
static_assert(counting_semaphore<5>::max() == std::counting_semaphore<5>::max());
static_assert(std::is_nothrow_move_constructible_v<jthread> && std::is_nothrow_move_assignable_v<jthread>);
static_assert(virtual_clock::is_steady && std::is_same_v<virtual_clock::duration, OurTime::duration>);

template <class First, class Second>
void lock_both(First& first, Second& second) {
  std::lock(first, second);
  const std::lock_guard one(first, std::adopt_lock);
  const std::lock_guard other(second, std::adopt_lock);
}

template <class Mutex>
auto opposite_orders() {
  return [] {
    Mutex m, n;
    thread a([&] { lock_both(m, n); });
    thread b([&] { const std::scoped_lock both(n, m); });
    a.join();
    b.join();
  };
}

// std::lock tries again as long as it must: some executions never end, but no state is a deadlock.
template <class Mutex>
void expect_no_deadlock() {
  const Report report = explore(opposite_orders<Mutex>(), stateful());
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.verdict, Verdict::holds);
  Options walk = to_the_end(Strategy::random_walk);
  walk.max_executions = 200;
  EXPECT_TRUE(explore(opposite_orders<Mutex>(), walk).violations.empty());
}

}  // namespace

TEST(StdLock, takes_any_two_of_our_mutexes_without_deadlock) {
  expect_no_deadlock<mutex>();
  expect_no_deadlock<timed_mutex>();
  expect_no_deadlock<recursive_mutex>();
  expect_no_deadlock<shared_mutex>();
}

TEST(StdUniqueLock, tries_for_a_time) {
  const auto program = [] {
    timed_mutex m;
    {
      const std::unique_lock held(m, 5ms);
      observe("free", held.owns_lock());
      thread other([&] {
        const std::unique_lock late(m, 5ms);
        observe("busy", late.owns_lock());
        std::unique_lock later(m, std::defer_lock);
        observe("until", later.try_lock_until(virtual_clock::now() + 1ms));
        observe("tried", std::unique_lock(m, std::try_to_lock).owns_lock());
      });
      other.join();
    }
    observe("milliseconds", virtual_time() / 1ms);
  };
  EXPECT_EQ(outcomes_of(explore_in_every_way(program)), Set{"busy=0 free=1 milliseconds=6 tried=0 until=0"});
}

TEST(StdSharedLock, shares) {
  const auto program = [] {
    shared_timed_mutex m;
    const std::shared_lock held(m);
    thread reader([&] {
      const std::shared_lock one(m, 5ms);
      observe("shared", one.owns_lock());
    });
    thread writer([&] {
      const std::unique_lock one(m, 5ms);
      observe("exclusive", one.owns_lock());
    });
    reader.join();
    writer.join();
  };
  EXPECT_EQ(outcomes_of(explore_in_every_way(program)), Set{"exclusive=0 shared=1"});
}

TEST(Primitives, work_outside_a_program_as_long_as_nothing_blocks) {
  mutex m;
  shared_mutex s;
  latch open{0};
  binary_semaphore one{1};
  barrier alone{1};
  {
    const std::scoped_lock both(m, s);
    EXPECT_TRUE(open.try_wait());
  }
  EXPECT_TRUE(one.try_acquire_for(1ms));
  EXPECT_FALSE(one.try_acquire_for(1ms));  // No time passes: it gives up at once.
  alone.arrive_and_wait();
  alone.arrive_and_wait();
  stop_source source;
  int calls = 0;
  const stop_callback callback(source.get_token(), [&] { ++calls; });
  EXPECT_TRUE(source.request_stop());
  EXPECT_EQ(calls, 1);
}
