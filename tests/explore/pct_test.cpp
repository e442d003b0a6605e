// Probabilistic concurrency testing: what the paper promises, and exactly how likely each interleaving is.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/explore/sampling.hpp"

using namespace sim;
using sampling::StepOrder;

namespace {

Options pct(std::uint32_t depth, std::uint64_t executions) {
  Options options = sampling::of(Strategy::pct, executions);
  options.pct_depth = depth;
  return options;
}

// The algorithm of the paper run on numbers: every order of priorities and every place of the change points.
std::map<std::string, double> exactly(const std::vector<int>& steps, int depth) {
  const int n = static_cast<int>(steps.size());
  const int k = std::accumulate(steps.begin(), steps.end(), 0);
  std::vector<int> ranks(steps.size());
  std::iota(ranks.begin(), ranks.end(), depth);
  int places = 1;
  for (int i = 1; i < depth; ++i) places *= k;
  std::map<std::string, double> all;
  double count = 0;
  do {
    for (int place = 0; place < places; ++place, ++count) {
      std::vector<int> left = steps, priority = ranks;
      std::string order;
      for (int step = 1; step <= k; ++step) {
        int thread = -1;
        for (int t = 0; t < n; ++t) {
          const auto at = static_cast<std::size_t>(t);
          if (left[at] > 0 && (thread < 0 || priority[at] > priority[static_cast<std::size_t>(thread)])) thread = t;
        }
        --left[static_cast<std::size_t>(thread)];
        order += static_cast<char>('1' + thread);
        for (int i = 1, rest = place; i < depth; ++i, rest /= k) {
          if (rest % k + 1 == step) priority[static_cast<std::size_t>(thread)] = i;
        }
      }
      ++all["order=" + order];
    }
  } while (std::next_permutation(ranks.begin(), ranks.end()));
  for (auto& [outcome, p] : all) p /= count;
  return all;
}

void expect_exactly(const std::vector<int>& steps, int depth, std::uint64_t executions) {
  SCOPED_TRACE("depth " + std::to_string(depth));
  const Report report = explore(sampling::steppers(steps), pct(static_cast<std::uint32_t>(depth), executions));
  sampling::expect_distribution(report.outcomes, exactly(steps, depth));
}

// A bug of depth d, of n = 2 threads and k = 6 steps: the first thread begins, and control passes d times between them.
// One of these is free, as it happens when a thread ends.
template <int Depth>
void alternating() {
  StepOrder order;
  const auto body = [&order](int steps) {
    sim::atomic<int> own{0};
    for (int i = 0; i < steps; ++i) {
      own.store(i);
      order.took_step();
    }
  };
  constexpr int steps = 3;
  thread first(body, steps), second(body, steps);
  first.join();
  second.join();
  int changes = 0;
  for (std::size_t i = 1; i < order.text().size(); ++i) changes += order.text()[i] != order.text()[i - 1];
  check(changes < Depth || order.text()[0] != '1', "few-changes");
}

}  // namespace

TEST(Pct, of_depth_1_runs_threads_one_after_another) {
  expect_exactly({3, 2, 2}, 1, 20'000);
}

TEST(Pct, draws_interleavings_as_the_paper_does) {
  expect_exactly({2, 2}, 2, 20'000);
  expect_exactly({3, 3}, 3, 50'000);
  expect_exactly({2, 1, 2}, 3, 50'000);
  expect_exactly({2, 2}, 4, 50'000);
}

TEST(Pct, finds_a_bug_of_depth_d_as_often_as_promised) {
  constexpr std::uint64_t executions = 20'000;
  constexpr double n = 2, k = 6;
  const Report two = explore(alternating<2>, pct(2, executions));
  sampling::expect_share_at_least(two.outcomes.at("few-changes"), executions, 1 / (n * k));
  const Report three = explore(alternating<3>, pct(3, executions));
  sampling::expect_share_at_least(three.outcomes.at("few-changes"), executions, 1 / (n * k * k));
  const Report four = explore(alternating<4>, pct(4, executions));
  sampling::expect_share_at_least(four.outcomes.at("few-changes"), executions, 1 / (n * k * k * k));
}

TEST(Pct, does_not_find_a_deeper_bug) {
  EXPECT_TRUE(explore(alternating<2>, pct(1, 5'000)).violations.empty());
  EXPECT_TRUE(explore(alternating<3>, pct(2, 5'000)).violations.empty());
  EXPECT_TRUE(explore(alternating<4>, pct(3, 5'000)).violations.empty());
}

TEST(Pct, lets_a_thread_that_yields_fall_behind_the_others) {
  const auto polling = [] {
    sim::atomic<bool> done{false};
    const auto poll = [&] {
      while (!done.load()) this_thread::yield();
    };
    thread first(poll), second(poll);
    thread third([&] { done.store(true); });
    first.join();
    second.join();
    third.join();
  };
  Options options = pct(3, 1'000);
  options.max_steps = 100;
  const Report report = explore(polling, options);
  EXPECT_EQ(report.executions, 1'000u);
  EXPECT_EQ(report.reason, "the budget of 1000 executions ran out (max_executions)");
}

TEST(Pct, measures_the_length_of_executions_until_it_is_long_enough) {
  // A change point at the 200th of 400 steps is beyond the first guess.
  const auto late = [] {
    sim::atomic<int> x{0};
    thread first([&] {
      for (int i = 0; i < 200; ++i) x.store(i);
      check(x.load() != 1'000, "not-late");
    });
    thread second([&] { x.store(1'000); });
    first.join();
    second.join();
  };
  const Report report = explore(late, pct(2, 20'000));
  sampling::expect_share_at_least(report.outcomes.at("not-late"), 20'000, 1. / (2 * 202));
}

TEST(Pct, wants_a_depth_from_1) {
  EXPECT_THROW(explore(alternating<2>, pct(0, 1)), std::invalid_argument);
}
