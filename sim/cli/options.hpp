#pragma once

#include <span>

#include "cli/exit_code.hpp"

namespace sim::cli {

/// Reads the command line and runs the command that it names.
Exit run(std::span<const char* const> arguments);

}  // namespace sim::cli
