// The randomised strategies, against the exact probabilities with which they let textbook programs fail: each is
// sampled with a fixed seed, and every draw of its algorithm is tried one by one.
#include <gtest/gtest.h>

#include "classic_instances.hpp"
#include "exact_probability.hpp"
#include "tests/explore/sampling.hpp"

namespace models::classic {
namespace {

using sim::Report;
using sim::Strategy;

#ifdef RACEWALK_ASAN
constexpr std::uint64_t executions = 2'000;
#else
constexpr std::uint64_t executions = 50'000;
#endif

template <class Rules>
Weighed weigh_all(const Enumerated& known, Rules rules) {
  const Weighed weighed = weigh([&] { known.program(); }, std::move(rules), std::string(differs));
  EXPECT_NEAR(weighed.all, 1, 1e-9);
  return weighed;
}

// Within 4 standard deviations of a sample of that size (sampling::z_bound): one fair sample in 16,000 lies beyond.
void expect_sampled(const Enumerated& known, sim::Options options, double probability) {
  options.max_executions = executions;
  options.stop_at_first_violation = false;
  const Report report = sim::explore([&] { known.program(); }, options);
  EXPECT_EQ(report.executions, executions);
  if (probability == 0)
    EXPECT_EQ(violating_executions(report), 0u);
  else
    sampling::expect_share(violating_executions(report), executions, probability);
}

}  // namespace

TEST(StrategyProbabilities, of_random_walks_are_exact) {
  for (const Enumerated& known : enumerated()) {
    SCOPED_TRACE(known.program.name());
    expect_sampled(known, {.strategy = Strategy::random_walk}, 1 / known.walks);
  }
}

// As the paper says, with the length of the longest execution, which the strategy learns.
TEST(StrategyProbabilities, of_pct_are_exact) {
  for (const Enumerated& known : enumerated()) {
    SCOPED_TRACE(known.program.name());
    const std::uint32_t length = weigh_all(known, WalkRules()).longest;
    for (const std::uint32_t depth : {1u, 2u, 3u}) {
      SCOPED_TRACE(depth);
      const Weighed exact = weigh_all(known, PctRules(depth, length));
      sim::Options options{.strategy = Strategy::pct};
      options.pct_depth = depth;
      expect_sampled(known, options, exact.failing);
    }
  }
}

TEST(StrategyProbabilities, of_pos_are_exact) {
  for (const Enumerated& known : enumerated()) {
    SCOPED_TRACE(known.program.name());
    if (known.interleavings.all > 1'000) continue;  // Too many draws.
    expect_sampled(known, {.strategy = Strategy::pos}, weigh_all(known, PosRules()).failing);
  }
}

namespace {

// What surw learns are the average lengths of threads, to which rules by these lengths must lead again: from `lengths`
// on.
double settled(const Enumerated& known, std::vector<std::uint32_t> lengths) {
  for (int round = 0; round < 10; ++round) {
    const Weighed exact = weigh_all(known, SurwRules(lengths));
    const auto before = std::exchange(lengths, exact.average_lengths());
    if (lengths == before) return exact.failing;
  }
  ADD_FAILURE() << "the averages do not settle";
  return 0;
}

}  // namespace

TEST(StrategyProbabilities, of_surw_are_exact) {
  for (const Enumerated& known : enumerated()) {
    SCOPED_TRACE(known.program.name());
    const Weighed walks = weigh_all(known, WalkRules());
    // Of the bluetooth driver's threads, two averages lead to themselves: the sample has settled at the longer one.
    const bool settles_twice = known.program.name() == "bluetooth-driver";
    const double probability = settled(known, walks.average_lengths(settles_twice ? 0.9 : 0.5));
    if (settles_twice) {
      EXPECT_NEAR(1 / probability, 60, 1e-9);
    }
    expect_sampled(known, {.strategy = Strategy::surw}, probability);
  }
}

}  // namespace models::classic
