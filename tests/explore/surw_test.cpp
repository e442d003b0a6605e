// Uniform and selectively uniform random walks: where nothing blocks, every interleaving is as likely.
#include <gtest/gtest.h>

#include "tests/explore/sampling.hpp"

using namespace sim;
using sampling::StepOrder;

namespace {

Options surw(std::uint64_t executions, std::string select = {}) {
  Options options = sampling::of(Strategy::surw, executions);
  options.select = std::move(select);
  return options;
}

void expect_uniform(const std::vector<int>& steps) {
  const Report report = explore(sampling::steppers(steps), surw(50'000));
  sampling::expect_distribution(report.outcomes, sampling::uniform_over_interleavings(steps));
}

// Each of two threads takes steps on an object of its own, some of them on one that is called "chosen".
auto two_threads(int chosen, int unchosen_first, int unchosen_second) {
  return [=] {
    StepOrder order;
    sim::atomic<int> shared{0, "chosen"}, other{0, "other"};
    const auto body = [&](int unchosen) {
      for (int i = 0; i < unchosen; ++i) other.store(i);
      for (int i = 0; i < chosen; ++i) {
        shared.store(i);
        order.took_step();
        other.store(i);
      }
    };
    thread first(body, unchosen_first), second(body, unchosen_second);
    first.join();
    second.join();
    order.observe();
  };
}

}  // namespace

TEST(Surw, is_uniform_over_interleavings) {
  expect_uniform({2, 2});
  expect_uniform({5, 1});
  expect_uniform({3, 3, 1});
  expect_uniform({1, 2, 1, 2});
}

TEST(Surw, is_uniform_where_a_random_walk_is_not) {
  const Report walk = explore(sampling::steppers({5, 1}), sampling::of(Strategy::random_walk, 20'000));
  sampling::expect_share(walk.outcomes.at("order=211111"), 20'000, 1. / 2);
  sampling::expect_share(walk.outcomes.at("order=111112"), 20'000, 1. / 32);
}

TEST(Surw, counts_what_a_thread_will_create) {
  // Thread 1 takes two steps and then creates thread 3; thread 2 takes two. Not all interleavings of the tree have
  // thread 3 from the start: 15 in all, of 4 + 1 steps.
  const auto tree = [] {
    StepOrder order;
    const auto steps = [&order](int count) {
      sim::atomic<int> own{0};
      for (int i = 0; i < count; ++i) {
        own.store(i);
        order.took_step();
      }
    };
    thread first([&] {
      steps(1);
      thread child(steps, 2);
      steps(1);
      child.join();
    });
    thread second(steps, 2);
    first.join();
    second.join();
    order.observe();
  };
  const Report all = explore(tree, agreement::to_the_end(Strategy::dfs));
  std::map<std::string, double> expected;
  for (const auto& [outcome, count] : all.outcomes) {
    EXPECT_EQ(count, 1u);
    expected[outcome] = 1 / static_cast<double>(all.executions);
  }
  const Report report = explore(tree, surw(50'000));
  sampling::expect_distribution(report.outcomes, expected);
}

TEST(Surw, is_uniform_over_what_is_selected_whatever_else_happens) {
  const std::map<std::string, double> uniform = sampling::uniform_over_interleavings({3, 3});
  sampling::expect_distribution(explore(two_threads(3, 0, 0), surw(50'000, "chosen")).outcomes, uniform);
  sampling::expect_distribution(explore(two_threads(3, 0, 12), surw(50'000, "chosen")).outcomes, uniform);
  sampling::expect_distribution(explore(two_threads(3, 12, 1), surw(50'000, "cho?en")).outcomes, uniform);
  sampling::expect_distribution(explore(two_threads(3, 12, 1), surw(50'000, "none, ch*")).outcomes, uniform);
}

TEST(Surw, is_not_uniform_over_what_is_not_selected) {
  const Report all = explore(two_threads(1, 0, 12), surw(20'000));
  // In 3 of the 120 interleavings of 2 and 14 steps the first of two comes after the 13th of the others.
  sampling::expect_share(all.outcomes.at("order=21"), 20'000, 3. / 120);
}

TEST(Surw, says_if_nothing_is_selected) {
  const Report report = explore(two_threads(1, 1, 1), surw(100, "absent*"));
  EXPECT_EQ(report.executions, 100u);
  EXPECT_EQ(report.reason,
            "the budget of 100 executions ran out (max_executions); no object has a name like absent* (select), so "
            "that this was a uniform random walk");
}

TEST(Surw, goes_on_where_the_intended_thread_waits) {
  // The first thread's selected step is behind a lock that the second holds while it wants to take its own.
  const auto nested = [] {
    StepOrder order;
    sim::mutex lock{"lock"};
    sim::atomic<int> x{0, "x"};
    const auto body = [&] {
      const std::lock_guard guard(lock);
      x.store(1);
      order.took_step();
      x.store(2);
      order.took_step();
    };
    thread first(body), second(body);
    first.join();
    second.join();
    order.observe();
  };
  const Report report = explore(nested, surw(5'000, "x"));
  EXPECT_EQ(report.executions, 5'000u);
  EXPECT_EQ(report.outcomes.size(), 2u);
  sampling::expect_share(report.outcomes.at("order=1122"), 5'000, 0.5);
}

TEST(Surw, learns_from_executions_that_never_finish) {
  // Every execution deadlocks, after up to 3 steps of each thread.
  const auto stuck = [] {
    sim::binary_semaphore never{0};
    const auto body = [&] {
      sim::atomic<int> own{0};
      for (int i = 0; i < 3; ++i) own.store(i);
      never.acquire();
    };
    thread first(body), second(body);
    first.join();
    second.join();
  };
  const Report report = explore(stuck, surw(100));
  EXPECT_EQ(report.outcomes, (std::map<std::string, std::uint64_t>{{"deadlock", 100}}));
}

TEST(Surw, alone_takes_a_selection) {
  Options options = surw(1, "x");
  options.strategy = Strategy::pct;
  EXPECT_THROW(explore(two_threads(1, 1, 1), options), std::invalid_argument);
}
