#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/explore/agreement.hpp"

/// How samples are judged. The seeds are fixed, so nothing here fails now and then; the bounds say how far from the
/// exact probability a fair sample would be: |z| <= 4 is exceeded by one in 16,000.
namespace sampling {

inline constexpr double z_bound = 4;

inline sim::Options of(sim::Strategy strategy, std::uint64_t executions, std::uint64_t seed = 1) {
  sim::Options options = agreement::to_the_end(strategy);
  options.max_executions = executions;
  options.seed = seed;
  return options;
}

/// `count` of `executions` is what happens with probability `p`, within z_bound standard deviations.
inline void expect_share(std::uint64_t count, std::uint64_t executions, double p) {
  const double n = static_cast<double>(executions);
  const double z = (static_cast<double>(count) - n * p) / std::sqrt(n * p * (1 - p));
  EXPECT_LE(std::abs(z), z_bound) << count << " of " << executions << " are " << static_cast<double>(count) / n
                                  << ", expected " << p << ", z = " << z;
}

/// At least that probability, within z_bound standard deviations.
inline void expect_share_at_least(std::uint64_t count, std::uint64_t executions, double p) {
  const double n = static_cast<double>(executions);
  const double z = (static_cast<double>(count) - n * p) / std::sqrt(n * p * (1 - p));
  EXPECT_GE(z, -z_bound) << count << " of " << executions << " are " << static_cast<double>(count) / n
                         << ", expected at least " << p;
}

/// The outcomes are drawn from the distribution `expected` (probabilities that sum up to 1), by Pearson's chi-square at
/// the level of z_bound (Wilson and Hilferty's approximation of its quantile).
inline void expect_distribution(const std::map<std::string, std::uint64_t>& outcomes,
                                const std::map<std::string, double>& expected) {
  double executions = 0, sum = 0;
  for (const auto& [outcome, count] : outcomes) {
    EXPECT_TRUE(expected.contains(outcome)) << outcome << " is impossible";
    executions += static_cast<double>(count);
  }
  for (const auto& [outcome, p] : expected) {
    sum += p;
    EXPECT_GE(executions * p, 5) << "too few executions to judge " << outcome;
  }
  ASSERT_NEAR(sum, 1, 1e-9);
  double square = 0;
  for (const auto& [outcome, p] : expected) {
    const auto found = outcomes.find(outcome);
    const double count = found == outcomes.end() ? 0 : static_cast<double>(found->second);
    square += (count - executions * p) * (count - executions * p) / (executions * p);
  }
  const double freedom = static_cast<double>(expected.size()) - 1;
  const double root = 1 - 2 / (9 * freedom) + z_bound * std::sqrt(2 / (9 * freedom));
  EXPECT_LE(square, freedom * root * root * root) << "chi-square of " << freedom << " degrees of freedom";
}

/// The order in which threads took their steps, as an outcome: "order=1221".
class StepOrder {
 public:
  /// Called by a thread right after its operation.
  void took_step() { text_ += static_cast<char>('0' + sim::this_thread::number()); }
  void observe() const { sim::observe("order", text_); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Threads 1, 2, ... take `steps[0]`, `steps[1]`, ... steps that touch nothing in common.
inline auto steppers(std::vector<int> steps) {
  return [steps = std::move(steps)] {
    StepOrder order;
    std::vector<sim::thread> threads;
    threads.reserve(steps.size());
    for (const int count : steps) {
      threads.emplace_back([&order, count] {
        sim::atomic<int> own{0};
        for (int i = 0; i < count; ++i) {
          own.store(i);
          order.took_step();
        }
      });
    }
    for (sim::thread& thread : threads) thread.join();
    order.observe();
  };
}

/// All interleavings of threads 1, 2, ... with that many steps, each as likely, as `steppers` observes them.
inline std::map<std::string, double> uniform_over_interleavings(const std::vector<int>& steps) {
  std::string order;
  for (std::size_t t = 0; t < steps.size(); ++t) {
    order.append(static_cast<std::size_t>(steps[t]), static_cast<char>('1' + t));
  }
  std::map<std::string, double> all;
  do {
    all["order=" + order] = 0;
  } while (std::next_permutation(order.begin(), order.end()));
  for (auto& [outcome, p] : all) p = 1 / static_cast<double>(all.size());
  return all;
}

}  // namespace sampling
