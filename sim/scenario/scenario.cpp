#include "scenario/scenario.hpp"

#include "scenario/nearest.hpp"
#include "scenario/scenario_reader.hpp"
#include "scenario/text_file.hpp"

namespace sim::scenario {

std::string_view to_text(ExpectedVerdict verdict) {
  constexpr std::string_view names[] = {"holds", "violated", "inconclusive"};
  return names[static_cast<std::size_t>(verdict)];
}

Result<Override, InputError> override_from_text(std::string_view text) {
  const std::string label = "--set " + std::string(text.substr(0, 80));
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return Failure{InputError{label, 0, 0, "write it as key=value, such as --set explore.strategy=dfs"}};
  }
  return Override{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)), label};
}

std::span<const SettingSpec> top_table() {
  static const std::vector<SettingSpec> rows = {
      {.name = "name",
       .type = SettingType::text,
       .description = "Names the scenario and its traces: letters, digits, '-', '_' and '.'."},
      {.name = "title", .type = SettingType::text, .description = "One line for people."},
      {.name = "model",
       .type = SettingType::text,
       .description = "The model that it runs; see `racewalk list models`."},
  };
  return rows;
}

std::span<const SettingSpec> expect_table() {
  static const std::vector<SettingSpec> rows = {
      {.name = "verdict",
       .type = SettingType::text,
       .choices = {"holds", "violated", "inconclusive"},
       .description = "What exploration must show; `holds` unless stated."},
      {.name = "properties",
       .type = SettingType::texts,
       .description = "The properties that must be violated, headline first; a violation of another is unexpected."},
      {.name = "reaches",
       .type = SettingType::texts,
       .description = "Goals of the model that exploration must have reached, so that `holds` is never vacuous."},
      {.name = "executions",
       .type = SettingType::integer,
       .minimum = 0,
       .maximum = INT64_MAX,
       .unit = "executions",
       .description = "The exact number of executions."},
  };
  return rows;
}

Result<Scenario, InputError> parse_scenario(std::string_view text, const std::string& file,
                                            const Vocabulary& vocabulary, std::span<const Override> overrides) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return Failure{InputError{file, 0, 0, "the file is empty; a scenario needs at least a name and a model"}};
  }
  const auto document = parse_toml(text, file);
  if (!document) return Failure{document.error()};
  ScenarioReader reader(file, vocabulary);
  if (const auto read = reader.read(*document); !read) return Failure{read.error()};
  for (const Override& replacement : overrides) {
    if (const auto applied = reader.apply(replacement); !applied) return Failure{applied.error()};
  }
  if (const auto checked = reader.check_combinations(); !checked) return Failure{checked.error()};
  return reader.scenario();
}

Result<Scenario, InputError> load_scenario(const std::string& path, const Vocabulary& vocabulary,
                                           std::span<const Override> overrides) {
  const auto text = read_text_file(path, max_scenario_bytes, "scenario");
  if (!text) return Failure{text.error()};
  if (text->starts_with("{\"format\":\"racewalk-trace\"")) {
    return Failure{InputError{path, 1, 1, "this is a trace, no scenario; `racewalk replay` runs it again"}};
  }
  return parse_scenario(*text, path, vocabulary, overrides);
}

}  // namespace sim::scenario
