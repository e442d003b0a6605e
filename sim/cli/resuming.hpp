#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/input_error.hpp"
#include "base/result.hpp"
#include "cli/commands.hpp"
#include "explore/options.hpp"

/// Explorations that are kept in a file, so that another process can go on with them.
namespace sim::cli {

/// Seconds of "500ms", "30s", "2m", "1h" (a number may have a fraction); nullopt if it is anything else, or 0.
std::optional<double> seconds_from_text(std::string_view text);

/// Refuses a command that cannot keep checkpoints, and one whose file holds what would be lost.
Result<Ok, InputError> check_checkpoint(const CheckCommand& command);

/// What the command says of checkpoints.
void set_checkpoint(const CheckCommand& command, const scenario::Scenario& scenario, Options& options);

}  // namespace sim::cli
