#pragma once

#include <span>
#include <string_view>

#include "explore/options.hpp"
#include "scenario/vocabulary.hpp"

namespace sim::cli {

/// A strategy as `racewalk list` shows it.
struct StrategyInfo {
  Strategy strategy;
  std::string_view description;
  std::string_view source;  ///< Where it was published; empty for what everybody knows.
  scenario::BoundUse bound = scenario::BoundUse::none;
};
std::span<const StrategyInfo> strategies();

/// A property that the engine checks in every program.
struct BuiltInProperty {
  std::string_view name, description;
};
std::span<const BuiltInProperty> built_in_properties();

/// What scenarios and traces may name: the registered models, this version's strategies, the built-in properties.
const scenario::Vocabulary& vocabulary();

}  // namespace sim::cli
