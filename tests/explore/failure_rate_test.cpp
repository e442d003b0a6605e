// How likely a failure is, as a sample tells.
#include <gtest/gtest.h>

#include "explore/report_codec.hpp"
#include "explore/wilson.hpp"
#include "tests/explore/sampling.hpp"

using namespace sim;

namespace {

// One of eight values fails.
void one_of_eight() {
  check(choose(8) != 3, "not-three");
}

}  // namespace

// From the formula by hand: for 3 of 10, (0.3 + 0.19207) / 1.38415 -+ 1.95996 sqrt(0.021 + 0.0096036) / 1.38415.
TEST(Wilson, gives_the_score_interval) {
  const Estimate95 some = wilson_estimate(3, 10);
  EXPECT_DOUBLE_EQ(some.share, 0.3);
  EXPECT_NEAR(some.low, 0.107791, 1e-6);
  EXPECT_NEAR(some.high, 0.603222, 1e-6);
}

TEST(Wilson, is_exact_at_the_ends) {
  const Estimate95 none = wilson_estimate(0, 1'000), all = wilson_estimate(1'000, 1'000);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 3.8415 / 1'003.8415, 1e-6);  // z^2 / (n + z^2)
  EXPECT_EQ(all.high, 1);
  EXPECT_DOUBLE_EQ(all.low, 1 - none.high);
}

TEST(Wilson, knows_nothing_without_trials) {
  const Estimate95 nothing = wilson_estimate(0, 0);
  EXPECT_EQ(nothing.share, 0);
  EXPECT_EQ(nothing.low, 0);
  EXPECT_EQ(nothing.high, 1);
}

TEST(FailureRate, counts_failing_executions_of_a_sample) {
  for (const Strategy strategy : {Strategy::random_walk, Strategy::pct, Strategy::pos, Strategy::surw}) {
    const Report report = explore(one_of_eight, sampling::of(strategy, 8'000));
    EXPECT_EQ(report.failing_executions, report.outcomes.at("not-three"));
    sampling::expect_share(report.failing_executions, report.executions, 1. / 8);
    ASSERT_TRUE(report.failure_rate);
    EXPECT_LT(report.failure_rate->low, 1. / 8);
    EXPECT_GT(report.failure_rate->high, 1. / 8);
    EXPECT_FALSE(report.stopped_by_violation);
  }
}

TEST(FailureRate, covers_the_true_rate_in_19_of_20_samples) {
  int covered = 0;
  constexpr int samples = 1'000;
  for (int seed = 1; seed <= samples; ++seed) {
    const Report report =
        explore(one_of_eight, sampling::of(Strategy::random_walk, 200, static_cast<std::uint64_t>(seed)));
    covered += report.failure_rate->low <= 1. / 8 && 1. / 8 <= report.failure_rate->high;
  }
  // Of 200 trials the score interval covers 1/8 with probability 0.9587, by the binomial distribution.
  sampling::expect_share(static_cast<std::uint64_t>(covered), samples, 0.9587);
}

TEST(FailureRate, counts_an_execution_once_however_much_it_violates) {
  const Report report = explore(
      [] {
        const std::uint32_t value = choose(4);
        expect(value != 0, "not-zero");
        expect(value > 1, "more-than-one");
        sim::atomic<int> x{0};
        thread reader([&] { x.load(); });
        reader.join();
      },
      sampling::of(Strategy::random_walk, 4'000));
  EXPECT_EQ(report.violations.size(), 2u);
  sampling::expect_share(report.failing_executions, 4'000, 0.5);
}

TEST(FailureRate, counts_deadlocks_and_data_races) {
  const Report report = explore(
      [] {
        shared<int> plain{0};
        thread writer([&] { plain.store(1); });
        plain.load();
        writer.join();
        if (choose(2) == 0) binary_semaphore(0).acquire();
      },
      sampling::of(Strategy::random_walk, 100));
  EXPECT_EQ(report.failing_executions, 100u);
}

TEST(FailureRate, is_exact_where_everything_is_explored) {
  const Report report = explore(one_of_eight, agreement::to_the_end(Strategy::dfs));
  EXPECT_EQ(report.failing_executions, 1u);
  EXPECT_EQ(report.executions, 8u);
  EXPECT_FALSE(report.failure_rate);
}

TEST(FailureRate, says_that_the_sample_stopped_at_the_violation) {
  Options options = sampling::of(Strategy::random_walk, 0);
  options.stop_at_first_violation = true;
  const Report report = explore(one_of_eight, options);
  EXPECT_TRUE(report.stopped_by_violation);
  EXPECT_EQ(report.failing_executions, 1u);
  EXPECT_FALSE(explore([] {}, options).stopped_by_violation);
}

TEST(FailureRate, comes_back_from_a_child_process) {
  Options options = sampling::of(Strategy::random_walk, 500);
  const Report here = explore(one_of_eight, options);
  options.isolate = true;
  const Report child = explore(one_of_eight, options);
  EXPECT_EQ(child.failing_executions, here.failing_executions);
  ASSERT_TRUE(child.failure_rate);
  EXPECT_EQ(child.failure_rate->low, here.failure_rate->low);
  EXPECT_EQ(encode(child).size(), encode(here).size());
}
