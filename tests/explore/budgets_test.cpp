// What ends an exploration early, and how the report says so.
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/explore/agreement.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace sim;
using agreement::stateful;
using agreement::to_the_end;

namespace {

const auto large = known::independent<4, 3>;  // 369,600 executions.

}  // namespace

TEST(Budget, of_executions_makes_the_report_inconclusive) {
  Options options = to_the_end(Strategy::dfs);
  options.max_executions = 1'000;
  const Report report = explore(large, options);
  EXPECT_EQ(report.executions, 1'000u);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.reason, "the budget of 1000 executions ran out (max_executions)");
}

TEST(Budget, is_named_as_people_would) {
  Options options = to_the_end(Strategy::dfs);
  options.max_executions = 1;
  EXPECT_EQ(explore(large, options).reason, "the budget of 1 execution ran out (max_executions)");
  options.max_executions = 0;
  options.max_memory_bytes = 1;
  EXPECT_EQ(explore(large, options).reason, "the budget of 1 byte of memory ran out (max_memory)");
}

TEST(Budget, of_seconds_makes_the_report_inconclusive) {
  Options options = to_the_end(Strategy::random_walk);
  options.max_seconds = 0.1;
  const Report report = explore(large, options);
  EXPECT_GE(report.seconds, 0.1);
  EXPECT_LT(report.seconds, 2.0);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_NE(report.reason.find("max_seconds"), std::string::npos);
}

TEST(Budget, of_seconds_is_looked_at_often_where_executions_are_slow) {
  const auto slow = [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    known::last_zero<9>();
  };
  for (const Strategy strategy : {Strategy::random_walk, Strategy::optimal_dpor}) {
    Options options = to_the_end(strategy);
    options.cache_transitions = Caching::never;
    options.backtracking = Backtracking::reexecute;
    options.max_seconds = 0.1;
    const Report report = explore(slow, options);
    EXPECT_EQ(report.verdict, Verdict::inconclusive);
    EXPECT_GT(report.executions, 1u);
    EXPECT_LT(report.executions, 12u);
  }
}

TEST(Budget, of_memory_makes_the_report_inconclusive) {
  for (const Order order : {Order::depth_first, Order::breadth_first}) {
    Options options = stateful(order);
    options.max_memory_bytes = 1 << 20;
    const Report report = explore(known::last_zero<9>, options);
    EXPECT_EQ(report.verdict, Verdict::inconclusive);
    EXPECT_NE(report.reason.find("the budget of 1 MiB of memory ran out (max_memory)"), std::string::npos);
    EXPECT_LT(report.peak_memory_bytes, 6u << 20);  // Looked at after every 256 steps.
  }
}

TEST(Budget, of_steps_names_the_thread_that_kept_running) {
  const auto program = [] {
    atomic<int> x{0};
    thread waiting([&] {
      while (x.load() == 0) {
      }
    });
    waiting.join();
  };
  Options options = to_the_end(Strategy::dfs);
  options.max_steps = 100;
  const Report report = explore(program, options);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_EQ(report.executions, 0u);
  EXPECT_EQ(report.reason,
            "an execution was cut after 100 steps (max_steps) while thread 1 kept running; if it polls, wait with "
            "sim::await, or use the strategy stateful; if it ends later, raise max_steps");
  options = stateful();
  options.max_steps = 3;
  const std::string reason = explore(large, options).reason;
  EXPECT_NE(reason.find("wait with sim::await; if it ends later, raise max_steps"), std::string::npos) << reason;
  EXPECT_EQ(agreement::violated_in(explore(program, stateful())), std::set<std::string>{"livelock"});
}

TEST(Budget, of_steps_that_suffices_exactly_cuts_nothing) {
  Options options = to_the_end(Strategy::dfs);
  options.max_steps = 6;
  EXPECT_TRUE(explore(known::independent<3, 2>, options).complete);
  options.max_steps = 5;
  const Report report = explore(known::independent<3, 2>, options);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.executions, 0u);
}

// Of a program that never ends each execution is cut: one that is not counted would be followed by another for ever.
TEST(Budget, of_executions_counts_those_that_were_cut) {
  const auto endless = [] {
    atomic<int> turns{0};
    for (;;) turns.fetch_add(1);
  };
  for (const Strategy strategy : {Strategy::random_walk, Strategy::pct, Strategy::pos, Strategy::surw}) {
    Options options = to_the_end(strategy);
    options.max_executions = 20;
    options.max_steps = 50;
    options.max_seconds = 20;
    const Report report = explore(endless, options);
    EXPECT_EQ(report.cut_executions, 20u);
    EXPECT_EQ(report.executions, 0u);
    EXPECT_EQ(report.verdict, Verdict::inconclusive);
    EXPECT_NE(report.reason.find("max_executions"), std::string::npos) << report.reason;
  }
}

