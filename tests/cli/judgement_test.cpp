#include "cli/judgement.hpp"

#include <gtest/gtest.h>

namespace sim::cli {
namespace {

using scenario::Expectation;
using scenario::ExpectedVerdict;

Report report_of(Verdict verdict, bool complete, const std::vector<std::string>& violated = {}) {
  Report report;
  report.verdict = verdict;
  report.complete = complete;
  report.reason = complete ? "" : "a budget ran out";
  for (const std::string& property : violated) report.violations.push_back({property, "", {}, {}});
  return report;
}

Exit exit_of(const Expectation& expect, const Report& report, bool first_violation_only = false) {
  return judge(expect, report, first_violation_only).exit;
}

TEST(Judgement, of_a_claim_that_holds) {
  const Expectation holds;
  EXPECT_EQ(exit_of(holds, report_of(Verdict::holds, true)), Exit::as_expected);
  EXPECT_EQ(exit_of(holds, report_of(Verdict::violated, false, {"p"})), Exit::not_as_expected);
  EXPECT_EQ(exit_of(holds, report_of(Verdict::inconclusive, false)), Exit::inconclusive);
}

TEST(Judgement, of_a_claim_that_properties_are_violated) {
  const Expectation expect{
      .verdict = ExpectedVerdict::violated, .properties = {"p", "q"}, .reaches = {}, .executions = {}};
  EXPECT_EQ(exit_of(expect, report_of(Verdict::violated, false, {"q", "p"})), Exit::as_expected);
  EXPECT_EQ(exit_of(expect, report_of(Verdict::violated, true, {"p"})), Exit::not_as_expected);
  EXPECT_EQ(exit_of(expect, report_of(Verdict::violated, false, {"p"})), Exit::inconclusive);
  EXPECT_EQ(exit_of(expect, report_of(Verdict::violated, false, {"p"}), true), Exit::as_expected);
  EXPECT_EQ(exit_of(expect, report_of(Verdict::violated, false, {"r"}), true), Exit::not_as_expected);
  EXPECT_EQ(exit_of(expect, report_of(Verdict::violated, false, {"p", "q", "r"})), Exit::not_as_expected);
  EXPECT_EQ(exit_of(expect, report_of(Verdict::holds, true)), Exit::not_as_expected);
  EXPECT_EQ(exit_of(expect, report_of(Verdict::inconclusive, false)), Exit::inconclusive);
}

TEST(Judgement, of_a_claim_that_nothing_is_decided) {
  const Expectation expect{.verdict = ExpectedVerdict::inconclusive, .properties = {}, .reaches = {}, .executions = {}};
  EXPECT_EQ(exit_of(expect, report_of(Verdict::inconclusive, false)), Exit::as_expected);
  EXPECT_EQ(exit_of(expect, report_of(Verdict::holds, true)), Exit::not_as_expected);
  EXPECT_EQ(exit_of(expect, report_of(Verdict::violated, false, {"p"})), Exit::not_as_expected);
}

TEST(Judgement, counts_goals_and_executions) {
  const Expectation expect{.verdict = ExpectedVerdict::holds, .properties = {}, .reaches = {"g"}, .executions = 6};
  Report report = report_of(Verdict::holds, true);
  report.executions = 6;
  report.goals = {{"g", 1}};
  EXPECT_EQ(exit_of(expect, report), Exit::as_expected);
  report.goals = {{"g", 0}};
  EXPECT_EQ(exit_of(expect, report), Exit::not_as_expected);
  report.goals = {{"g", 1}};
  report.executions = 5;
  EXPECT_EQ(exit_of(expect, report), Exit::not_as_expected);
  report.complete = false;
  report.verdict = Verdict::inconclusive;
  EXPECT_EQ(exit_of(expect, report), Exit::inconclusive);
}

}  // namespace
}  // namespace sim::cli
