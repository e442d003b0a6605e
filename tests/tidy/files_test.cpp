#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "source_tree.hpp"

namespace sim::tidy {
namespace {

constexpr std::size_t most_lines = 400;
constexpr std::string_view reason = "// Long because ";

TEST(Files, are_short_or_say_why_not) {
  for (const SourceFile& file : files_below({"sim", "models", "tests"}, {".hpp", ".cpp"})) {
    const bool excused =
        std::ranges::any_of(file.lines, [](const std::string& line) { return line.starts_with(reason); });
    EXPECT_TRUE(file.lines.size() <= most_lines || excused)
        << file.path << " has " << file.lines.size() << " lines: split it, or say \"" << reason << "...\"";
  }
}

TEST(Files, headers_are_included_once) {
  for (const SourceFile& file : files_below({"sim", "models", "tests"}, {".hpp"})) {
    EXPECT_TRUE(std::ranges::count(file.lines, "#pragma once") == 1) << file.path << " lacks #pragma once";
  }
}

}  // namespace
}  // namespace sim::tidy
