#include "scenario/scenario_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scenario/nearest.hpp"

namespace sim::scenario {
namespace {

constexpr std::string_view section_names[] = {"parameters", "faults", "explore", "expect"};

std::vector<std::string_view> names_of(std::span<const SettingSpec> rows) {
  std::vector<std::string_view> names;
  for (const SettingSpec& row : rows) names.push_back(row.name);
  return names;
}

bool names_a_file(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  constexpr std::size_t longest = 100;
  return !name.empty() && name.size() <= longest && name.front() != '.' && name.front() != '-' &&
         std::ranges::all_of(name, allowed);
}

void assign_expectation(Expectation& expect, const SettingSpec& spec, const SettingValue& value) {
  if (spec.name == "verdict") {
    const auto found = std::ranges::find(spec.choices, std::get<std::string>(value));
    expect.verdict = static_cast<ExpectedVerdict>(found - spec.choices.begin());
  } else if (spec.name == "properties") {
    expect.properties = std::get<std::vector<std::string>>(value);
  } else if (spec.name == "reaches") {
    expect.reaches = std::get<std::vector<std::string>>(value);
  } else {
    expect.executions = static_cast<std::uint64_t>(std::get<std::int64_t>(value));
  }
}

void assign_exploration(ExploreSettings& settings, const SettingSpec& spec, const SettingValue& value) {
  for (const ExploreSpec& row : explore_table()) {
    if (row.spec.name == spec.name) row.set(settings, value);
  }
}

}  // namespace

ScenarioReader::ScenarioReader(std::string file, const Vocabulary& vocabulary) : vocabulary_(vocabulary) {
  scenario_.file = std::move(file);
  scenario_.explore.strategy = vocabulary.default_strategy;
}

const SettingSpec* ScenarioReader::Section::find(std::string_view key) const {
  const auto found = std::ranges::find(rows, key, &SettingSpec::name);
  return found != rows.end() ? &*found : nullptr;
}

std::vector<std::string_view> ScenarioReader::Section::group(std::string_view key) const {
  std::vector<std::string_view> names;
  for (const SettingSpec& row : rows) {
    if (row.name.size() > key.size() && row.name.starts_with(key) && row.name[key.size()] == '.') {
      names.push_back(row.name.substr(key.size() + 1));
    }
  }
  return names;
}

Failure<InputError> ScenarioReader::fail(const Origin& origin, std::string message) const {
  return Failure{InputError{origin.file, origin.at.line, origin.at.column, std::move(message)}};
}

ScenarioReader::Origin ScenarioReader::origin(const std::string& key) const {
  if (const auto found = origins_.find(key); found != origins_.end()) return found->second;
  const std::string section = key.substr(0, key.find('.'));
  if (const auto found = origins_.find(section); found != origins_.end()) return found->second;
  return {scenario_.file, {}, false};
}

ScenarioReader::Origin ScenarioReader::origin_of_element(const std::string& key, const std::string& element) const {
  const Origin list = origin(key);
  const auto found = list.overridden ? origins_.end() : origins_.find(key + "." + element);
  return found != origins_.end() ? found->second : list;
}

std::vector<ScenarioReader::Section> ScenarioReader::sections() {
  std::vector<Section> result(4);
  for (std::size_t i = 0; i < result.size(); ++i) result[i].name = section_names[i];
  for (const ParameterSpec& parameter : model_->parameters) result[0].rows.push_back(setting_spec(parameter));
  result[0].assign = [this](const SettingSpec& spec, const SettingValue& value) {
    scenario_.parameters.set(spec.name, parameter_value(value));
  };
  for (const ParameterSpec& fault : model_->faults) result[1].rows.push_back(setting_spec(fault));
  result[1].assign = [this](const SettingSpec& spec, const SettingValue& value) {
    scenario_.parameters.set_fault(*std::ranges::find(model_->faults, spec.name, &ParameterSpec::name),
                                   parameter_value(value));
  };
  for (const ExploreSpec& row : explore_table()) result[2].rows.push_back(row.spec);
  result[2].assign = [this](const SettingSpec& spec, const SettingValue& value) {
    assign_exploration(scenario_.explore, spec, value);
  };
  result[3].rows.assign(expect_table().begin(), expect_table().end());
  result[3].assign = [this](const SettingSpec& spec, const SettingValue& value) {
    assign_expectation(scenario_.expect, spec, value);
  };
  return result;
}

Result<Ok, InputError> ScenarioReader::read(const Node& document) {
  if (const auto top = read_top(document); !top) return top;
  if (const auto model = read_model(document); !model) return model;
  for (const Entry& entry : document.table) {
    if (std::ranges::find(section_names, entry.key) == std::end(section_names)) {
      if (entry.key == "name" || entry.key == "title" || entry.key == "model") continue;
      return fail({scenario_.file, entry.at}, unknown_key({}, entry.key));
    }
    for (const Section& section : sections()) {
      if (section.name != entry.key) continue;
      if (const auto read = read_section(section, entry.value); !read) return read;
    }
  }
  return Ok{};
}

Result<Ok, InputError> ScenarioReader::read_top(const Node& document) {
  for (const SettingSpec& spec : top_table()) {
    const auto found = std::ranges::find(document.table, spec.name, &Entry::key);
    if (found == document.table.end()) continue;
    origins_[found->key] = {scenario_.file, found->at, false};
    const auto value = setting_value(spec, found->value);
    if (!value) return fail({scenario_.file, found->value.at}, value.error());
    const std::string& text = std::get<std::string>(*value);
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (spec.name == "title" && std::ranges::any_of(text, is_control)) {
      return fail({scenario_.file, found->value.at}, "title must be one line without control characters");
    }
    if (spec.name == "name" && !names_a_file(text)) {
      return fail(
          {scenario_.file, found->value.at},
          fmt::format("name is {}; use at most 100 letters, digits, '-', '_' and '.', beginning with a letter or "
                      "digit, because it names files",
                      in_quotes(text)));
    }
    (spec.name == "name" ? scenario_.name : spec.name == "title" ? scenario_.title : scenario_.model) = text;
  }
  return Ok{};
}

Result<Ok, InputError> ScenarioReader::read_model(const Node& document) {
  const Origin beginning{scenario_.file, {}, false};
  const auto names = vocabulary_.model_names();
  for (const std::string_view required : {"name", "model"}) {
    if (document.find(required) != nullptr) continue;
    std::vector<std::string_view> keys;
    for (const Entry& entry : document.table) keys.push_back(entry.key);
    const auto misspelt = nearest(required, keys);
    const auto known = names_of(top_table());
    if (misspelt && std::ranges::find(known, *misspelt) == known.end()) {
      const auto found = std::ranges::find(document.table, *misspelt, &Entry::key);
      return fail({scenario_.file, found->at}, unknown_key({}, *misspelt));
    }
    return fail(beginning,
                fmt::format("the key {} is missing; a scenario needs at least a name and a model", required));
  }
  model_ = vocabulary_.model(scenario_.model);
  if (model_ == nullptr) {
    return fail({scenario_.file, document.find("model")->at},
                fmt::format("there is no model {}{}", in_quotes(scenario_.model),
                            suggestion(scenario_.model, names, "racewalk list models")));
  }
  scenario_.parameters = Parameters::defaults(model_->parameters);
  return Ok{};
}

Result<Ok, InputError> ScenarioReader::read_section(const Section& section, const Node& document) {
  const Origin beginning{scenario_.file, document.at, false};
  if (document.kind != Node::Kind::table) {
    return fail(beginning, fmt::format("{0} must be a section, [{0}], not {1}", section.name, describe(document)));
  }
  origins_[std::string(section.name)] = beginning;
  return read_entries(section, document, "");
}

Result<Ok, InputError> ScenarioReader::read_entries(const Section& section, const Node& table,
                                                    const std::string& prefix) {
  for (const Entry& entry : table.table) {
    const std::string key = prefix + entry.key;
    if (const auto group = section.group(key); !group.empty()) {
      if (entry.value.kind != Node::Kind::table) {
        return fail({scenario_.file, entry.value.at}, fmt::format("{} must be a table with the keys {}, not {}", key,
                                                                  joined(group), describe(entry.value)));
      }
      if (const auto read = read_entries(section, entry.value, key + "."); !read) return read;
      continue;
    }
    const SettingSpec* spec = section.find(key);
    if (spec == nullptr) return fail({scenario_.file, entry.at}, unknown_key(section.name, key));
    const Origin here{scenario_.file, entry.value.at, false};
    if (const auto set = set_value(section, *spec, setting_value(*spec, entry.value), here); !set) return set;
    for (const Node& element : entry.value.list) {
      origins_[fmt::format("{}.{}.{}", section.name, spec->name, element.text)] = {scenario_.file, element.at, false};
    }
  }
  return Ok{};
}

Result<Ok, InputError> ScenarioReader::set_value(const Section& section, const SettingSpec& spec,
                                                 const Result<SettingValue, std::string>& value, Origin origin) {
  if (!value) return fail(origin, value.error());
  section.assign(spec, *value);
  origins_[fmt::format("{}.{}", section.name, spec.name)] = std::move(origin);
  return Ok{};
}

Result<Ok, InputError> ScenarioReader::apply(const Override& replacement) {
  // "explore.bound" is a key of a section; "threads", and "hierarchy.depth" of a group, are parameters.
  const std::vector<Section> all = sections();
  const std::size_t dot = replacement.key.find('.');
  const std::string beginning = replacement.key.substr(0, dot);
  const bool is_parameter = dot == std::string::npos || !all[0].group(beginning).empty();
  const std::string section_name = is_parameter ? "parameters" : beginning;
  const std::string key = is_parameter ? replacement.key : replacement.key.substr(dot + 1);
  const Origin here{replacement.label, {}, true};
  for (const Section& section : all) {
    if (section.name != section_name) continue;
    const SettingSpec* spec = section.find(key);
    if (spec == nullptr) return fail(here, unknown_key(section.name, key));
    return set_value(section, *spec, setting_value(*spec, std::string_view(replacement.value)), here);
  }
  return fail(
      here, fmt::format("there is no section {}{}", in_quotes(section_name), suggestion(section_name, section_names)));
}

std::string ScenarioReader::unknown_key(std::string_view section, std::string_view key) {
  const std::string name = in_quotes(key);
  std::vector<std::string_view> known = names_of(top_table());
  if (section.empty()) known.insert(known.end(), std::begin(section_names), std::end(section_names));
  std::string elsewhere;
  for (const Section& other : model_ != nullptr ? sections() : std::vector<Section>()) {
    if (other.name == section) known = names_of(other.rows);
    if (other.find(key) != nullptr) elsewhere = fmt::format("; it belongs in [{0}], as {0}.{1}", other.name, key);
  }
  std::string message = fmt::format("unknown key {} in [{}]", name, section);
  if (section.empty()) message = "unknown key " + name;
  std::string command;
  if (section == "parameters") {
    message = fmt::format("model {} has no parameter {}", in_quotes(model_->name), name);
    command = fmt::format("racewalk describe {}", model_->name);
  }
  if (section == "faults") {
    message = fmt::format("model {} has no fault {}", in_quotes(model_->name), name);
    // Who invents a fault wants to know which there are.
    if (!known.empty() && elsewhere.empty()) {
      const auto near = nearest(key, known);
      return message + (near ? suggestion(key, known) : "") + "; its faults are " + joined(known);
    }
  }
  return message + (elsewhere.empty() ? suggestion(key, known, command) : elsewhere);
}

}  // namespace sim::scenario
