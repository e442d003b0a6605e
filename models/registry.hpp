#pragma once

#include <span>
#include <string_view>

#include "runtime/model.hpp"

namespace models {

/// Every model that scenarios can name, sorted by name.
std::span<const sim::ModelInfo> all();
/// Null if there is none of that name.
const sim::ModelInfo* find(std::string_view name);

}  // namespace models
