#pragma once

#include <cstdint>
#include <string>

namespace sim::cli {

/// Columns of the terminal: $COLUMNS, or what the terminal on standard output says, or 120.
unsigned output_width();

/// The same of the terminal on standard error.
unsigned error_width();

/// True iff standard output is a terminal that may be coloured (NO_COLOR is not set).
bool output_is_coloured();

/// True iff standard error is a terminal on which a line can be written again.
bool error_can_be_rewritten();

/// "1,234,567".
std::string grouped(std::uint64_t number);

/// "0.28 ms", "0.42 s", "12.3 s", "17 min".
std::string duration_text(double seconds);

}  // namespace sim::cli
