#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sim::report {

/// Columns that `text` takes on a terminal: its code points. (Wide and combining characters count as one.)
std::size_t width_of(std::string_view text);

/// `text` with control characters and bytes that are no UTF-8 spelled as \xNN, so that names out of a trace file can
/// neither move a terminal's cursor nor break a document.
std::string printable(std::string_view text);

/// `text` followed by spaces up to `width` columns.
std::string padded(std::string text, std::size_t width);

/// `text` in lines of at most `width` columns, broken at spaces, and inside a word only where the word alone is too
/// long: there, behind a separator of a path if possible. Lines after the first begin with `indent` spaces. Requires:
/// `width > indent`.
std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent);

/// `text` in at most `width` columns: its middle becomes "..." where it is longer. Requires: `width >= 4`.
std::string elided(std::string_view text, std::size_t width);

/// `C:\...\c.txt` for `C:\a\b\c.txt`: the first and the last component of a path that has more than three. Other text
/// stays as it is.
std::string without_middle(std::string_view path);

/// The last `count` components of a path, or all of it if it has no more. Requires: `count > 0`.
std::string_view last_components(std::string_view path, std::size_t count);

}  // namespace sim::report
