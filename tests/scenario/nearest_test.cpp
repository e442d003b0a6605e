#include "scenario/nearest.hpp"

#include <gtest/gtest.h>

#include "scenario/setting.hpp"

namespace sim::scenario {
namespace {

const std::vector<std::string_view> strategies = {"dfs", "stateful", "random_walk", "optimal_dpor"};

TEST(Nearest, finds_what_differs_in_few_letters) {
  EXPECT_EQ(nearest("statefull", strategies), "stateful");
  EXPECT_EQ(nearest("optimal-dpor", strategies), "optimal_dpor");
  EXPECT_EQ(nearest("DFS", strategies), "dfs");
  EXPECT_EQ(nearest("sdf", strategies), std::nullopt);
  EXPECT_EQ(nearest("dsf", strategies), "dfs");  // Swapped neighbours are one mistake.
  EXPECT_EQ(nearest("breadth", strategies), std::nullopt);
  EXPECT_EQ(nearest("", strategies), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'x'), strategies), std::nullopt);
}

TEST(Suggestion, lists_what_is_known_if_nothing_is_near) {
  EXPECT_EQ(suggestion("randomwalk", strategies), "; did you mean \"random_walk\"?");
  EXPECT_EQ(suggestion("breadth", strategies), "; known: dfs, stateful, random_walk, optimal_dpor");
  EXPECT_EQ(suggestion("x", {}), "");
  const std::vector<std::string_view> many(25, "parameter");
  EXPECT_EQ(suggestion("x", many), "");
  EXPECT_EQ(suggestion("x", many, "racewalk list"), "; `racewalk list` lists them");
  EXPECT_EQ(suggestion("breadth", strategies, "racewalk list"), "; known: dfs, stateful, random_walk, optimal_dpor");
}

TEST(InQuotes, keeps_one_line_whatever_the_text) {
  EXPECT_EQ(in_quotes("a\n\"\x1b[2J\\"), "\"a\\n\\\"\\x1b[2J\\\\\"");
  EXPECT_EQ(in_quotes(std::string(200, 'x')), "\"" + std::string(80, 'x') + "...\"");
  std::string umlauts = "x";
  for (int i = 0; i < 100; ++i) umlauts += "\xc3\xa4";
  EXPECT_EQ(in_quotes(umlauts), "\"" + umlauts.substr(0, 79) + "...\"");  // No half of a letter.
}

TEST(Size, is_read_and_printed_in_binary_units) {
  EXPECT_EQ(size_from_text("256KiB"), 256 * 1024);
  EXPECT_EQ(size_from_text("8 GiB"), 8ll << 30);
  EXPECT_EQ(size_from_text("17"), 17);
  EXPECT_EQ(size_from_text("8GB"), std::nullopt);
  EXPECT_EQ(size_from_text("-1"), std::nullopt);
  EXPECT_EQ(size_from_text("GiB"), std::nullopt);
  EXPECT_EQ(size_from_text("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(size_from_text("8388608TiB"), std::nullopt);
  EXPECT_EQ(size_text(300), "300 bytes");
  EXPECT_EQ(size_text(1536 * 1024), "1.5 MiB");
  EXPECT_EQ(size_text(8ull << 30), "8 GiB");
}

}  // namespace
}  // namespace sim::scenario
