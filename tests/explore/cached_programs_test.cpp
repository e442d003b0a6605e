// Explorations that look transitions up are the same as those that run them, whatever the program does.
#include <gtest/gtest.h>

#include <cfenv>
#include <chrono>
#include <cstring>

#include "bench/programs.hpp"
#include "tests/explore/cached.hpp"

using namespace sim;
using agreement::to_the_end;
using agreement::violated_in;
using cached::explore_both;

namespace {

/// Two threads that each add to a counter under a mutex, by a load and a store; a third one reads it meanwhile.
void count_with_reader() {
  mutex m;
  atomic<int> count{0};
  const auto add = [&] {
    const std::lock_guard lock(m);
    count.store(count.load() + 1);
  };
  thread a(add), b(add), reader([&] { observe("seen", count.load()); });
  a.join();
  b.join();
  reader.join();
  observe("count", count.load());
}

// Stops deeper on its stack than threads mostly do.
[[gnu::noinline]] void add_deep_down(atomic<int>& x, int calls) {
  volatile char room[3'000];
  std::memset(const_cast<char*>(room), 1, sizeof room);
  if (calls > 0)
    add_deep_down(x, calls - 1);
  else
    x.fetch_add(1);
  (void)room[7];
}

}  // namespace

TEST(CachedPrograms, outcomes_are_those_of_the_executions) {
  const Report report = explore_both(count_with_reader);
  EXPECT_GT(report.foreseen_executions, 0u);
  EXPECT_EQ(report.outcomes.size(), 3u);
}

TEST(CachedPrograms, what_follows_a_join_comes_after_what_the_thread_did) {
  const Report report = explore_both([] {
    atomic<int> x{0}, z{0};
    const auto increment_twice = [&] {
      for (int i = 0; i < 2; ++i) x.store(x.load() + 1);
    };
    thread a(increment_twice), b(increment_twice), other([&] { z.store(1); });
    a.join();
    x.store(x.load() + 10);
    b.join();
    x.store(x.load() + 100);
    other.join();
    observe("x", x.load());
  });
  EXPECT_GT(report.foreseen_executions, 50u);
}

TEST(CachedPrograms, goals_are_counted_as_often) {
  const Report report = explore_both([] {
    atomic<int> x{0};
    const auto body = [&] {
      if (x.load() == 1) reach("second");
      x.store(1);
    };
    thread a(body), b(body), c(body);
    a.join();
    b.join();
    c.join();
  });
  EXPECT_GT(report.goals.at("second"), 1u);
}

TEST(CachedPrograms, failed_checks_are_found) {
  const Report report = explore_both([] {
    atomic<int> x{0};
    const auto body = [&] {
      const int seen = x.load();
      x.store(seen + 1);
      check(seen < 2, "at-most-two");
    };
    thread a(body), b(body), c(body);
    a.join();
    b.join();
    c.join();
    check(x.load() == 3, "nothing-lost");
  });
  EXPECT_TRUE(violated_in(report).contains("at-most-two"));
  EXPECT_TRUE(violated_in(report).contains("nothing-lost"));
}

TEST(CachedPrograms, executions_that_fail_before_the_known_part_count_as_failing) {
  const Report report = explore_both([] {
    atomic<int> x{0}, y{0};
    thread a([&] {
      expect(x.load() == 0, "zero");
      y.store(1);
    });
    thread b([&] {
      x.store(1);
      y.store(2);
    });
    a.join();
    b.join();
    observe("y", y.load());
  });
  EXPECT_EQ(report.failing_executions, report.executions - 2);  // a reads x first, and then y is written in any order.
}

// The switch of fibers keeps the flags, and the program can read them.
TEST(CachedPrograms, sticky_floating_point_flags_tell_states_apart) {
  const Report report = explore_both([] {
    std::feclearexcept(FE_ALL_EXCEPT);
    atomic<int> x{0};
    thread a([&] {
      if (x.load() == 1) {
        volatile double d = 1, e = 3;
        d = d / e;
        d = 0;
        e = 0;
      }
      x.store(0);
      check(std::fetestexcept(FE_INEXACT) == 0, "exact");
    });
    thread b([&] {
      x.store(1);
      x.store(2);
    });
    a.join();
    b.join();
  });
  EXPECT_TRUE(violated_in(report).contains("exact"));
}

// The cache is given up at the plain access, and then the program must start anew in the middle of an execution.
TEST(CachedPrograms, a_deep_stop_after_the_cache_was_given_up_harms_nothing) {
  explore_both([] {
    atomic<int> x{0}, y{0};
    shared<int> plain{0};
    thread a([&] {
      x.store(1);
      y.load();
      plain = 1;
      add_deep_down(x, 3);
    });
    thread b([&] {
      x.store(2);
      y.store(1);
    });
    a.join();
    b.join();
    observe("x", x.load());
  });
}

TEST(CachedPrograms, a_value_that_is_chosen_and_forgotten_changes_nothing) {
  explore_both([] {
    atomic<int> x{0};
    thread a([&] {
      x.store(0);
      if (x.load() == 1) (void)choose(2);
      x.store(x.load() + 1);
    });
    thread b([&] {
      if (x.load() == 0) (void)choose(2);
    });
    a.join();
    b.join();
  });
}

TEST(CachedPrograms, deadlocks_are_found) {
  const Report report = explore_both([] {
    mutex m, n;
    thread a([&] {
      const std::lock_guard first(m);
      const std::lock_guard second(n);
    });
    thread b([&] {
      const std::lock_guard first(n);
      const std::lock_guard second(m);
    });
    a.join();
    b.join();
  });
  EXPECT_TRUE(violated_in(report).contains("deadlock"));
}

TEST(CachedPrograms, data_races_are_found) {
  const Report report = explore_both([] {
    shared<int> x{0};
    atomic<int> other{0};
    const auto body = [&] {
      other.store(other.load() + 1);
      x = 1;
    };
    thread a(body), b(body);
    a.join();
    b.join();
  });
  EXPECT_TRUE(violated_in(report).contains("data-race"));
  EXPECT_EQ(report.foreseen_executions, 0u);
}

TEST(CachedPrograms, executions_are_cut_at_the_step_limit) {
  Options options = to_the_end(Strategy::optimal_dpor);
  for (options.max_steps = 1; options.max_steps < 9; ++options.max_steps) {
    const Report report = explore_both(bench::counter<2, 2>, options);
    EXPECT_EQ(report.cut_executions != 0, options.max_steps < 8);
  }
}

// Where a state is met nearer to the start, more of what follows is within the limit.
TEST(CachedPrograms, executions_are_cut_where_a_shorter_way_to_the_state_is_not) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    const auto read = [&] {
      if (x.load() == 0) x.load();
      y.store(1);
      y.store(1);
    };
    thread a([&] { x.store(1); }), b(read), c(read);
    a.join();
    b.join();
    c.join();
  };
  Options options = to_the_end(Strategy::optimal_dpor);
  std::uint64_t foreseen = 0;
  for (options.max_steps = 3; options.max_steps < 10; ++options.max_steps)
    foreseen += explore_both(program, options).foreseen_executions;
  EXPECT_GT(foreseen, 0u);
}

