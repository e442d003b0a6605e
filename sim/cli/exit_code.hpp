#pragma once

namespace sim::cli {

/// What racewalk's exit status says.
enum class Exit { as_expected = 0, not_as_expected = 1, bad_input = 2, inconclusive = 3 };

}  // namespace sim::cli
