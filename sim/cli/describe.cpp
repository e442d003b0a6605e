#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "cli/commands.hpp"
#include "cli/names.hpp"
#include "cli/output.hpp"
#include "cli/terminal.hpp"
#include "models/registry.hpp"
#include "report/text.hpp"
#include "scenario/nearest.hpp"
#include "scenario/schema.hpp"
#include "scenario/setting.hpp"

namespace sim::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view type_name(const ParameterSpec& parameter) {
  constexpr std::string_view names[] = {"integer", "boolean", "string"};
  return names[parameter.fallback.index()];
}

// Sentences below a name, indented and wrapped.
std::string paragraph(std::string_view text, unsigned width) {
  std::string result;
  constexpr unsigned indent = 6;
  for (const std::string& line : report::wrapped(text, width - indent, 0))
    result += fmt::format("{:{}}{}\n", "", indent, line);
  return result;
}

std::string parameter_text(const ParameterSpec& parameter, unsigned width) {
  const bool is_text = std::holds_alternative<std::string>(parameter.fallback);
  const std::string value = is_text ? scenario::in_quotes(to_text(parameter.fallback)) : to_text(parameter.fallback);
  std::string text = fmt::format("  {} = {}\n", parameter.name, value);
  std::string facts =
      fmt::format("{}: {}.", type_name(parameter), scenario::accepted(scenario::setting_spec(parameter)));
  if (!parameter.description.empty()) facts += fmt::format(" {}", parameter.description);
  if (!parameter.source.empty()) facts += fmt::format(" Source: {}.", parameter.source);
  return text + paragraph(facts, width);
}

std::string facts_text(std::string_view heading, std::span<const NamedFact> facts, unsigned width) {
  if (facts.empty()) return {};
  std::string text = fmt::format("\n{}:\n", heading);
  for (const NamedFact& fact : facts) {
    text += fmt::format("  {}\n", fact.name);
    std::string line(fact.description);
    if (!fact.source.empty()) line += fmt::format("{}Source: {}.", line.empty() ? "" : " ", fact.source);
    if (!line.empty()) text += paragraph(line, width);
  }
  return text;
}

std::string as_text(const ModelInfo& model, unsigned width) {
  std::string text = fmt::format("{}: {}\n", model.name, model.title);
  if (!model.parameters.empty()) text += "\nparameters, with their defaults:\n";
  for (const ParameterSpec& parameter : model.parameters) text += parameter_text(parameter, width);
  if (!model.faults.empty()) text += "\nfaults, with their defaults; none strikes unless it is declared:\n";
  for (const ParameterSpec& fault : model.faults) text += parameter_text(fault, width);
  text += facts_text("properties, besides those of every program", model.properties, width);
  text += facts_text("goals", model.goals, width);
  std::vector<NamedFact> built_in;
  for (const BuiltInProperty& property : built_in_properties())
    built_in.push_back({.name = property.name, .description = property.description});
  return text + facts_text("violations that every program can have", built_in, width);
}

Json facts_json(std::span<const NamedFact> facts) {
  Json list = Json::array();
  for (const NamedFact& fact : facts) {
    list.push_back({{"name", fact.name}, {"description", fact.description}});
    if (!fact.source.empty()) list.back()["source"] = fact.source;
  }
  return list;
}

Json rows_json(std::span<const ParameterSpec> parameters) {
  Json rows = Json::array();
  for (const ParameterSpec& parameter : parameters) {
    Json row = {{"name", parameter.name}, {"type", type_name(parameter)}};
    row["default"] = std::visit([](const auto& value) { return Json(value); }, parameter.fallback);
    if (std::holds_alternative<std::int64_t>(parameter.fallback)) {
      row["minimum"] = parameter.minimum;
      row["maximum"] = parameter.maximum;
    }
    if (!parameter.choices.empty()) row["choices"] = parameter.choices;
    if (!parameter.unit.empty()) row["unit"] = parameter.unit;
    row["description"] = parameter.description;
    if (!parameter.source.empty()) row["source"] = parameter.source;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string as_json(const ModelInfo& model) {
  Json object = {{"format", "racewalk-model"}, {"version", 1}, {"name", model.name}, {"title", model.title}};
  object["parameters"] = rows_json(model.parameters);
  if (!model.faults.empty()) object["faults"] = rows_json(model.faults);
  object["properties"] = facts_json(model.properties);
  object["goals"] = facts_json(model.goals);
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Exit describe(const DescribeCommand& command) {
  const auto fail = [](InputError error) {
    print_error(error);
    return Exit::bad_input;
  };
  const auto names = vocabulary().model_names();
  const ModelInfo* model = models::find(command.model);
  if (model == nullptr && !command.model.empty()) {
    return fail({{},
                 0,
                 0,
                 fmt::format("there is no model {}{}", scenario::in_quotes(command.model),
                             scenario::suggestion(command.model, names, "racewalk list models"))});
  }
  if (model == nullptr && !command.schema) {
    return fail({{}, 0, 0, fmt::format("describe needs the name of a model: {}", scenario::joined(names))});
  }
  const auto printed = print(command.schema                   ? scenario::scenario_schema(vocabulary(), command.model)
                             : command.format == Format::json ? as_json(*model)
                                                              : as_text(*model, output_width()));
  return printed ? Exit::as_expected : fail(printed.error());
}

}  // namespace sim::cli
