#include <fmt/format.h>

#include <algorithm>

#include "scenario/nearest.hpp"
#include "scenario/scenario_reader.hpp"

// What no single key of a scenario can say: combinations, and names that only the model or the version knows.
namespace sim::scenario {

Result<Ok, InputError> ScenarioReader::check_combinations() {
  if (const auto strategy = check_strategy(); !strategy) return strategy;
  if (scenario_.explore.workers > 1) {
    return fail(origin("explore.workers"), "this version explores with one worker; leave workers at 1");
  }
  if (const auto expectation = check_expectation(); !expectation) return expectation;
  if (!model_->validate) return Ok{};
  const auto wrong = model_->validate(scenario_.parameters);
  if (!wrong) return Ok{};
  const auto culprit = std::ranges::find_if(
      origins_, [](const auto& entry) { return entry.first.starts_with("parameters.") && entry.second.overridden; });
  return fail(culprit != origins_.end() ? culprit->second : origin("parameters"), *wrong);
}

Result<Ok, InputError> ScenarioReader::check_strategy() {
  ExploreSettings& explore = scenario_.explore;
  const Origin at = origin("explore.strategy");
  const auto available = vocabulary_.strategy_names();
  const StrategyEntry* strategy = vocabulary_.strategy(explore.strategy);
  if (strategy == nullptr) {
    return fail(at, fmt::format("there is no strategy {}{}", in_quotes(explore.strategy),
                                suggestion(explore.strategy, available)));
  }
  if (!strategy->available) {
    return fail(at, fmt::format("strategy {} is not in this version; available: {}", in_quotes(strategy->name),
                                joined(available)));
  }
  // A strategy from the command line drops what the file set for its own; what a person typed beside it must fit.
  const auto dropped = [&](const std::string& key) { return at.overridden && !overridden(key); };
  if (explore.bound && strategy->bound == BoundUse::none) {
    if (!dropped("explore.bound")) {
      return fail(origin("explore.bound"), fmt::format("strategy {} takes no bound", in_quotes(strategy->name)));
    }
    explore.bound.reset();
  }
  if (!explore.bound && strategy->bound == BoundUse::required) {
    return fail(at, fmt::format("strategy {} needs a bound", in_quotes(strategy->name)));
  }
  const ExploreSettings standard;
  for (auto [member, standard_value, key] : {std::tuple{&explore.order, &standard.order, "order"},
                                             std::tuple{&explore.identity, &standard.identity, "identity"}}) {
    if (strategy->matches_states || *member == *standard_value) continue;
    const std::string path = fmt::format("explore.{}", key);
    if (!dropped(path)) {
      return fail(origin(path), fmt::format("{} = {} fits only strategy \"stateful\", not {}", key, in_quotes(*member),
                                            in_quotes(strategy->name)));
    }
    *member = *standard_value;
  }
  const bool asks_for_livelocks = origins_.contains("explore.livelocks") && explore.livelocks;
  if (asks_for_livelocks && !strategy->matches_states && !dropped("explore.livelocks")) {
    return fail(origin("explore.livelocks"),
                fmt::format("livelocks are found by strategy \"stateful\", not by {}", in_quotes(strategy->name)));
  }
  return Ok{};
}

Result<Ok, InputError> ScenarioReader::check_expectation() const {
  const Expectation& expect = scenario_.expect;
  const bool violated = expect.verdict == ExpectedVerdict::violated;
  const auto properties = vocabulary_.property_names(*model_);
  if (violated && expect.properties.empty()) {
    return fail(
        origin("expect.verdict"),
        fmt::format("verdict = \"violated\" needs properties: those that must be violated, headline first; {} has "
                    "{}",
                    in_quotes(model_->name), joined(properties)));
  }
  if (!violated && !expect.properties.empty()) {
    return fail(
        origin("expect.properties"),
        fmt::format("properties lists what must be violated, which verdict = \"{}\" excludes; remove one of them",
                    to_text(expect.verdict)));
  }
  if (const auto known = check_names("expect.properties", expect.properties, properties, "property"); !known) {
    return known;
  }
  return check_names("expect.reaches", expect.reaches, model_->goals, "goal");
}

Result<Ok, InputError> ScenarioReader::check_names(const std::string& key, const std::vector<std::string>& names,
                                                   std::span<const std::string_view> known,
                                                   std::string_view what) const {
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) {
      return fail(origin(key), fmt::format("{} {} is listed twice", what, in_quotes(*name)));
    }
    if (std::ranges::find(known, *name) != known.end()) continue;
    return fail(origin(key), fmt::format("model {} has no {} {}{}", in_quotes(model_->name), what, in_quotes(*name),
                                         suggestion(*name, known)));
  }
  return Ok{};
}

Result<Ok, InputError> ScenarioReader::read_recorded(const Node& table) {
  if (const auto known = read(table); !known) return known;
  const Node* parameters = table.find("parameters");
  for (const ParameterSpec& parameter : model_->parameters) {
    if (parameters != nullptr && parameters->find(parameter.name) != nullptr) continue;
    return fail({scenario_.file, table.at},
                fmt::format("parameter {} of model {} is missing", in_quotes(parameter.name), in_quotes(model_->name)));
  }
  if (!model_->validate) return Ok{};
  const auto wrong = model_->validate(scenario_.parameters);
  return wrong ? Result<Ok, InputError>(fail({scenario_.file, table.at}, *wrong)) : Ok{};
}

}  // namespace sim::scenario
