#pragma once

#include <string>

#include "base/input_error.hpp"
#include "base/result.hpp"

namespace sim::cli {

/// What Graphviz makes of a DOT text; `format` is one of dot's, such as "svg". Fails if `dot` is not installed (naming
/// its package) or refuses the text.
Result<std::string, InputError> run_dot(const std::string& text, const std::string& format);

}  // namespace sim::cli
