#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/scenario.hpp"

namespace sim::scenario {

/// Turns a document into a Scenario, one section after another, and remembers where each value came from, so that an
/// impossible combination is reported where a person can change it.
class ScenarioReader {
 public:
  ScenarioReader(std::string file, const Vocabulary& vocabulary);

  /// Reads a whole scenario file.
  Result<Ok, InputError> read(const Node& document);
  /// Reads what a trace holds of its scenario: all parameters, and what shapes a replay.
  Result<Ok, InputError> read_recorded(const Node& table);
  /// Requires: `read` succeeded.
  Result<Ok, InputError> apply(const Override& replacement);
  /// Checks what no single key can say. Call it last.
  Result<Ok, InputError> check_combinations();

  const Scenario& scenario() const { return scenario_; }

 private:
  struct Origin {
    std::string file;
    Position at;
    bool overridden = false;
  };
  /// The keys of one table of the document, and where their values go.
  struct Section {
    std::string_view name;
    std::vector<SettingSpec> rows;
    std::function<void(const SettingSpec& spec, const SettingValue& value)> assign;

    const SettingSpec* find(std::string_view key) const;
    /// The keys of a group: "hierarchy" has "depth", if there is a row "hierarchy.depth". Empty if `key` is none.
    std::vector<std::string_view> group(std::string_view key) const;
  };

  Failure<InputError> fail(const Origin& origin, std::string message) const;
  /// Where `key` ("explore.bound") was set; if nowhere, where its section or at least the file begins.
  Origin origin(const std::string& key) const;
  bool overridden(const std::string& key) const { return origin(key).overridden; }
  /// Where the list `key` names `element`.
  Origin origin_of_element(const std::string& key, const std::string& element) const;

  Result<Ok, InputError> read_top(const Node& document);
  Result<Ok, InputError> read_model(const Node& document);
  Result<Ok, InputError> read_section(const Section& section, const Node& document);
  /// `prefix` is "" for the section's own table, "hierarchy." for that of a group.
  Result<Ok, InputError> read_entries(const Section& section, const Node& table, const std::string& prefix);
  Result<Ok, InputError> set_value(const Section& section, const SettingSpec& spec,
                                   const Result<SettingValue, std::string>& value, Origin origin);
  std::vector<Section> sections();
  std::string unknown_key(std::string_view section, std::string_view key);

  Result<Ok, InputError> check_strategy();
  Result<Ok, InputError> check_expectation() const;
  Result<Ok, InputError> check_exclusions(const std::string& key, const std::vector<std::string>& names,
                                          std::string_view message) const;
  Result<Ok, InputError> check_names(const std::string& key, const std::vector<std::string>& names,
                                     std::span<const std::string_view> known, std::string_view what) const;

  const Vocabulary& vocabulary_;
  const ModelEntry* model_ = nullptr;
  Scenario scenario_;
  std::map<std::string, Origin> origins_;
};

}  // namespace sim::scenario
