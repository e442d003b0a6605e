#pragma once

#include <string>
#include <vector>

#include "explore/report.hpp"
#include "scenario/scenario.hpp"

namespace sim::cli {

/// A key of the scenario that a sweep varies: `--vary KEY=VALUE,...`.
struct Varied {
  std::string key;
  std::vector<std::string> values;
};

/// One run of a sweep: an index into the values of each varied key, and what exploration found there.
struct SweepPoint {
  std::vector<std::size_t> at;
  scenario::Scenario scenario;
  Report report;
};

/// All runs, in the order of their values; the last key varies fastest.
struct Swept {
  std::vector<Varied> varied;
  std::vector<SweepPoint> points;  ///< At least one. Fewer than planned if Ctrl-C came.
  bool interrupted = false;
};

/// For people: a row for each run.
std::string sweep_text(const Swept& swept, unsigned width);
std::string sweep_json(const Swept& swept);
/// The share of executions that fail, with 95 % confidence intervals; or, where a strategy does not sample, the cost.
/// The first varied key is the x axis, the second has a line for each value, the others a panel.
std::string sweep_svg(const Swept& swept);

}  // namespace sim::cli
