// Programs on which wrong variants of partial-order reduction lose executions, and exact numbers of traces.
#include <gtest/gtest.h>

#include <array>
#include <mutex>
#include <set>

#include "tests/bench/programs.hpp"
#include "tests/explore/agreement.hpp"

using namespace sim;
using agreement::outcomes_of;
using agreement::to_the_end;
using agreement::violated_in;

namespace {

template <class Program>
Report explore_by(Strategy strategy, const Program& program) {
  return explore(program, to_the_end(strategy));
}

// All strategies that promise completeness agree on what can happen.
template <class Program>
void expect_agreement(const Program& program) {
  const Report all = explore_by(Strategy::dfs, program);
  for (const Strategy strategy : {Strategy::optimal_dpor, Strategy::source_dpor, Strategy::stateful}) {
    SCOPED_TRACE(to_text(strategy));
    const Report report = explore_by(strategy, program);
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(outcomes_of(report), outcomes_of(all));
    EXPECT_EQ(violated_in(report), violated_in(all));
  }
}

template <class Program>
void expect_traces(std::uint64_t traces, const Program& program) {
  const Report report = explore_by(Strategy::optimal_dpor, program);
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.executions, traces);
  EXPECT_EQ(report.blocked_executions, 0u);
}

}  // namespace

// What a transition does to ghosts depends on what it has read, and where it comes earlier it may do something else.
TEST(OptimalDpor, tries_out_what_an_operation_does_that_may_touch_a_ghost) {
  const auto expect_all_traces = [](const auto& program) {
    Options counted = to_the_end(Strategy::dfs);
    counted.count_traces = true;
    expect_traces(explore(program, counted).traces, program);
    expect_agreement(program);
  };
  for (const int expected : {0, 1}) {
    SCOPED_TRACE(expected);
    expect_all_traces([expected] {
      sim::atomic<int> x{0};
      ghost<int> seen{1};
      sim::thread writer([&] { x.store(1); });
      sim::thread reader([&] {
        if (x.load() == expected) seen.change([](int& value) { value *= 2; });
      });
      sim::thread watcher([&] {
        this_thread::yield();
        observe("seen", seen.get());
      });
      writer.join(), reader.join(), watcher.join();
    });
    expect_all_traces([expected] {
      sim::mutex mutex;
      int x = 0;
      ghost<int> seen{1};
      sim::thread writer([&] {
        const std::lock_guard lock(mutex);
        x = 1;
      });
      sim::thread reader([&] {
        const std::lock_guard lock(mutex);
        if (x == expected) seen.change([](int& value) { value *= 2; });
      });
      sim::thread watcher([&] {
        this_thread::yield();
        observe("seen", seen.get());
      });
      writer.join(), reader.join(), watcher.join();
    });
  }
}

