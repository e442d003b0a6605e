#include "registry.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "classic/programs.hpp"
#include "sms/kindred/articles.hpp"
#include "sms/model.hpp"

namespace models {

std::span<const sim::ModelInfo> all() {
  static const std::vector<sim::ModelInfo> models = [] {
    std::vector<sim::ModelInfo> list = classic::programs();
    list.push_back(sms::info());
    std::ranges::move(sms::kindred::articles(), std::back_inserter(list));
    std::ranges::sort(list, {}, &sim::ModelInfo::name);
    return list;
  }();
  return models;
}

const sim::ModelInfo* find(std::string_view name) {
  const auto found = std::ranges::find(all(), name, &sim::ModelInfo::name);
  return found != all().end() ? &*found : nullptr;
}

}  // namespace models
