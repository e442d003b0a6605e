/// Standard headers are precompiled (CMakeLists.txt), so the compiler does not notice that a file forgot one.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "source_tree.hpp"

namespace sim::tidy {
namespace {

/// Precompiled headers and names that need them. A header that includes another one by its definition stands for it.
struct Needed {
  std::string_view header;
  std::vector<std::string_view> names, or_headers;
};

const std::vector<Needed>& needed() {
  static const std::vector<Needed> rows{
      {"algorithm",
       {"std::sort", "std::find_if", "std::any_of", "std::clamp", "std::ranges::sort", "std::ranges::find",
        "std::ranges::any_of", "std::ranges::count_if", "std::ranges::all_of", "std::min_element"},
       {}},
      {"array", {"std::array"}, {}},
      {"bit", {"std::countr_zero", "std::popcount", "std::bit_width", "std::bit_cast", "std::has_single_bit"}, {}},
      {"chrono", {"std::chrono"}, {}},
      {"cstring", {"std::memcpy", "std::memcmp", "std::memset", "std::strlen", "std::strerror"}, {}},
      {"functional", {"std::function", "std::greater", "std::hash"}, {}},
      {"map", {"std::map"}, {}},
      {"memory", {"std::unique_ptr", "std::make_unique", "std::shared_ptr", "std::make_shared"}, {}},
      {"optional", {"std::optional", "std::nullopt"}, {}},
      {"set", {"std::set"}, {}},
      {"span", {"std::span"}, {}},
      {"sstream", {"std::ostringstream", "std::istringstream", "std::stringstream"}, {}},
      {"string", {"std::string", "std::to_string"}, {}},
      {"string_view", {"std::string_view"}, {"string"}},
      {"utility",
       {"std::move", "std::pair", "std::exchange", "std::swap"},
       {"map", "memory", "functional", "optional"}},
      {"vector", {"std::vector"}, {}},
      {"gtest/gtest.h", {"TEST", "TEST_F", "TEST_P", "EXPECT_EQ", "EXPECT_TRUE"}, {}},
  };
  return rows;
}

/// What a file includes of the standard, by itself or with headers of the project.
class Includes {
 public:
  explicit Includes(const std::vector<SourceFile>& files) {
    for (const SourceFile& file : files) by_path_.emplace(file.path, &file);
  }

  const std::set<std::string, std::less<>>& of(const SourceFile& file) {
    const auto [place, is_new] = known_.try_emplace(file.path);
    if (!is_new) return place->second;
    std::set<std::string, std::less<>> headers;
    for (const std::string& line : file.lines) {
      if (const auto header = included(line, '<', '>')) headers.insert(*header);
      const auto own = included(line, '"', '"');
      const SourceFile* const found = own ? find(*own, file) : nullptr;
      if (found != nullptr) headers.insert(of(*found).begin(), of(*found).end());
    }
    return known_[file.path] = headers;
  }

 private:
  const SourceFile* find(const std::string& header, const SourceFile& from) const {
    for (const std::string& folder :
         {std::string(from.folder()), std::string("sim"), std::string("models"), std::string("tests"), std::string()}) {
      const auto found = by_path_.find(folder.empty() ? header : folder + "/" + header);
      if (found != by_path_.end()) return found->second;
    }
    return nullptr;
  }

  std::map<std::string, const SourceFile*> by_path_;
  std::map<std::string, std::set<std::string, std::less<>>> known_;
};

TEST(StandardHeaders, are_included_by_files_that_name_what_they_declare) {
  const std::vector<SourceFile> files = files_below({"sim", "models", "tests"}, {".hpp", ".cpp"});
  Includes includes(files);
  std::size_t checked = 0;
  for (const SourceFile& file : files) {
    // Programs of the documentation are compiled as a user would; and this file names it all.
    if (file.path.starts_with("tests/docs/") || file.path.ends_with("standard_headers_test.cpp")) continue;
    const auto& headers = includes.of(file);
    for (const Needed& row : needed()) {
      const auto has = [&](std::string_view header) { return headers.contains(header); };
      if (has(row.header) || std::ranges::any_of(row.or_headers, has)) continue;
      for (std::size_t i = 0; i < file.lines.size(); ++i) {
        const std::string_view line = without_comment(file.lines[i]);
        if (line.ends_with('\\')) continue;  // Whoever expands the macro includes what it names.
        const auto is_named = [&](std::string_view name) { return names(line, name); };
        EXPECT_FALSE(std::ranges::any_of(row.names, is_named)) << file.at(i) << " needs <" << row.header << ">";
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 1'000u);
}

}  // namespace
}  // namespace sim::tidy