TEST(CachedPrograms, budgets_end_it_as_they_would_otherwise) {
  Options options = to_the_end(Strategy::optimal_dpor);
  options.max_executions = 1'000;
  const Report report = explore_both(bench::claim_racy<3, 1>, options);
  EXPECT_EQ(report.executions, 1'000u);
  EXPECT_FALSE(report.complete);
}

// What the program does in a state must not depend on anything else: then nothing is looked up.
TEST(CachedPrograms, what_the_state_does_not_tell_is_run) {
  const auto waits = explore_both([] {
    atomic<int> x{0};
    thread a([&] { await([&] { return x.load() == 2; }); }), b([&] { x.store(1); }), c([&] { x.store(2); });
    a.join();
    b.join();
    c.join();
  });
  EXPECT_EQ(waits.foreseen_executions, 0u);
  const auto sleeps = explore_both([] {
    atomic<int> x{0};
    const auto body = [&] {
      this_thread::sleep_for(std::chrono::milliseconds(1));
      x.fetch_add(1);
    };
    thread a(body), b(body);
    a.join();
    b.join();
  });
  EXPECT_EQ(sleeps.foreseen_executions, 0u);
  const auto chooses = explore_both([] {
    atomic<int> x{0};
    const auto body = [&] { x.store(x.load() + static_cast<int>(choose(2))); };
    thread a(body), b(body);
    a.join();
    b.join();
    observe("x", x.load());
  });
  EXPECT_EQ(chooses.outcomes.size(), 3u);
}
