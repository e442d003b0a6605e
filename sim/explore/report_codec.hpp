#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "explore/report.hpp"

namespace sim {

/// A report as bytes, for a pipe between two processes of the same executable: no format for files.
std::string encode(const Report& report);

/// Reads what `encode` wrote; nullopt if it was cut short or is anything else.
std::optional<Report> decode(std::string_view bytes);

}  // namespace sim
