#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/input_error.hpp"
#include "base/parameter.hpp"
#include "base/result.hpp"
#include "scenario/document.hpp"
#include "scenario/explore_settings.hpp"
#include "scenario/vocabulary.hpp"

namespace sim::scenario {

enum class ExpectedVerdict : std::uint8_t { holds, violated, inconclusive };
/// "holds", "violated" or "inconclusive".
std::string_view to_text(ExpectedVerdict verdict);

/// The section [expect]: the claim that a scenario makes.
struct Expectation {
  ExpectedVerdict verdict = ExpectedVerdict::holds;
  std::vector<std::string> properties;  ///< That must be violated, headline first; no other may be.
  std::vector<std::string> reaches;     ///< Goals that exploration must have reached.
  std::optional<std::uint64_t> executions;
};

/// A validated scenario: everything it names exists, everything it sets is in range and fits together.
struct Scenario {
  std::string file;   ///< As the person named it.
  std::string name;   ///< Letters, digits, '-', '_' and '.': it names files.
  std::string title;  ///< May be empty.
  std::string model;
  Parameters parameters;  ///< Complete.
  ExploreSettings explore;
  Expectation expect;
};

/// A value from the command line that replaces one of the scenario.
struct Override {
  std::string key;  ///< A parameter of the model, or a dotted path such as "explore.strategy".
  std::string value;
  std::string label;  ///< Names it in errors: "--set sending_threads=0", "--workers 0".
};

/// Reads the value of `--set`: "key=value".
Result<Override, InputError> override_from_text(std::string_view text);

/// Largest scenario file that is read.
inline constexpr std::size_t max_scenario_bytes = 1024 * 1024;

/// Reads and validates a scenario file, with `overrides` applied to it in their order.
Result<Scenario, InputError> load_scenario(const std::string& path, const Vocabulary& vocabulary,
                                           std::span<const Override> overrides = {});

/// The same for text that stands in `file`.
Result<Scenario, InputError> parse_scenario(std::string_view text, const std::string& file,
                                            const Vocabulary& vocabulary, std::span<const Override> overrides = {});

/// The keys of [expect], for documents and the schema.
std::span<const SettingSpec> expect_table();
/// The keys above all sections.
std::span<const SettingSpec> top_table();

}  // namespace sim::scenario
