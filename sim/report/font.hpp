#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sim::report {

/// The width of `text` in Helvetica (and Arial, and Liberation Sans, which have the same metrics), in points.
double text_width(std::string_view text, double font_size);

/// `text` with its middle replaced by "..." where it is wider than `width` points.
std::string fitted(std::string_view text, double font_size, double width);

/// `text` in lines of at most `width` points, broken at spaces; at most `most` lines. What does not fit is left out of
/// the middle of the last one.
std::vector<std::string> wrapped_to(std::string_view text, double font_size, double width, std::size_t most);

}  // namespace sim::report
