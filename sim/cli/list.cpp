#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/commands.hpp"
#include "cli/names.hpp"
#include "cli/output.hpp"
#include "models/registry.hpp"
#include "scenario/scenario.hpp"

namespace sim::cli {
namespace {

using Json = nlohmann::ordered_json;

// A row of any list: a name, and what there is to say about it.
struct Row {
  std::string name, text;
};

struct Section {
  std::string_view kind;
  std::vector<Row> rows;
  std::string remark;  ///< Why it is empty.
};

Section model_section() {
  Section section{"models", {}, "this racewalk was built without models"};
  for (const ModelInfo& model : models::all()) {
    section.rows.push_back({std::string(model.name), std::string(model.title)});
  }
  return section;
}

Section strategy_section() {
  Section section{"strategies", {}, {}};
  for (const StrategyInfo& strategy : strategies()) {
    std::string text(strategy.description);
    if (!strategy.source.empty()) text += fmt::format(" ({})", strategy.source);
    section.rows.push_back({std::string(to_text(strategy.strategy)), std::move(text)});
  }
  return section;
}

// A scenario that is no good is listed with what is wrong with it. Fails if the folder that a person named is none.
Result<Section, InputError> scenario_section(const std::optional<std::string>& named) {
  namespace fs = std::filesystem;
  const std::string folder = named.value_or("scenarios");
  const auto fail = [&](std::string message) {
    return Failure{InputError{folder.empty() ? "--scenarios" : "--scenarios " + folder, 0, 0, std::move(message)}};
  };
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (folder.empty()) return fail("the name of the folder is empty");
  if (named && !fs::exists(status)) return fail("there is no such folder");
  if (fs::exists(status) && !fs::is_directory(status)) return fail("this is no folder; name one with scenario files");
  Section section{
      "scenarios", {}, fmt::format("there are none in {}/; name their folder with --scenarios DIR", folder)};
  std::vector<std::string> paths;
  error.clear();
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".toml") paths.push_back(it->path().string());
  }
  if (error && fs::exists(status)) return fail("the folder cannot be read: " + error.message());
  std::ranges::sort(paths);
  for (const std::string& path : paths) {
    const auto scenario = scenario::load_scenario(path, vocabulary());
    section.rows.push_back({path, scenario ? fmt::format("{}: {}", to_text(scenario->expect.verdict), scenario->title)
                                           : "error: " + scenario.error().message});
  }
  return section;
}

std::string as_text(const std::vector<Section>& sections) {
  std::string text;
  for (const Section& section : sections) {
    if (sections.size() > 1) text += fmt::format("{}{}:\n", text.empty() ? "" : "\n", section.kind);
    std::size_t width = 0;
    for (const Row& row : section.rows) width = std::max(width, row.name.size());
    for (const Row& row : section.rows) text += fmt::format("  {:<{}}  {}\n", row.name, width, row.text);
    if (section.rows.empty()) text += "  " + section.remark + "\n";
  }
  return text;
}

std::string as_json(const std::vector<Section>& sections) {
  Json object = {{"format", "racewalk-list"}, {"version", 1}};
  for (const Section& section : sections) {
    Json& rows = object[std::string(section.kind)] = Json::array();
    for (const Row& row : section.rows) rows.push_back({{"name", row.name}, {"title", row.text}});
  }
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Exit list(const ListCommand& command) {
  const auto fail = [](const InputError& error) {
    print_error(error);
    return Exit::bad_input;
  };
  std::vector<Section> sections;
  if (command.kind.empty() || command.kind == "models") sections.push_back(model_section());
  if (command.kind.empty() || command.kind == "scenarios") {
    auto scenarios = scenario_section(command.scenarios);
    if (!scenarios) return fail(scenarios.error());
    sections.push_back(std::move(*scenarios));
  }
  if (command.kind.empty() || command.kind == "strategies") sections.push_back(strategy_section());
  const auto printed = print(command.format == Format::json ? as_json(sections) : as_text(sections));
  return printed ? Exit::as_expected : fail(printed.error());
}

}  // namespace sim::cli
