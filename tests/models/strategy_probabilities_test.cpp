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

// Executions to the first failure, on average; 0: none fails. By trying every draw; docs/verification.md shows them.
struct Exact {
  std::string_view program;
  double pct[3];  // Of depth 1, 2 and 3.
  double pos, surw;
};
constexpr Exact exact_numbers[] = {{"account", {3, 3, 3}, 3, 2.08},
                                   {"token-ring", {6, 6, 6}, 6, 4.788},
                                   {"deadlock01", {0, 8, 4.2667}, 3, 1.75},
                                   {"carter01", {0, 4, 2.2857}, 2, 1.5},
                                   {"bluetooth-driver", {0, 20, 13.3333}, 15, 60},
                                   {"twostage", {0, 8.6667, 5.6333}, 10, 43.2},
                                   {"wronglock", {0, 22.6667, 14.6329}, 0, 7.1971},
                                   {"reorder", {0, 24, 12.8}, 6.2069, 6.4286}};

const Exact& exact_number(const Enumerated& known) {
  return *std::ranges::find(exact_numbers, known.program.name(), &Exact::program);
}

void expect_number(double probability, double until_failure) {
  if (until_failure == 0)
    EXPECT_EQ(probability, 0);
  else
    EXPECT_NEAR(1 / probability, until_failure, 5e-5);
}

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
      expect_number(exact.failing, exact_number(known).pct[depth - 1]);
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
    const double probability = weigh_all(known, PosRules()).failing;
    expect_number(probability, exact_number(known).pos);
    expect_sampled(known, {.strategy = Strategy::pos}, probability);
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
    std::vector<std::uint32_t> lengths = weigh_all(known, WalkRules()).average_lengths();
    // 4 and 3 lead to themselves, too; the sample has settled here.
    if (known.program.name() == "bluetooth-driver") lengths[1] = lengths[2] = 4;
    const double probability = settled(known, lengths);
    expect_number(probability, exact_number(known).surw);
    expect_sampled(known, {.strategy = Strategy::surw}, probability);
  }
}

}  // namespace models::classic
