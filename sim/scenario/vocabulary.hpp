#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/parameter.hpp"

namespace sim::scenario {

/// What scenarios need to know of a model. The names and the table belong to the model's registry and outlive this.
struct ModelEntry {
  std::string_view name;
  std::span<const ParameterSpec> parameters;
  std::vector<std::string_view> properties, goals;
  /// What is wrong with a combination of parameters, if anything. May be empty.
  std::function<std::optional<std::string>(const Parameters&)> validate;
  /// Why the parameters exclude that the property of this name is violated, or the goal reached. May be empty.
  std::function<std::optional<Exclusion>(const Parameters&, std::string_view)> excludes = {};
  std::span<const ParameterSpec> faults = {};
};

/// How a strategy uses `bound`.
enum class BoundUse { none, optional, required };

/// What scenarios need to know of a strategy.
struct StrategyEntry {
  std::string_view name;
  bool available = true;        ///< In this version.
  bool matches_states = false;  ///< `order` and `identity` mean something.
  BoundUse bound = BoundUse::none;
  bool takes_pct_depth = false;  ///< `pct_depth` means something.
  bool takes_select = false;     ///< `select` means something.
  bool takes_workers = false;    ///< `workers` may be more than 1.
};

/// The names that scenarios may use. Passed in, so that this folder knows neither models nor strategies.
struct Vocabulary {
  std::vector<ModelEntry> models;
  std::vector<StrategyEntry> strategies;
  std::string_view default_strategy;
  /// Properties of every program, which the engine checks, such as "deadlock".
  std::vector<std::string_view> built_in_properties;

  const ModelEntry* model(std::string_view name) const;
  const StrategyEntry* strategy(std::string_view name) const;
  std::vector<std::string_view> model_names() const;
  /// Those of this version.
  std::vector<std::string_view> strategy_names() const;
  /// The model's properties, then the built-in ones that it does not name itself.
  std::vector<std::string_view> property_names(const ModelEntry& model) const;
};

}  // namespace sim::scenario
