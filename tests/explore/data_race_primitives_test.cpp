// What each primitive synchronises: plain accesses that it orders are no data race, and those that it does not are.
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <shared_mutex>

#include "tests/explore/agreement.hpp"
#include "vfs/file_system.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::violated_in;
using namespace std::chrono_literals;
using Set = std::set<std::string>;

namespace {

template <class P>
void expect_race(P program, Time time = Time::urgent) {
  Options options;
  options.time = time;
  EXPECT_EQ(violated_in(explore_in_every_way(program, options)), Set{"data-race"});
}

template <class P>
void expect_no_race(P program, Time time = Time::urgent) {
  Options options;
  options.time = time;
  EXPECT_EQ(violated_in(explore_in_every_way(program, options)), Set{});
}

}  // namespace

TEST(DataRaceAround, recursive_and_timed_mutexes_is_none) {
  expect_no_race([] {
    recursive_mutex m;
    timed_mutex t;
    shared<int> x{0}, y{0};
    const auto body = [&] {
      {
        const std::lock_guard outer(m);
        const std::lock_guard inner(m);
        x += 1;
      }
      if (t.try_lock_for(1ms)) {
        y += 1;
        t.unlock();
      }
    };
    thread a(body), b(body);
    a.join();
    b.join();
  });
}

TEST(DataRaceAround, a_lock_that_timed_out_is_one) {
  expect_race(
      [] {
        timed_mutex m;
        shared<int> x{0};
        thread a([&] {
          m.lock();
          x = 1;
          m.unlock();
        });
        thread b([&] {
          const bool held = m.try_lock_for(1ms);
          x = 2;
          if (held) m.unlock();
        });
        a.join();
        b.join();
      },
      Time::free);
}

TEST(DataRaceAround, a_shared_mutex_is_none_between_a_writer_and_readers) {
  expect_no_race([] {
    shared_mutex m;
    shared<int> x{0};
    const auto read = [&] {
      const std::shared_lock lock(m);
      observe("x", x.load());
    };
    thread a(read), b(read), c([&] {
      const std::unique_lock lock(m);
      x = 1;
    });
    a.join();
    b.join();
    c.join();
  });
}

TEST(DataRaceAround, a_shared_mutex_is_one_between_readers_that_write) {
  expect_race([] {
    shared_mutex m;
    shared<int> x{0};
    const auto write = [&] {
      const std::shared_lock lock(m);
      x = 1;
    };
    thread a(write), b(write);
    a.join();
    b.join();
  });
}

// Even in the execution in which one reader is done before the other begins.
TEST(DataRaceAround, a_shared_mutex_is_one_in_each_execution_with_readers_that_write) {
  const auto program = [] {
    shared_mutex m;
    shared<int> x{0};
    const auto write = [&] {
      const std::shared_lock lock(m);
      x = 1;
    };
    thread a(write);
    a.join();
    // What a did is before this; what the two below do is not ordered.
    thread b(write), c(write);
    b.join();
    c.join();
  };
  const Report one = replay(program, *Schedule::from_text("1 1 1 0 2 2 2 3 3 3"), {.strategy = Strategy::dfs});
  EXPECT_EQ(violated_in(one), Set{"data-race"});
}

TEST(DataRaceAround, a_latch_is_none_for_what_was_done_before_it_was_counted_down) {
  expect_no_race([] {
    latch done{2};
    shared<int> x{0}, y{0};
    thread a([&] {
      x = 1;
      done.count_down();
    });
    thread b([&] {
      y = 1;
      done.count_down();
    });
    done.wait();
    observe("sum", x + y);
    if (done.try_wait()) x = 2;
    a.join();
    b.join();
  });
}

TEST(DataRaceAround, a_latch_is_one_for_what_is_done_afterwards_or_beside) {
  expect_race([] {
    latch done{1};
    shared<int> x{0};
    thread a([&] {
      done.count_down();
      x = 1;
    });
    done.wait();
    x = 2;
    a.join();
  });
  expect_race([] {
    latch done{2};
    shared<int> x{0};
    const auto body = [&] {
      done.count_down();
      x = 1;
    };
    thread a(body), b(body);
    a.join();
    b.join();
  });
  expect_race([] {
    latch done{1};
    shared<int> x{0};
    thread a([&] {
      x = 1;
      done.count_down();
    });
    if (!done.try_wait()) x = 2;
    a.join();
  });
}

