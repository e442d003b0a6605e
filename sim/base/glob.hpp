#pragma once

#include <string_view>

namespace sim {

/// True iff all of `text` matches `pattern`, where `*` stands for any characters and `?` for one.
bool matches_glob(std::string_view pattern, std::string_view text);

/// True iff `text` matches one of `patterns`, which are separated by commas; spaces around them do not count.
bool matches_any_glob(std::string_view patterns, std::string_view text);

}  // namespace sim
