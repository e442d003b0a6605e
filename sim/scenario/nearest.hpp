#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sim::scenario {

/// The candidate that a person most likely meant by `name`: fewest letters inserted, removed, replaced or swapped with
/// their neighbour, at most a third of them. The first wins a tie; nullopt if none is near.
std::optional<std::string_view> nearest(std::string_view name, std::span<const std::string_view> candidates);

/// "; did you mean "X"?" for the nearest candidate, else "; known: A, B, C" if there are few, else "; `command` lists
/// them", or nothing without a command.
std::string suggestion(std::string_view name, std::span<const std::string_view> candidates,
                       std::string_view command = {});

/// `text` in double quotes, in one line: control characters escaped, cut after 80 characters.
std::string in_quotes(std::string_view text);

/// "A, B, C".
std::string joined(std::span<const std::string_view> words);

}  // namespace sim::scenario