TEST(DataRaceAround, a_barrier_is_none_between_phases) {
  expect_no_race([] {
    barrier steps{2};
    shared<int> x{0}, y{0};
    const auto body = [&](shared<int>& mine, shared<int>& other) {
      mine = 1;
      steps.arrive_and_wait();
      observe("other", other.load());
      steps.arrive_and_wait();
      mine = 2;
    };
    thread a([&] { body(x, y); }), b([&] { body(y, x); });
    a.join();
    b.join();
  });
}

TEST(DataRaceAround, a_barrier_is_none_for_its_completion_function) {
  expect_no_race([] {
    shared<int> x{0}, sum{0};
    barrier steps{2, [&] { sum += x; }};
    thread a([&] {
      x = 1;
      steps.arrive_and_wait();
      observe("a", sum.load());
    });
    steps.arrive_and_wait();
    observe("b", sum.load());
    a.join();
  });
}

TEST(DataRaceAround, a_barrier_is_one_within_a_phase) {
  expect_race([] {
    barrier steps{2};
    shared<int> x{0};
    const auto body = [&] {
      steps.arrive_and_wait();
      x = 1;
    };
    thread a(body), b(body);
    a.join();
    b.join();
  });
}

TEST(DataRaceAround, a_barrier_is_one_for_who_does_not_wait) {
  expect_race([] {
    barrier steps{2};
    shared<int> x{0};
    thread a([&] {
      x = 1;
      steps.arrive_and_wait();
    });
    (void)steps.arrive();
    x = 2;
    a.join();
  });
}

TEST(DataRaceAround, semaphores_is_none_if_the_release_comes_first) {
  expect_no_race(
      [] {
        counting_semaphore<> s{0};
        shared<int> x{0};
        thread a([&] {
          x = 1;
          s.release();
        });
        if (s.try_acquire_for(1ms)) x = 2;
        a.join();
      },
      Time::free);
  expect_race([] {
    counting_semaphore<> s{1};
    shared<int> x{0};
    const auto body = [&] {
      x = 1;
      s.release();
    };
    thread a(body), b(body);
    a.join();
    b.join();
  });
}

TEST(DataRaceAround, timed_waits_is_what_the_mutex_says) {
  const auto program = [](bool locked) {
    return [locked] {
      mutex m;
      condition_variable changed;
      shared<int> x{0};
      thread a([&] {
        std::unique_lock lock(m);
        changed.wait_for(lock, 1ms);
        x = 1;
      });
      thread b([&] {
        std::unique_lock lock(m, std::defer_lock);
        if (locked) lock.lock();
        x = 2;
        changed.notify_one();
      });
      a.join();
      b.join();
    };
  };
  expect_no_race(program(true), Time::free);
  expect_race(program(false), Time::free);
}

TEST(DataRaceAround, a_stop_request_is_none_for_who_sees_it) {
  expect_no_race([] {
    shared<int> x{0}, y{0};
    stop_source source;
    thread a([&] {
      const stop_callback callback(source.get_token(), [&] { y = 1; });
      await([&] { return source.stop_requested(); });
      observe("x", x.load());
    });
    x = 1;
    source.request_stop();
    a.join();
    observe("y", y.load());
  });
  expect_race([] {
    shared<int> x{0};
    stop_source source;
    thread a([&, token = source.get_token()] {
      if (!token.stop_requested()) x = 2;
    });
    x = 1;
    source.request_stop();
    a.join();
  });
}

// Timers order events, but synchronise nothing.
TEST(DataRaceAround, sleeping_threads_is_one) {
  const auto program = [] {
    shared<int> x{0};
    thread a([&] {
      this_thread::sleep_for(1ms);
      x = 1;
    });
    thread b([&] {
      this_thread::sleep_for(2ms);
      x = 2;
    });
    a.join();
    b.join();
  };
  EXPECT_EQ(violated_in(explore(program, {.strategy = Strategy::dfs})), Set{"data-race"});
}

// Found by a random program. Neither changes anything, so they may change places: in which order they come is nothing
// that a program could rely on.
TEST(DataRaceAround, two_file_operations_that_fail_is_one_in_each_execution) {
  const auto program = [] {
    vfs::FileSystem files;
    static_cast<void>(files.mount("C:"));
    shared<int> x{0};
    thread a([&] {
      x = 1;
      static_cast<void>(files.remove_directory("C:\\absent"));
    });
    thread b([&] {
      static_cast<void>(files.set_attributes("C:\\absent", {.read_only = true}));
      x = 2;
    });
    a.join();
    b.join();
  };
  const Report report = explore(program, {.strategy = Strategy::dfs, .stop_at_first_violation = false});
  EXPECT_EQ(report.failing_executions, report.executions);
}
