#include <fmt/format.h>

#include <algorithm>

#include "scenario/nearest.hpp"
#include "scenario/scenario_reader.hpp"

// What no single key of a scenario can say: combinations, and names that only the model or the version knows.
namespace sim::scenario {

Result<Ok, InputError> ScenarioReader::check_combinations() {
  if (const auto strategy = check_strategy(); !strategy) return strategy;
  if (const auto expectation = check_expectation(); !expectation) return expectation;
  if (const auto wrong = model_->validate ? model_->validate(scenario_.parameters) : std::nullopt) {
    const auto culprit = std::ranges::find_if(origins_, [](const auto& entry) {
      const bool is_of_model = entry.first.starts_with("parameters.") || entry.first.starts_with("faults.");
      return is_of_model && entry.second.overridden;
    });
    // A text about a fault begins with its key: "faults.cancel = true needs ...".
    const std::string first = wrong->substr(0, wrong->find(' '));
    const Origin place = origin(first.starts_with("faults.") ? first : "parameters");
    return fail(culprit != origins_.end() ? culprit->second : place, *wrong);
  }
  const Expectation& expect = scenario_.expect;
  const auto violated = check_exclusions("expect.properties", expect.properties, "property {} cannot be violated: {}");
  if (!violated) return violated;
  return check_exclusions("expect.reaches", expect.reaches, "goal {} cannot be reached: {}");
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
  if (explore.workers != 1 && !strategy->takes_workers) {
    if (!dropped("explore.workers")) {
      std::vector<std::string_view> able;
      for (const StrategyEntry& entry : vocabulary_.strategies) {
        if (entry.takes_workers) able.push_back(entry.name);
      }
      return fail(origin("explore.workers"),
                  fmt::format("strategy {} explores with one worker; leave workers at 1, or use one of: {}",
                              in_quotes(strategy->name), joined(able)));
    }
    explore.workers = 1;
  }
  if (explore.workers != 1 && explore.order == "breadth-first") {
    return fail(origin(overridden("explore.workers") ? "explore.workers" : "explore.order"),
                "several workers explore depth first; leave workers at 1, or order at \"depth-first\"");
  }
  const ExploreSettings standard;
  // A value other than the standard one of a key that only some strategies know.
  const auto check_own = [&](std::string_view key, auto member, bool fits, std::string_view owner) {
    if (fits || explore.*member == standard.*member) return Result<Ok, InputError>(Ok{});
    const std::string path = fmt::format("explore.{}", key);
    if (!dropped(path)) {
      std::string value;
      if constexpr (std::is_same_v<decltype(member), std::string ExploreSettings::*>)
        value = in_quotes(explore.*member);
      else
        value = fmt::format("{}", explore.*member);
      return Result<Ok, InputError>(fail(origin(path), fmt::format("{} = {} fits only strategy {}, not {}", key, value,
                                                                   in_quotes(owner), in_quotes(strategy->name))));
    }
    explore.*member = standard.*member;
    return Result<Ok, InputError>(Ok{});
  };
  using S = ExploreSettings;
  for (const auto& checked : {check_own("order", &S::order, strategy->matches_states, "stateful"),
                              check_own("identity", &S::identity, strategy->matches_states, "stateful"),
                              check_own("pct_depth", &S::pct_depth, strategy->takes_pct_depth, "pct"),
                              check_own("select", &S::select, strategy->takes_select, "surw")}) {
    if (!checked) return checked;
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

// `message` takes the name and the reason.
Result<Ok, InputError> ScenarioReader::check_exclusions(const std::string& key, const std::vector<std::string>& names,
                                                        std::string_view message) const {
  if (!model_->excludes) return Ok{};
  for (const std::string& name : names) {
    const auto exclusion = model_->excludes(scenario_.parameters, name);
    if (!exclusion) continue;
    const bool is_fault = exclusion->parameter.starts_with("faults.");
    const std::string parameter = is_fault ? exclusion->parameter : "parameters." + exclusion->parameter;
    // What a person has just typed is what to change.
    const Origin culprit = overridden(parameter) && !overridden(key) ? origin(parameter) : origin_of_element(key, name);
    return fail(culprit, fmt::format(fmt::runtime(message), in_quotes(name), exclusion->reason));
  }
  return Ok{};
}

Result<Ok, InputError> ScenarioReader::check_names(const std::string& key, const std::vector<std::string>& names,
                                                   std::span<const std::string_view> known,
                                                   std::string_view what) const {
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) {
      return fail(origin_of_element(key, *name), fmt::format("{} {} is listed twice", what, in_quotes(*name)));
    }
    if (std::ranges::find(known, *name) != known.end()) continue;
    const std::string command = fmt::format("racewalk describe {}", model_->name);
    return fail(origin_of_element(key, *name), fmt::format("model {} has no {} {}{}", in_quotes(model_->name), what,
                                                           in_quotes(*name), suggestion(*name, known, command)));
  }
  return Ok{};
}

Result<Ok, InputError> ScenarioReader::read_recorded(const Node& table) {
  const Node* parameters = table.find("parameters");
  const Node* explore = table.find("explore");
  for (const Entry& entry : table.table) {
    if (entry.key != "expect") continue;
    return fail({scenario_.file, entry.at}, fmt::format("a trace holds no section {}", in_quotes(entry.key)));
  }
  if (const auto known = read(table); !known) return known;
  const auto missing = [&](std::string_view what) {
    return fail({scenario_.file, table.at}, fmt::format("{} is missing", what));
  };
  for (const SettingSpec& top : top_table()) {
    if (table.find(top.name) == nullptr) return missing(fmt::format("the key {}", top.name));
  }
  for (const ParameterSpec& parameter : model_->parameters) {
    if (parameters != nullptr && parameters->find(parameter.name) != nullptr) continue;
    return missing(fmt::format("parameter {} of model {}", in_quotes(parameter.name), in_quotes(model_->name)));
  }
  for (const ExploreSpec& row : explore_table()) {
    const auto* value = explore != nullptr ? explore->find(row.spec.name) : nullptr;
    if (row.shapes_replay && value == nullptr) return missing(fmt::format("the key explore.{}", row.spec.name));
    if (row.shapes_replay || value == nullptr) continue;
    return fail({scenario_.file, value->at}, fmt::format("a trace holds no explore.{}", row.spec.name));
  }
  if (!model_->validate) return Ok{};
  const auto wrong = model_->validate(scenario_.parameters);
  return wrong ? Result<Ok, InputError>(fail({scenario_.file, table.at}, *wrong)) : Ok{};
}

}  // namespace sim::scenario
