#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "scenario/setting.hpp"

namespace sim::scenario {

/// The section [explore] of a scenario: how its executions are chosen and how far exploration goes.
struct ExploreSettings {
  std::string strategy;  ///< Of Vocabulary::strategies.
  std::string order = "depth-first";
  std::string identity = "memory";
  std::string time = "urgent";
  std::uint64_t seed = 1;
  std::optional<std::uint32_t> bound;
  unsigned workers = 1;
  std::uint64_t max_executions = 0;  ///< 0: no limit; so below.
  std::uint64_t max_steps = 10'000;
  double max_seconds = 0;
  std::uint64_t max_memory = 0;
  std::uint64_t stack = 256 * 1024;
  std::string backtracking = "snapshot";
  bool isolate = false;
  std::uint32_t pct_depth = 3;
  std::string select;  ///< Patterns of names of objects; empty: all operations.
  bool livelocks = true;
};

/// One key of [explore]. The table validates scenarios, traces and options, documents them, and generates the schema.
struct ExploreSpec {
  SettingSpec spec;
  bool shapes_replay = false;  ///< A trace carries it, because the same schedule means something else without it.
  void (*set)(ExploreSettings& settings, const SettingValue& value);
  /// nullopt: not set.
  std::optional<SettingValue> (*get)(const ExploreSettings& settings);
};

std::span<const ExploreSpec> explore_table();

}  // namespace sim::scenario
