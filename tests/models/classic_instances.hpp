#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/classic/programs.hpp"
#include "sim.hpp"

/// Textbook programs with parameters, and what is known exactly about some of them.
namespace models::classic {

using sim::Parameters;
using sim::ParameterValue;

using Values = std::vector<std::pair<std::string_view, ParameterValue>>;

/// A program with parameters.
class Instance {
 public:
  Instance(std::string_view name, bool broken, const Values& values = {}) : model_(find(name)) {
    parameters_ = Parameters::defaults(model_.parameters);
    for (const auto& [parameter, value] : values) parameters_.set(parameter, value);
    parameters_.set("broken", broken);
  }

  void operator()() const { sim::run_model(model_, parameters_); }
  std::string name() const { return std::string(model_.name); }

 private:
  static sim::ModelInfo find(std::string_view name) {
    const std::vector<sim::ModelInfo> all = programs();
    const auto found = std::ranges::find(all, name, &sim::ModelInfo::name);
    if (found == all.end()) throw std::invalid_argument("no program " + std::string(name));
    return *found;
  }

  sim::ModelInfo model_;
  Parameters parameters_;
};

// The checkers of `reorder` and `wronglock` let the others go on, and tell by an outcome what they have seen.
inline constexpr std::string_view agrees = "agrees=1";
inline constexpr std::string_view differs = "agrees=0";

inline std::uint64_t violating_executions(const sim::Report& report) {
  std::uint64_t count = 0;
  for (const auto& [outcome, executions] : report.outcomes) {
    count += outcome.empty() || outcome == agrees ? 0 : executions;
  }
  return count;
}

/// How many there are, and how many of them violate something.
struct Count {
  std::uint64_t all, violating;
};

/// A program whose interleavings, traces (in the sense of Mazurkiewicz), and the probability that a random walk
/// violates it, were enumerated independently.
struct Enumerated {
  Instance program;
  Count interleavings, traces;
  double walks;  ///< Random walks to the first violation, on average.
};

inline std::vector<Enumerated> enumerated() {
  using Number = std::int64_t;
  return {{Instance("account", true), {6, 2}, {6, 2}, 3},
          {Instance("token-ring", true), {24, 4}, {24, 4}, 6},
          {Instance("deadlock01", true), {6, 2}, {3, 1}, 2},
          {Instance("carter01", true), {4, 2}, {4, 2}, 2},
          {Instance("bluetooth-driver", true), {73, 4}, {10, 1}, 25.6},
          {Instance("twostage", true, {{"setters", Number{1}}, {"readers", Number{1}}}), {37, 1}, {3, 1}, 32},
          {Instance("wronglock", true, {{"others", Number{3}}}), {37'128, 11'976}, {216, 102}, 442'368.0 / 61'315},
          {Instance("reorder", true, {{"setters", Number{2}}}), {112, 14}, {44, 8}, 8.1}};
}

}  // namespace models::classic
