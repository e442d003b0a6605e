#pragma once

#include <map>
#include <string>

#include "cli/judgement.hpp"
#include "explore/report.hpp"
#include "scenario/scenario.hpp"

namespace sim::cli {

/// A scenario that was explored.
struct Checked {
  const scenario::Scenario& scenario;
  Report report;  ///< Its violations in the order of the expectation, then the unexpected ones.
  Judgement judgement;
  std::map<std::string, std::string> traces;  ///< Property -> path of its trace file.
};

/// For people: the verdict, each counterexample in columns with its trace, what was explored.
std::string check_text(const Checked& checked, unsigned width, bool colour);

/// One element of `scenarios` of the JSON report, and the report around them.
std::string check_json(const std::vector<Checked>& all);

/// A command line that a shell reads back as it is meant.
std::string replay_command(const std::string& path);

}  // namespace sim::cli
