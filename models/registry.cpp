#include "registry.hpp"

#include <algorithm>
#include <array>

#include "sms/model.hpp"

namespace models {

std::span<const sim::ModelInfo> all() {
  static const std::array<sim::ModelInfo, 1> models = {sms::info()};
  return models;
}

const sim::ModelInfo* find(std::string_view name) {
  const auto found = std::ranges::find(all(), name, &sim::ModelInfo::name);
  return found != all().end() ? &*found : nullptr;
}

}  // namespace models
