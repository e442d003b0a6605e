#include "scenario/vocabulary.hpp"

#include <algorithm>

namespace sim::scenario {

const ModelEntry* Vocabulary::model(std::string_view name) const {
  const auto found = std::ranges::find(models, name, &ModelEntry::name);
  return found != models.end() ? &*found : nullptr;
}

const StrategyEntry* Vocabulary::strategy(std::string_view name) const {
  const auto found = std::ranges::find(strategies, name, &StrategyEntry::name);
  return found != strategies.end() ? &*found : nullptr;
}

std::vector<std::string_view> Vocabulary::model_names() const {
  std::vector<std::string_view> names;
  for (const ModelEntry& entry : models) names.push_back(entry.name);
  return names;
}

std::vector<std::string_view> Vocabulary::strategy_names() const {
  std::vector<std::string_view> names;
  for (const StrategyEntry& entry : strategies) {
    if (entry.available) names.push_back(entry.name);
  }
  return names;
}

std::vector<std::string_view> Vocabulary::property_names(const ModelEntry& model) const {
  std::vector<std::string_view> names = model.properties;
  for (const std::string_view name : built_in_properties) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace sim::scenario