// From GenMC 0.11 and Nidhugg 0.4: PEERS of the design.
TEST(OptimalDpor, explores_as_many_traces_of_a_racy_claim_as_other_checkers_count) {
  expect_traces(26, bench::claim_racy<2, 1>);
  expect_traces(402, bench::claim_racy<2, 2>);
  expect_traces(2'766, bench::claim_racy<3, 1>);
  expect_traces(5'690, bench::claim_racy<2, 3>);
#ifndef RACEWALK_ASAN
  expect_traces(939'752, bench::claim_racy<4, 1>);
#endif
}

TEST(OptimalDpor, explores_as_many_traces_of_a_locked_claim_as_other_checkers_count) {
  expect_traces(6, bench::claim_fixed<2, 1>);
  expect_traces(106, bench::claim_fixed<2, 2>);
  expect_traces(36, bench::claim_fixed<3, 1>);
  expect_traces(2'136, bench::claim_fixed<2, 3>);
  expect_traces(12'096, bench::claim_fixed<3, 2>);
}

// Clocks count in bytes first, and then in words: the 256th event of a thread comes before, among and after the racy
// ones.
TEST(OptimalDpor, counts_the_same_traces_where_threads_have_more_than_255_events) {
  expect_traces(34, bench::counter<2, 2>);
  expect_traces(34, bench::counter<2, 2, 252>);
  expect_traces(34, bench::counter<2, 2, 253>);
  expect_traces(34, bench::counter<2, 2, 254>);
  expect_traces(34, bench::counter<2, 2, 600>);
  expect_traces(26, bench::claim_racy<2, 1, 300>);
}

// One clock of bytes has room for 16 threads.
TEST(OptimalDpor, counts_the_same_traces_where_there_are_more_than_16_threads) {
  expect_traces(4, [] {
    sim::atomic<int> x{0};
    std::array<sim::thread, 20> threads;
    for (sim::thread& thread : threads) thread = sim::thread([] {});
    std::array<sim::thread, 3> racing;
    racing[0] = sim::thread([&] { x.store(1); });
    racing[1] = sim::thread([&] { x.load(); });
    racing[2] = sim::thread([&] { x.load(); });
    for (sim::thread& thread : racing) thread.join();
    for (sim::thread& thread : threads) thread.join();
  });
}

// What is awaited holds only while one thread is between its two stores and the other, too: no single race leads there.
TEST(OptimalDpor, finds_the_moment_at_which_an_awaited_combination_holds) {
  expect_agreement([] {
    atomic<int> x{0}, y{0};
    thread a([&] {
      x.store(1);
      x.store(0);
    });
    thread b([&] {
      y.store(1);
      y.store(0);
    });
    thread c([&] {
      await([&] { return x.load() == 1 && y.load() == 1; });
      check(false, "both-at-once");
    });
    a.join();
    b.join();
    c.join();
  });
}

// Sums that commute, so that only one of their two orders shows the intermediate value.
TEST(OptimalDpor, finds_an_invariant_that_is_false_only_between_two_steps_that_commute) {
  expect_agreement([] {
    atomic<int> x{0};
    invariant("never-negative", [&] { return x.load() >= 0; });
    thread a([&] { x.store_add(1); });
    thread b([&] { x.store_add(-1); });
    a.join();
    b.join();
  });
}

TEST(OptimalDpor, finds_an_invariant_over_two_objects_that_nobody_accesses_together) {
  expect_agreement([] {
    atomic<int> x{0}, y{0};
    invariant("one-of-two", [&] { return x.load() + y.load() < 2; });
    thread a([&] {
      x.store(1);
      x.store(0);
    });
    thread b([&] {
      y.store(1);
      y.store(0);
    });
    a.join();
    b.join();
  });
}

// Found by a random program: which of two violations is reported depended on who had stated its invariant first.
TEST(OptimalDpor, reports_the_same_of_two_false_invariants_in_any_order_in_which_they_were_stated) {
  expect_agreement([] {
    atomic<int> x{0}, y{0}, z{0};
    thread a([&] {
      y.store(1);
      invariant("one", [&] { return x.load() != 1; });
      x.store(1);
    });
    thread b([&] {
      z.store(1);
      invariant("another", [&] { return x.load() != 1; });
      z.store(2);
    });
    a.join();
    b.join();
  });
}

// Two readers hold the lock to the end: the writer comes before both, or not at all.
TEST(OptimalDpor, lets_a_writer_go_before_readers_that_never_unlock) {
  expect_agreement([] {
    shared_mutex m;
    atomic<int> x{0};
    const auto read = [&] {
      m.lock_shared();
      observe("read", x.load());
    };
    thread a(read), b(read);
    thread c([&] {
      m.lock();
      x.store(1);
      m.unlock();
    });
    a.join();
    b.join();
    c.join();
  });
}

TEST(OptimalDpor, explores_the_values_that_a_transition_chooses_one_by_one) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    thread a([&] {
      x.store(1);
      const std::uint32_t value = choose(3);
      check(value != 1, "chose-one");
      observe("value", value);
    });
    thread b([&] {
      y.store(1);
      observe("x", x.load());
    });
    a.join();
    b.join();
  };
  expect_agreement(program);
  Options options = to_the_end(Strategy::dfs);
  options.count_traces = true;
  const std::uint64_t traces = explore(program, options).traces;
  EXPECT_EQ(explore_by(Strategy::optimal_dpor, program).executions, traces);
}

// What all values of a choice cover, each on its own, was planned nonetheless: one execution was blocked, six were
// lost.
TEST(OptimalDpor, does_not_plan_what_the_values_of_a_choice_cover_together) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    shared<int> plain;
    const auto take = [&] {
      int expected = 0;
      return x.compare_exchange_strong(expected, 1);
    };
    thread a([&] {
      if (take()) x.fetch_add(1);
    });
    thread b([&] {
      y.store(0);
      take();
    });
    thread c([&] { y.load(); });
    thread d([&] {
      this_thread::yield();
      invariant("sum", [&] { return x.load() + y.load() != 2; });
      take();
    });
    thread e([&] {
      plain.store(0);
      choose(2);
    });
    for (thread* it : {&a, &b, &c, &d, &e}) it->join();
  };
  Options options = to_the_end(Strategy::dfs);
  options.count_traces = true;
  const std::uint64_t traces = explore(program, options).traces;
  expect_traces(traces, program);
  expect_agreement(program);
}

TEST(OptimalDpor, goes_on_after_an_execution_that_a_failed_check_ended) {
  expect_agreement([] {
    atomic<int> x{0}, y{0};
    thread a([&] {
      x.store(1);
      check(false, "always");
    });
    thread b([&] {
      y.store(1);
      check(x.load() == 1, "sometimes");
    });
    a.join();
    b.join();
  });
}