TEST(Budget, is_not_exceeded_by_a_violation) {
  Options options;
  options.strategy = Strategy::dfs;
  const Report report = explore(known::abba, options);
  EXPECT_EQ(report.verdict, Verdict::violated);
  EXPECT_EQ(report.reason, "stopped at the first violation");
  EXPECT_EQ(report.violations.size(), 1u);
  EXPECT_FALSE(report.complete);
}

TEST(Budget, ends_when_every_expected_property_was_violated) {
  Options options = to_the_end(Strategy::dfs);
  options.stop_after = {"one", "two"};
  const Report report = explore(
      [] {
        const std::uint32_t chosen = choose(100);
        check(chosen != 3, "one");
        check(chosen != 10, "two");
      },
      options);
  EXPECT_EQ(agreement::violated_in(report), (std::set<std::string>{"one", "two"}));
  EXPECT_EQ(report.executions, 11u);
  EXPECT_EQ(report.reason, "stopped when every expected property was violated");
}

TEST(Interruption, ends_an_exploration_with_a_partial_report) {
  Options options = to_the_end(Strategy::random_walk);
  options.max_seconds = 60;
  options.progress = [](const Progress& progress) {
    EXPECT_GT(progress.transitions, 0u);
    interrupt();
  };
  const Report report = explore(large, options);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_EQ(report.reason, "interrupted");
  EXPECT_GT(report.executions, 0u);
  EXPECT_LT(report.seconds, 10);
  EXPECT_TRUE(explore(known::abba, to_the_end(Strategy::dfs)).complete) << "the next exploration is not interrupted";
}

// States are matched without the time at first, and once more with it where a program looks at the time.
TEST(Interruption, also_ends_an_exploration_that_would_begin_again) {
  Options options = stateful();
  options.max_seconds = 20;
  options.max_steps = 100'000'000;
  options.max_memory_bytes = 1 << 30;
  bool told = false;
  options.progress = [&](const Progress&) {
    if (!std::exchange(told, true)) interrupt();
  };
  const Report report = explore(
      [] {
        this_thread::sleep_for(std::chrono::seconds(1));
        observe("late", virtual_clock::now() > virtual_clock::time_point());
        atomic<std::uint64_t> x{0};
        for (std::uint64_t i = 1;; ++i) x.store(i);
      },
      options);
  EXPECT_EQ(report.reason, "interrupted");
  EXPECT_LT(report.seconds, 10);
}

TEST(Interruption, comes_from_another_thread) {
  Options options = to_the_end(Strategy::stateful);
  options.max_seconds = 60;
  std::thread other([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    interrupt();
  });
  const Report report = explore(
      [] {
        atomic<std::uint64_t> x{0};
        for (std::uint64_t i = 1;; ++i) x.store(i);
      },
      [&] {
        Options endless = options;
        endless.max_steps = 100'000'000;
        endless.max_memory_bytes = 1 << 30;
        return endless;
      }());
  other.join();
  EXPECT_EQ(report.reason, "interrupted");
}

TEST(Progress, that_throws_leaves_the_next_exploration_unharmed) {
  Options options = to_the_end(Strategy::random_walk);
  options.max_seconds = 60;
  options.progress = [](const Progress&) { throw std::runtime_error("enough"); };
  EXPECT_THROW(explore(large, options), std::runtime_error);
  EXPECT_EQ(explore(known::increment<3>, to_the_end(Strategy::dfs)).executions, 90u);
}

TEST(Options, that_make_no_sense_are_refused) {
  const auto refused = [](auto change) {
    Options options;
    change(options);
    EXPECT_THROW(explore([] {}, options), std::invalid_argument);
  };
  refused([](Options& options) { options.workers = 0; });
  refused([](Options& options) { options.pct_depth = 0; });
  refused([](Options& options) { options.max_steps = 0; });
  refused([](Options& options) { options.stack_bytes = 1'000; });
  refused([](Options& options) { options.stack_bytes = std::uint64_t{1} << 40; });
  refused([](Options& options) { options.max_seconds = -1; });
  refused([](Options& options) {
    options.strategy = Strategy::stateful;
    options.unwind = true;
  });
}
