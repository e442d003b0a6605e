#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/parameter.hpp"
#include "base/result.hpp"
#include "runtime/world.hpp"

namespace sim {

/// Why a property does not hold in a final state.
struct FinalViolation {
  std::string property;  ///< Stable name, such as "no-orphan".
  std::string detail;    ///< The values observed.
};

/// A closed concurrent program and the properties it must satisfy.
///
/// A fresh Model is built for every execution, inside it: its memory is part of the state, and restored with it.
class Model {
 public:
  virtual ~Model() = default;

  /// Creates the initial state and spawns the initial threads.
  virtual void start(World& world) = 0;

  /// Called once, when every thread has exited.
  virtual std::optional<FinalViolation> check_final_state() { return std::nullopt; }
};

/// A property or a goal of a model, for `racewalk describe`.
struct NamedFact {
  std::string_view name;
  std::string_view description;
  std::string_view source = {};  ///< Where it comes from; may be empty.
};

/// A model as the registry knows it.
struct ModelInfo {
  std::string_view name;   ///< As scenarios spell it.
  std::string_view title;  ///< One line.
  std::vector<ParameterSpec> parameters;
  std::vector<NamedFact> properties;  ///< What it checks; scenarios may expect their violation.
  std::vector<NamedFact> goals;       ///< What `reaches` may name.
  std::unique_ptr<Model> (*make)(const Parameters& parameters);
  /// What no single range can say ("blocks must be ..."); the text of the error, or nullopt. May be null.
  std::optional<std::string> (*validate)(const Parameters& parameters) = nullptr;
  /// Why no execution with these parameters can violate the property, or reach the goal, of that name, by what the
  /// parameters mean; nullopt where only exploration can tell. A scenario that expects it is refused. May be null.
  std::optional<Exclusion> (*excludes)(const Parameters& parameters, std::string_view property_or_goal) = nullptr;
  /// What [faults] may declare: at its defaults no fault strikes. Each fault that can strike has a goal of its own.
  std::vector<ParameterSpec> faults = {};
};

/// Runs a model as the main thread of an execution: start, wait for every thread, judge the final state.
void run_model(const ModelInfo& info, const Parameters& parameters);

}  // namespace sim
