#pragma once

#include <cstddef>
#include <string>

#include "base/input_error.hpp"
#include "base/result.hpp"

namespace sim::scenario {

/// Reads a whole file that a person named. Fails if it is missing (naming a similar file beside it), a directory,
/// unreadable, or larger than `limit` bytes. `what` says what it should be: "scenario", "trace".
Result<std::string, InputError> read_text_file(const std::string& path, std::size_t limit, const std::string& what);

}  // namespace sim::scenario
