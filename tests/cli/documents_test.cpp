// The reference says what the tool does: what can be compared, is.
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "cli/names.hpp"
#include "cli/tool.hpp"
#include "scenario/scenario.hpp"

namespace sim::cli {
namespace {

std::string document(const std::string& name) {
  return contents(std::filesystem::path(RACEWALK_DOCUMENTS) / name);
}

/// The first block of code between ``` lines; `language` stands behind the first of them.
std::string block(const std::string& text, const std::string& language) {
  const std::string fence = "\n```" + language + "\n";
  const std::size_t begin = text.find(fence) + fence.size();
  return text.substr(begin, text.find("\n```", begin) + 1 - begin);
}

class Documents : public Tool {};

TEST_F(Documents, name_every_option_of_every_command) {
  const std::string text = document("command-line.md");
  ASSERT_FALSE(text.empty());
  for (const std::string command : {"check", "replay", "diagram", "sweep", "list", "describe"}) {
    EXPECT_TRUE(contains(text, "\n## " + command + "\n")) << command;
    const std::string help = run({command, "--help"}).out;
    for (std::size_t at = help.find("\n  --"); at != std::string::npos; at = help.find("\n  --", at + 1)) {
      std::size_t end = at + 5;
      while (end < help.size() && (std::islower(help[end]) != 0 || help[end] == '-')) ++end;
      EXPECT_TRUE(contains(text, help.substr(at + 3, end - at - 3))) << help.substr(at + 3, end - at - 3);
    }
  }
}

TEST_F(Documents, name_every_field_of_the_json_report) {
  const std::string text = document("command-line.md");
  const auto report = nlohmann::json::parse(run({"check", "lost.toml", "--format", "json"}).out);
  for (const auto& [field, value] : report["scenarios"][0].items()) {
    EXPECT_TRUE(contains(text, "`" + field + "`")) << field;
  }
}

TEST_F(Documents, name_every_key_of_a_scenario_with_its_default) {
  const std::string text = document("scenario-format.md");
  scenario::ExploreSettings defaults;
  defaults.strategy = vocabulary().default_strategy;
  for (const scenario::ExploreSpec& row : scenario::explore_table()) {
    const std::size_t at = text.find("\n| `" + std::string(row.spec.name) + "` |");
    ASSERT_NE(at, std::string::npos) << row.spec.name;
    const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
    std::string value = "none";
    if (const auto set = row.get(defaults)) {
      value = to_text(
          scenario::parameter_value(std::holds_alternative<double>(*set)
                                        ? scenario::SettingValue(static_cast<std::int64_t>(std::get<double>(*set)))
                                        : *set));
      if (std::holds_alternative<std::string>(*set)) value = "`\"" + value + "\"`";
    }
    if (row.spec.name == "stack") value = "`\"256KiB\"`";
    EXPECT_TRUE(contains(line, "| " + value + " |")) << line << " has not the default " << value;
  }
  for (const auto table : {scenario::top_table(), scenario::expect_table()}) {
    for (const scenario::SettingSpec& row : table) {
      EXPECT_TRUE(contains(text, "\n| `" + std::string(row.name) + "` |")) << row.name;
    }
  }
  for (const BuiltInProperty& property : built_in_properties()) {
    EXPECT_TRUE(contains(text, "`" + std::string(property.name) + "`")) << property.name;
  }
}

// What the engine and its primitives report by name, a scenario may expect.
TEST_F(Documents, name_every_property_that_the_sources_violate) {
  std::set<std::string> known;
  for (const BuiltInProperty& property : built_in_properties()) known.emplace(property.name);
  const std::regex violated(R"re(\bviolate\(\s*"([a-z-]+)")re");
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(RACEWALK_SOURCES)) {
    const std::string extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".hpp") continue;
    const std::string text = contents(entry.path());
    for (std::sregex_iterator at(text.begin(), text.end(), violated), end; at != end; ++at, ++found) {
      EXPECT_TRUE(known.contains((*at)[1])) << entry.path() << " violates " << (*at)[1];
    }
  }
  EXPECT_GT(found, 20u);
}

class DocumentedTrace : public ToolWithTrace {};

TEST_F(DocumentedTrace, is_as_it_is_written) {
  const std::string shown = block(document("trace-format.md"), "");
  EXPECT_GT(shown.size(), 400u);
  EXPECT_TRUE(read(lost_trace_).starts_with(shown)) << read(lost_trace_);
}

#ifdef RACEWALK_WITH_MODELS
TEST_F(Documents, show_a_scenario_that_is_valid) {
  write("shown.toml", block(document("scenario-format.md"), "toml"));
  const Outcome outcome = run({"check", "shown.toml", "--max-executions", "1"}, {.program = RACEWALK_WITH_MODELS});
  EXPECT_NE(outcome.status, 2) << outcome.err;
}
#endif

}  // namespace
}  // namespace sim::cli
