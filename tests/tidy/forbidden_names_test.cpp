/// Determinism is a rule, not a hope: what would break it is forbidden by name.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "source_tree.hpp"

namespace sim::tidy {
namespace {

bool is_below(const SourceFile& file, std::initializer_list<std::string_view> folders) {
  return std::ranges::any_of(folders, [&](std::string_view folder) { return file.path.starts_with(folder); });
}

/// Fails for each line of `file` that names one of `forbidden`.
template <class Names>
void expect_none(const SourceFile& file, const Names& forbidden, std::string_view why) {
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    for (const std::string_view name : forbidden) {
      EXPECT_FALSE(names(without_comment(file.lines[i]), name)) << file.at(i) << ": " << name << ": " << why;
    }
  }
}

TEST(ForbiddenNames, no_randomness_but_ours) {
  constexpr std::array<std::string_view, 14> forbidden{"random_device",
                                                       "mt19937",
                                                       "mt19937_64",
                                                       "minstd_rand",
                                                       "minstd_rand0",
                                                       "default_random_engine",
                                                       "ranlux24",
                                                       "ranlux48",
                                                       "uniform_int_distribution",
                                                       "uniform_real_distribution",
                                                       "bernoulli_distribution",
                                                       "srand",
                                                       "drand48",
                                                       "random_shuffle"};
  for (const SourceFile& file : product_sources()) {
    expect_none(file, forbidden, "draw from base/random.hpp, which gives the same numbers everywhere");
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      EXPECT_FALSE(names(without_comment(file.lines[i]), "rand(")) << file.at(i) << ": draw from base/random.hpp";
    }
  }
}

TEST(ForbiddenNames, no_real_clock_where_results_come_from) {
  constexpr std::array<std::string_view, 6> clocks{"steady_clock",  "system_clock", "high_resolution_clock",
                                                   "clock_gettime", "gettimeofday", "timespec_get"};
  for (const SourceFile& file : product_sources()) {
    if (is_below(file, {"sim/explore/", "sim/cli/"})) continue;
    expect_none(file, clocks, "only explore and cli may ask how late it is");
  }
}

/// The order of an unordered container depends on addresses and on the standard library.
TEST(ForbiddenNames, unordered_containers_say_that_nobody_iterates_over_them) {
  constexpr std::string_view reason = "never iterated";
  for (const SourceFile& file : product_sources()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string_view code = without_comment(file.lines[i]);
      if (!names(code, "std::unordered_map") && !names(code, "std::unordered_set")) continue;
      const bool excused = file.lines[i].find(reason) != std::string::npos ||
                           (i > 0 && file.lines[i - 1].find(reason) != std::string::npos);
      EXPECT_TRUE(excused) << file.at(i) << ": its order is not ours; if it is " << reason << ", say so beside it";
    }
  }
}

TEST(ForbiddenNames, nothing_is_left_for_later) {
  // Spelled in pieces, so that this file passes its own test.
  const std::vector<std::string> marks{std::string("TO") + "DO", std::string("FIX") + "ME", std::string("XX") + "X",
                                       std::string("HA") + "CK"};
  const auto files = files_below({"sim", "models", "tests", "scenarios", "docs"},
                                 {".hpp", ".cpp", ".cmake", ".txt", ".toml", ".md", ".in"});
  for (const SourceFile& file : files) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const std::string& mark : marks) {
        EXPECT_FALSE(names(file.lines[i], mark)) << file.at(i) << ": do it, or open an issue";
      }
    }
  }
}

TEST(ForbiddenNames, are_found_as_whole_words) {
  EXPECT_TRUE(names("std::mt19937 engine;", "mt19937"));
  EXPECT_FALSE(names("std::mt19937_64 engine;", "mt19937"));
  EXPECT_TRUE(names("x = rand();", "rand("));
  EXPECT_FALSE(names("x = operand();", "rand("));
  EXPECT_EQ(without_comment("code;  // steady_clock"), "code;  ");
}

}  // namespace
}  // namespace sim::tidy
