// Mutexes of all kinds, in all interleavings, with exact numbers.
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

namespace {

Options in_time(Time time) {
  Options options;
  options.time = time;
  return options;
}

}  // namespace

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

TEST(RecursiveMutex, is_free_after_as_many_unlocks_as_locks) {
  const auto program = [] {
    recursive_mutex m;
    thread owner([&] {
      m.lock();
      m.lock();
      m.unlock();
      m.unlock();
    });
    thread other([&] {
      const bool taken = m.try_lock();
      observe("taken", taken);
      if (taken) m.unlock();
    });
    owner.join();
    other.join();
  };
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(report.executions, 5u);  // Before, after, and behind each of three operations of the owner.
  EXPECT_EQ(report.outcomes, (std::map<std::string, std::uint64_t>{{"taken=0", 3}, {"taken=1", 2}}));
  EXPECT_EQ(count_classes(program).count(), 3u);
}

TEST(RecursiveMutex, blocks_other_threads_and_is_misused_like_a_mutex) {
  EXPECT_EQ(explore_in_every_way([] {
              recursive_mutex m;
              const auto body = [&] {
                const std::lock_guard outer(m);
                const std::lock_guard inner(m);
              };
              thread a(body), b(body);
              a.join();
              b.join();
            }).executions,
            2u);
  EXPECT_EQ(violated_in(explore([] {
              recursive_mutex m;
              m.lock();
              m.unlock();
              m.unlock();
            })),
            Set{"mutex-misuse"});
}

TEST(SharedMutex, lets_readers_in_together_and_a_writer_alone) {
  const auto program = [] {
    shared_mutex m;
    const auto read = [&] {
      m.lock_shared();
      m.unlock_shared();
    };
    thread a(read), b(read), writer([&] {
      m.lock();
      m.unlock();
    });
    a.join();
    b.join();
    writer.join();
  };
  // The writer comes before both readers (6 interleavings), behind both (6), or between them (2).
  EXPECT_EQ(explore_in_every_way(program).executions, 14u);
  const Classes classes = count_classes(program);
  EXPECT_EQ(classes.count(), 4u);
  EXPECT_TRUE(classes.sound());
}

TEST(SharedMutex, is_tried_without_blocking) {
  const auto program = [] {
    shared_mutex m;
    thread writer([&] {
      m.lock();
      m.unlock();
    });
    thread reader([&] {
      const bool taken = m.try_lock_shared();
      observe("shared", taken);
      if (taken) m.unlock_shared();
    });
    thread other([&] {
      const bool taken = m.try_lock();
      observe("exclusive", taken);
      if (taken) m.unlock();
    });
    writer.join();
    reader.join();
    other.join();
  };
  EXPECT_EQ(outcomes_of(explore_in_every_way(program)),
            (Set{"exclusive=0 shared=0", "exclusive=0 shared=1", "exclusive=1 shared=0", "exclusive=1 shared=1"}));
  EXPECT_EQ(count_classes(program).example, "");
}

TEST(SharedMutex, is_misused_by_unlocking_what_is_held_otherwise_or_by_reading_twice) {
  EXPECT_EQ(violated_in(explore([] {
              shared_mutex m;
              m.lock_shared();
              m.unlock();
            })),
            Set{"mutex-misuse"});
  EXPECT_EQ(violated_in(explore([] {
              shared_mutex m;
              m.lock();
              m.unlock_shared();
            })),
            Set{"mutex-misuse"});
  EXPECT_EQ(violated_in(explore([] {
              shared_mutex m;
              m.lock_shared();
              m.lock_shared();
            })),
            Set{"mutex-misuse"});
  EXPECT_EQ(violated_in(explore([] {
              shared_mutex m;
              m.lock_shared();
              m.lock();
            })),
            Set{"deadlock"});
}

