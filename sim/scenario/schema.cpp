#include "scenario/schema.hpp"

#include <nlohmann/json.hpp>

#include "scenario/scenario.hpp"

namespace sim::scenario {
namespace {

using Json = nlohmann::ordered_json;

Json value_schema(const SettingSpec& spec) {
  Json schema;
  switch (spec.type) {
    case SettingType::integer:
    case SettingType::number:
      schema["type"] = spec.type == SettingType::integer ? "integer" : "number";
      schema["minimum"] = spec.minimum;
      if (spec.maximum != INT64_MAX) schema["maximum"] = spec.maximum;
      break;
    case SettingType::boolean:
      schema["type"] = "boolean";
      break;
    case SettingType::text:
      schema["type"] = "string";
      break;
    case SettingType::size:
      schema["anyOf"] = {{{"type", "integer"}, {"minimum", spec.minimum}, {"maximum", spec.maximum}},
                         {{"type", "string"}, {"pattern", "^[0-9]+ *(B|KiB|MiB|GiB|TiB)?$"}}};
      break;
    case SettingType::texts:
      schema = {{"type", "array"}, {"uniqueItems", true}, {"items", {{"type", "string"}}}};
      break;
  }
  if (!spec.choices.empty()) schema["enum"] = spec.choices;
  std::string description(spec.description);
  if (!spec.unit.empty()) description += (description.empty() ? "In " : " In ") + std::string(spec.unit) + ".";
  if (!description.empty()) schema["description"] = description;
  return schema;
}

Json default_of(const SettingValue& value) {
  return std::visit([](const auto& alternative) { return Json(alternative); }, value);
}

Json table_schema(Json properties) {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

Json parameters_schema(std::span<const ParameterSpec> parameters) {
  Json properties = Json::object();
  for (const ParameterSpec& parameter : parameters) {
    // "hierarchy.depth" is the key `depth` of the table `hierarchy`.
    const std::size_t dot = parameter.name.find('.');
    Json* table = &properties;
    if (dot != std::string_view::npos) {
      Json& group = properties[std::string(parameter.name.substr(0, dot))];
      if (group.is_null()) group = table_schema(Json::object());
      table = &group["properties"];
    }
    const std::string key(dot == std::string_view::npos ? parameter.name : parameter.name.substr(dot + 1));
    Json& schema = (*table)[key] = value_schema(setting_spec(parameter));
    schema["default"] = std::visit([](const auto& value) { return Json(value); }, parameter.fallback);
  }
  return table_schema(std::move(properties));
}

Json explore_schema(const Vocabulary& vocabulary) {
  Json properties = Json::object();
  ExploreSettings defaults;
  defaults.strategy = vocabulary.default_strategy;
  for (const ExploreSpec& row : explore_table()) {
    Json& schema = properties[std::string(row.spec.name)] = value_schema(row.spec);
    if (row.spec.name == "strategy") schema["enum"] = vocabulary.strategy_names();
    if (const auto value = row.get(defaults)) schema["default"] = default_of(*value);
  }
  return table_schema(std::move(properties));
}

Json expect_schema(const Vocabulary& vocabulary, const ModelEntry* model) {
  Json properties = Json::object();
  for (const SettingSpec& row : expect_table()) {
    Json& schema = properties[std::string(row.name)] = value_schema(row);
    if (model == nullptr) continue;
    if (row.name == "properties") schema["items"]["enum"] = vocabulary.property_names(*model);
    if (row.name == "reaches") schema["items"]["enum"] = model->goals;
  }
  return table_schema(std::move(properties));
}

}  // namespace

std::string scenario_schema(const Vocabulary& vocabulary, std::string_view model) {
  const ModelEntry* only = vocabulary.model(model);
  Json properties = Json::object();
  for (const SettingSpec& row : top_table()) properties[std::string(row.name)] = value_schema(row);
  properties["name"]["pattern"] = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$";
  properties["model"]["enum"] = only != nullptr ? std::vector{only->name} : vocabulary.model_names();
  properties["parameters"] = only != nullptr ? parameters_schema(only->parameters) : Json{{"type", "object"}};
  properties["faults"] = only != nullptr ? parameters_schema(only->faults) : Json{{"type", "object"}};
  properties["explore"] = explore_schema(vocabulary);
  properties["expect"] = expect_schema(vocabulary, only);
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "racewalk scenario"}};
  schema.update(table_schema(std::move(properties)));
  schema["required"] = {"name", "model"};
  if (only == nullptr) {
    schema["allOf"] = Json::array();
    for (const ModelEntry& entry : vocabulary.models) {
      const Json sections = {{"parameters", parameters_schema(entry.parameters)},
                             {"faults", parameters_schema(entry.faults)},
                             {"expect", expect_schema(vocabulary, &entry)}};
      schema["allOf"].push_back(
          {{"if", {{"properties", {{"model", {{"const", entry.name}}}}}}}, {"then", {{"properties", sections}}}});
    }
  }
  return schema.dump(2) + "\n";
}

}  // namespace sim::scenario
