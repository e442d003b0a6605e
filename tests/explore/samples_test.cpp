// What all samples have in common.
#include <gtest/gtest.h>

#include "tests/explore/sampling.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace sim;
using agreement::outcomes_of;
using agreement::violated_in;

namespace {

class Samples : public testing::TestWithParam<Strategy> {};

INSTANTIATE_TEST_SUITE_P(All, Samples,
                         testing::Values(Strategy::random_walk, Strategy::pct, Strategy::pos, Strategy::surw),
                         [](const auto& strategy) { return std::string(to_text(strategy.param)); });

}  // namespace

TEST_P(Samples, are_called_samples) {
  EXPECT_TRUE(is_sample(GetParam()));
  EXPECT_FALSE(is_sample(Strategy::dfs));
}

TEST_P(Samples, are_the_same_for_the_same_seed) {
  const Report one = explore(known::last_zero<5>, sampling::of(GetParam(), 500, 7));
  const Report same = explore(known::last_zero<5>, sampling::of(GetParam(), 500, 7));
  const Report other = explore(known::last_zero<5>, sampling::of(GetParam(), 500, 8));
  agreement::expect_same_executions(one, same);
  EXPECT_EQ(one.transitions, same.transitions);
  EXPECT_NE(one.outcomes, other.outcomes);
}

TEST_P(Samples, are_the_same_from_snapshots_and_by_re_execution) {
  Options options = sampling::of(GetParam(), 300);
  const Report snapshots = explore(known::philosophers<3>, options);
  options.backtracking = Backtracking::reexecute;
  agreement::expect_same_executions(snapshots, explore(known::philosophers<3>, options));
}

TEST_P(Samples, show_what_is_possible_and_nothing_else) {
  for (const known::Program& program : known::programs) {
    SCOPED_TRACE(program.name);
    if (program.interleavings > 1'000) continue;
    const Report all = explore(program.run, agreement::to_the_end(Strategy::dfs));
    const Report sample = explore(program.run, sampling::of(GetParam(), 3'000));
    EXPECT_EQ(sample.executions, 3'000u);
    EXPECT_FALSE(sample.complete);
    EXPECT_EQ(outcomes_of(sample), outcomes_of(all));
    EXPECT_EQ(violated_in(sample), violated_in(all));
    agreement::expect_replays(program.run, sample, {});
  }
}

TEST_P(Samples, draw_values_uniformly) {
  const Report report = explore([] { observe("value", choose(5)); }, sampling::of(GetParam(), 20'000));
  std::map<std::string, double> uniform;
  for (int value = 0; value < 5; ++value) uniform["value=" + std::to_string(value)] = 0.2;
  sampling::expect_distribution(report.outcomes, uniform);
}

TEST_P(Samples, work_on_programs_without_a_choice) {
  const Report report = explore([] { observe("x", 1); }, sampling::of(GetParam(), 3));
  EXPECT_EQ(report.outcomes, (std::map<std::string, std::uint64_t>{{"x=1", 3}}));
}

TEST_P(Samples, work_on_threads_that_create_threads_and_have_values_in_between) {
  const auto program = [] {
    sim::atomic<int> x{0};
    thread outer([&] {
      x.fetch_add(static_cast<int>(choose(2)));
      thread inner([&] { x.fetch_add(10); });
      x.fetch_add(100);
      inner.join();
    });
    x.fetch_add(1'000);
    outer.join();
    observe("x", x.load());
  };
  const Report all = explore(program, agreement::to_the_end(Strategy::dfs));
  EXPECT_EQ(outcomes_of(explore(program, sampling::of(GetParam(), 200))), outcomes_of(all));
}

TEST_P(Samples, stop_by_themselves_without_a_limit) {
  EXPECT_EQ(explore(known::store_buffering, sampling::of(GetParam(), 0)).executions, 100'000u);
}