namespace {

// One thread holds the mutex for 10 ms; the other tries for `patience`.
template <class Mutex>
auto contention(std::chrono::milliseconds patience) {
  return [patience] {
    Mutex m;
    thread holder([&] {
      m.lock();
      this_thread::sleep_for(10ms);
      m.unlock();
    });
    thread other([&] {
      const bool taken = m.try_lock_for(patience);
      observe("taken", taken);
      if (taken) m.unlock();
    });
    holder.join();
    other.join();
  };
}

using Outcomes = std::map<std::string, std::uint64_t>;

template <class Mutex>
void expect_timed() {
  // First of all the other may win; that is one execution of each.
  EXPECT_EQ(explore_in_every_way(contention<Mutex>(5ms), in_time(Time::urgent)).outcomes,
            (Outcomes{{"taken=0", 1}, {"taken=1", 1}}));
  EXPECT_EQ(explore_in_every_way(contention<Mutex>(20ms), in_time(Time::urgent)).outcomes, (Outcomes{{"taken=1", 2}}));
  // Both timers at once: whichever fires first. The holder's unlock is then enabled, and the other's timer waits.
  EXPECT_EQ(explore_in_every_way(contention<Mutex>(10ms), in_time(Time::urgent)).outcomes,
            (Outcomes{{"taken=0", 1}, {"taken=1", 2}}));
  EXPECT_EQ(explore_in_every_way(contention<Mutex>(5ms), in_time(Time::free)).outcomes,
            (Outcomes{{"taken=0", 1}, {"taken=1", 1}}));
  // The holder may be late with its unlock.
  EXPECT_EQ(explore_in_every_way(contention<Mutex>(20ms), in_time(Time::free)).outcomes,
            (Outcomes{{"taken=0", 1}, {"taken=1", 2}}));
  for (const auto patience : {5ms, 10ms, 20ms}) {
    for (const Time time : {Time::urgent, Time::free}) {
      const Classes classes = count_classes(contention<Mutex>(patience), in_time(time));
      EXPECT_TRUE(classes.sound()) << classes.example;
    }
  }
}

}  // namespace

TEST(TimedMutex, gives_up_when_its_timer_fires) {
  expect_timed<timed_mutex>();
}

TEST(RecursiveTimedMutex, gives_up_when_its_timer_fires) {
  expect_timed<recursive_timed_mutex>();
}

TEST(SharedTimedMutex, gives_up_when_its_timer_fires) {
  expect_timed<shared_timed_mutex>();
}

TEST(SharedTimedMutex, gives_up_reading_when_its_timer_fires) {
  const auto program = [] {
    shared_timed_mutex m;
    m.lock();
    thread reader([&] { observe("taken", m.try_lock_shared_for(1ms)); });
    this_thread::sleep_for(2ms);
    m.unlock();
    reader.join();
  };
  EXPECT_EQ(explore_in_every_way(program).outcomes, (Outcomes{{"taken=0", 1}}));
}

TEST(TimedMutex, is_tried_once_if_no_time_is_left) {
  const auto program = [] {
    timed_mutex m;
    recursive_timed_mutex r;
    r.lock();
    observe("again", r.try_lock_for(1h));
    m.lock();
    thread other([&] {
      observe("zero", m.try_lock_for(0ms));
      observe("negative", m.try_lock_for(-1h));
      observe("past", m.try_lock_until(virtual_clock::time_point()));
    });
    other.join();
    m.unlock();
    observe("future", m.try_lock_until(virtual_clock::now() + 1s));
    observe("time", virtual_time().count());
  };
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(outcomes_of(report), Set{"again=1 future=1 negative=0 past=0 time=0 zero=0"});
}

TEST(TimedMutex, says_in_a_trace_that_it_timed_out) {
  const auto program = [] {
    timed_mutex m{"m"};
    m.lock();
    thread other("other", [&] { check(m.try_lock_for(5ms), "in-time"); });
    other.join();
  };
  const Violation late = violation_of(explore(program), "in-time");
  ASSERT_FALSE(late.trace.events().empty());
  const Event& event = late.trace.events().back();
  EXPECT_EQ(event.operation.kind, OperationKind::mutex_try_lock_for);
  EXPECT_EQ(late.trace.object_name(event.operation.object), "m");
  EXPECT_EQ(event.text, "-> timed out");
  EXPECT_EQ(event.value, 0u);
}
