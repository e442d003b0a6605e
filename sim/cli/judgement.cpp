#include "cli/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sim::cli {
namespace {

using scenario::ExpectedVerdict;

bool violates(const Report& report, const std::string& property) {
  return std::ranges::find(report.violations, property, &Violation::property) != report.violations.end();
}

bool lists(const scenario::Expectation& expect, const std::string& property) {
  return std::ranges::find(expect.properties, property) != expect.properties.end();
}

}  // namespace

Judgement judge(const scenario::Expectation& expect, const Report& report, bool first_violation_only) {
  Judgement judgement;
  const auto object = [&judgement](Exit exit, std::string objection) {
    if (judgement.exit != Exit::not_as_expected) judgement.exit = exit;
    judgement.objections.push_back(std::move(objection));
  };
  for (const Violation& violation : report.violations) {
    if (lists(expect, violation.property)) continue;
    object(Exit::not_as_expected, fmt::format("{} is violated, which is not expected", violation.property));
  }
  const Exit missing = report.complete ? Exit::not_as_expected : Exit::inconclusive;
  const bool found_enough = first_violation_only && !report.violations.empty();
  for (const std::string& property : expect.properties) {
    if (violates(report, property) || found_enough) continue;
    object(missing, report.complete ? fmt::format("{} holds, but its violation is expected", property)
                                    : fmt::format("no violation of {} was found", property));
  }
  const bool stopped_short = !report.violations.empty() && !report.complete;
  for (const std::string& goal : expect.reaches) {
    if (const auto found = report.goals.find(goal); found != report.goals.end() && found->second != 0) continue;
    if (stopped_short && found_enough) continue;
    object(missing, fmt::format("the goal {} was not reached", goal));
  }
  if (expect.executions && *expect.executions != report.executions && !found_enough) {
    object(missing, fmt::format("{} executions are expected, not {}", *expect.executions, report.executions));
  }
  const bool undecided = report.verdict == Verdict::inconclusive;
  if (undecided && expect.verdict == ExpectedVerdict::holds) object(Exit::inconclusive, report.reason);
  if (!undecided && expect.verdict == ExpectedVerdict::inconclusive && report.violations.empty()) {
    object(Exit::not_as_expected, "exploration was complete, but is expected to be inconclusive");
  }
  return judgement;
}

}  // namespace sim::cli
