#pragma once

#include <string>
#include <string_view>

#include "scenario/vocabulary.hpp"

namespace sim::scenario {

/// The JSON Schema (draft 7) of scenario files, for editors: generated from the tables that validate them. With a
/// `model` it accepts scenarios of that model alone. Requires: the vocabulary has that model.
std::string scenario_schema(const Vocabulary& vocabulary, std::string_view model = {});

}  // namespace sim::scenario
