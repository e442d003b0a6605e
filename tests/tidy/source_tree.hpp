#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim::tidy {

/// A file of the project, as text.
struct SourceFile {
  std::string path;  ///< From the project's root, such as "sim/base/ids.hpp".
  std::vector<std::string> lines;

  /// The path's part before the last slash.
  std::string_view folder() const;
  /// "path:line", from 1.
  std::string at(std::size_t line_index) const;
};

/// The project's files below `folders` whose names end in one of `extensions`, sorted by path.
std::vector<SourceFile> files_below(const std::vector<std::string>& folders,
                                    const std::vector<std::string>& extensions);

/// The C++ files of sim/ and models/.
std::vector<SourceFile> product_sources();

/// The line without its comment. (A comment sign inside a string literal counts, too.)
std::string_view without_comment(std::string_view line);

/// True iff `name` stands in `line` with no letter, digit or underscore before it, or behind it if it ends in one.
bool names(std::string_view line, std::string_view name);

/// What stands between the quotes or brackets of an #include line.
std::optional<std::string> included(std::string_view line, char open, char close);

}  // namespace sim::tidy
