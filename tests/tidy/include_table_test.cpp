/// The tree is the architecture: docs/architecture.md has the same table in words.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "source_tree.hpp"

namespace sim::tidy {
namespace {

using Row = std::set<std::string, std::less<>>;

/// What the files of a folder may include: folders of sim/, single headers, and "sim.hpp". Itself always.
const std::map<std::string, Row, std::less<>>& table() {
  static const Row everything{"base",    "event",  "runtime",  "sync",    "vfs",         "explore", "check",
                              "explain", "report", "scenario", "testing", "distributed", "sim.hpp"};
  static const std::map<std::string, Row, std::less<>> rows{
      {"sim/base", {}},
      {"sim/event", {"base"}},
      {"sim/scenario", {"base"}},
      {"sim/runtime", {"event", "base"}},
      {"sim/check", {"event", "base"}},
      {"sim/report", {"check", "explain", "event", "base"}},
      {"sim/sync", {"runtime", "event", "base"}},
      {"sim/vfs", {"runtime", "event", "base"}},
      {"sim/explore", {"runtime", "check", "event", "base"}},
      {"sim/sim.hpp", {"sync", "explore", "check", "event", "base"}},
      {"sim/explain", {"explore", "check", "event", "base"}},
      {"sim/testing", {"sim.hpp", "explain", "report"}},
      {"sim/distributed", {"sim.hpp", "explain", "report"}},
      {"sim/cli",
       [] {
         Row row = everything;
         row.insert("models/registry.hpp");
         return row;
       }()},
      {"models", {"sync", "vfs", "check", "runtime/model.hpp", "runtime/world.hpp"}},
  };
  return rows;
}

/// The row that applies to a file: its folder below sim/, models/ as a whole, or sim.hpp.
std::string row_of(std::string_view path) {
  if (path.starts_with("models/")) return "models";
  const std::size_t slash = path.find('/', std::string_view("sim/").size());
  return std::string(path.substr(0, slash));
}

bool is_allowed(std::string_view row_name, std::string_view header) {
  if (row_name == "models") {
    // A model's own headers are spelled from models/ or from its folder.
    const std::string_view folder = header.substr(0, header.find('/'));
    if (header.find('/') == std::string_view::npos || folder == "sms" || folder == "classic" || folder == "models") {
      return true;
    }
  }
  const auto row = table().find(row_name);
  if (row == table().end()) return false;
  const std::string folder(header.substr(0, header.find('/')));
  return "sim/" + folder == row_name || row->second.contains(header) ||
         (header.find('/') != std::string_view::npos && row->second.contains(folder));
}

TEST(IncludeTable, knows_every_folder) {
  for (const SourceFile& file : product_sources()) {
    EXPECT_TRUE(table().contains(row_of(file.path))) << file.path << " is in a folder that the include table lacks";
  }
}

TEST(IncludeTable, holds_for_every_include) {
  for (const SourceFile& file : product_sources()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const auto header = included(file.lines[i], '"', '"');
      if (!header) continue;
      EXPECT_TRUE(is_allowed(row_of(file.path), *header))
          << file.at(i) << ": " << row_of(file.path) << " may not include \"" << *header << "\"";
    }
  }
}

TEST(IncludeTable, spells_our_headers_in_quotes) {
  for (const SourceFile& file : product_sources()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const auto header = included(file.lines[i], '<', '>');
      if (!header) continue;
      const std::string folder = "sim/" + header->substr(0, header->find('/'));
      EXPECT_FALSE(header->starts_with("sim/") || (header->find('/') != std::string::npos && table().contains(folder)))
          << file.at(i) << ": <" << *header << ">";
    }
  }
}

TEST(IncludeTable, leaves_fibers_to_one_file) {
  for (const SourceFile& file : product_sources()) {
    if (file.path.starts_with("sim/runtime/fiber.")) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const auto header = included(file.lines[i], '<', '>');
      EXPECT_FALSE(header && header->starts_with("boost/context"))
          << file.at(i) << ": only sim/runtime/fiber uses Boost.Context";
    }
  }
}

TEST(IncludeTable, refuses_what_points_outward) {
  EXPECT_TRUE(is_allowed("sim/runtime", "event/step.hpp"));
  EXPECT_TRUE(is_allowed("sim/runtime", "runtime/search.hpp"));
  EXPECT_FALSE(is_allowed("sim/runtime", "explore/options.hpp"));
  EXPECT_FALSE(is_allowed("sim/base", "event/step.hpp"));
  EXPECT_TRUE(is_allowed("models", "runtime/model.hpp"));
  EXPECT_FALSE(is_allowed("models", "runtime/execution.hpp"));
  EXPECT_FALSE(is_allowed("sim/report", "explore/report.hpp"));
  EXPECT_EQ(included("#  include \"a/b.hpp\"  // why", '"', '"'), "a/b.hpp");
  EXPECT_EQ(included("// #include \"a/b.hpp\"", '"', '"'), std::nullopt);
}

}  // namespace
}  // namespace sim::tidy
