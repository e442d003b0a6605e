#include "tests/litmus/known_programs.hpp"

#include <gtest/gtest.h>

#include <set>
#include "tests/explore/agreement.hpp"

using namespace sim;
using agreement::violated_in;

namespace {

// Under AddressSanitizer an execution costs some fifty times more.
#ifdef RACEWALK_ASAN
constexpr std::uint64_t most_executions = 100'000;
#else
constexpr std::uint64_t most_executions = 4'000'000;
#endif

std::set<std::string> outcomes_of(const Report& report) {
  std::set<std::string> outcomes;
  for (const auto& [outcome, count] : report.outcomes) outcomes.insert(outcome);
  return outcomes;
}

Options to_the_end(Strategy strategy) {
  Options options;
  options.strategy = strategy;
  options.stop_at_first_violation = false;
  return options;
}

class KnownProgram : public testing::TestWithParam<known::Program> {
 protected:
  void SetUp() override {
    if (GetParam().interleavings > most_executions) GTEST_SKIP() << "too many interleavings for this build";
  }
};

std::string name_of(const testing::TestParamInfo<known::Program>& info) {
  std::string name(info.param.name);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

}  // namespace

TEST_P(KnownProgram, has_exactly_its_interleavings_and_final_states_under_dfs) {
  const Report report = explore(GetParam().run, to_the_end(Strategy::dfs));
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.executions, GetParam().interleavings);
  EXPECT_EQ(report.blocked_executions, 0u);
  EXPECT_EQ(report.outcomes.size(), GetParam().final_states);
  EXPECT_EQ(report.outcomes.contains("deadlock"), GetParam().deadlocks);
  EXPECT_EQ(report.verdict, GetParam().deadlocks ? Verdict::violated : Verdict::holds);
}

TEST_P(KnownProgram, has_the_same_executions_when_they_are_run_again_instead_of_restored) {
  if (GetParam().interleavings > 400'000) GTEST_SKIP() << "restored only";
  Options options = to_the_end(Strategy::dfs);
  const Report restored = explore(GetParam().run, options);
  options.backtracking = Backtracking::reexecute;
  const Report run_again = explore(GetParam().run, options);
  EXPECT_EQ(run_again.executions, restored.executions);
  EXPECT_EQ(run_again.outcomes, restored.outcomes);
  EXPECT_EQ(violated_in(run_again), violated_in(restored));
  EXPECT_EQ(restored.reexecutions, 0u);
  EXPECT_EQ(run_again.reexecutions + 1, run_again.executions);
}

TEST_P(KnownProgram, has_the_same_outcomes_when_states_are_matched) {
  if (GetParam().interleavings > 400'000) GTEST_SKIP() << "its reachable states are counted below";
  const Report all = explore(GetParam().run, to_the_end(Strategy::dfs));
  for (const Order order : {Order::depth_first, Order::breadth_first}) {
    for (const Backtracking backtracking : {Backtracking::snapshot, Backtracking::reexecute}) {
      Options options = to_the_end(Strategy::stateful);
      options.order = order;
      options.backtracking = backtracking;
      const Report matched = explore(GetParam().run, options);
      EXPECT_TRUE(matched.complete);
      EXPECT_EQ(outcomes_of(matched), outcomes_of(all));
      EXPECT_EQ(violated_in(matched), violated_in(all));
    }
  }
}

TEST_P(KnownProgram, has_exactly_its_reachable_states_when_what_was_read_is_part_of_a_state) {
  for (const Order order : {Order::depth_first, Order::breadth_first}) {
    Options options = to_the_end(Strategy::stateful);
    options.identity = StateIdentity::logical;
    options.order = order;
    const Report report = explore(GetParam().run, options);
    EXPECT_EQ(report.states, GetParam().reachable_states);
    EXPECT_EQ(report.outcomes.size(), GetParam().final_states);
  }
}

TEST_P(KnownProgram, has_no_more_logical_states_than_reachable_states) {
  Options options = to_the_end(Strategy::stateful);
  options.count_logical_states = true;
  const Report report = explore(GetParam().run, options);
  EXPECT_GT(report.logical_states, 0u);
  EXPECT_LE(report.logical_states, report.states);
  EXPECT_LE(report.logical_states, GetParam().reachable_states);
  std::printf("%s: %llu raw / %llu logical states = %.2f\n", std::string(GetParam().name).c_str(),
              static_cast<unsigned long long>(report.states), static_cast<unsigned long long>(report.logical_states),
              static_cast<double>(report.states) / static_cast<double>(report.logical_states));
}

TEST_P(KnownProgram, has_one_execution_of_each_trace_under_optimal_dpor) {
  for (const Backtracking backtracking : {Backtracking::snapshot, Backtracking::reexecute}) {
    Options options = to_the_end(Strategy::optimal_dpor);
    options.count_traces = true;
    options.backtracking = backtracking;
    const Report report = explore(GetParam().run, options);
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(report.executions, GetParam().traces);
    EXPECT_EQ(report.traces, GetParam().traces);
    EXPECT_EQ(report.blocked_executions, 0u);
    EXPECT_EQ(report.outcomes.size(), GetParam().final_states);
    const auto deadlocks = report.outcomes.find("deadlock");
    EXPECT_EQ(deadlocks == report.outcomes.end() ? 0 : deadlocks->second, GetParam().deadlocked_traces);
  }
}

TEST_P(KnownProgram, has_as_many_traces_among_all_its_interleavings) {
  Options options = to_the_end(Strategy::dfs);
  options.count_traces = true;
  EXPECT_EQ(explore(GetParam().run, options).traces, GetParam().traces);
}

TEST_P(KnownProgram, has_every_trace_under_source_dpor) {
  Options options = to_the_end(Strategy::source_dpor);
  options.count_traces = true;
  const Report report = explore(GetParam().run, options);
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.traces, GetParam().traces);
  EXPECT_GE(report.executions, GetParam().traces);
  EXPECT_EQ(report.outcomes.size(), GetParam().final_states);
}

INSTANTIATE_TEST_SUITE_P(Litmus, KnownProgram, testing::ValuesIn(known::programs), name_of);
