#pragma once

#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "explore/report.hpp"
#include "scenario/scenario.hpp"

namespace sim::cli {

/// How a report compares with what its scenario expects.
struct Judgement {
  Exit exit = Exit::as_expected;
  std::vector<std::string> objections;  ///< What is not as expected, or not decided, one line each.

  bool as_expected() const { return exit == Exit::as_expected; }
};

/// A violation that was not expected decides at once. What is missing (a violation, a goal) counts against the scenario
/// only if everything was explored; else the report is inconclusive. `first_violation_only`: exploration stopped at the
/// first violation on purpose, so that the other expected ones are not missed.
Judgement judge(const scenario::Expectation& expect, const Report& report, bool first_violation_only);

}  // namespace sim::cli
