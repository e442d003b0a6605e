// Numbers of traces that are known in closed form.
#include "tests/litmus/larger_programs.hpp"

#include <gtest/gtest.h>

namespace {

class LargerProgram : public testing::TestWithParam<known::CountedProgram> {};

std::string name_of(const testing::TestParamInfo<known::CountedProgram>& info) {
  std::string name(info.param.name);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

}  // namespace

TEST_P(LargerProgram, has_one_execution_of_each_trace_under_optimal_dpor_and_every_trace_under_source_dpor) {
#ifdef RACEWALK_ASAN
  if (GetParam().traces > 1'000) GTEST_SKIP() << "too many traces for this build";
#endif
  sim::Options options;
  options.stop_at_first_violation = false;
  options.count_traces = true;
  for (const sim::Strategy strategy : {sim::Strategy::optimal_dpor, sim::Strategy::source_dpor}) {
    if (strategy == sim::Strategy::source_dpor && GetParam().traces > 10'000) continue;  // It takes long.
    options.strategy = strategy;
    const sim::Report report = sim::explore(GetParam().run, options);
    EXPECT_TRUE(report.complete) << report.reason;
    EXPECT_EQ(report.traces, GetParam().traces);
    EXPECT_EQ(report.verdict, sim::Verdict::holds);
    EXPECT_GE(report.executions, GetParam().traces);
    if (strategy != sim::Strategy::optimal_dpor) continue;
    EXPECT_EQ(report.executions, GetParam().traces);
    EXPECT_EQ(report.blocked_executions, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Litmus, LargerProgram, testing::ValuesIn(known::larger_programs), name_of);
