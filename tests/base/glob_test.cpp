#include "base/glob.hpp"

#include <gtest/gtest.h>

using sim::matches_any_glob;
using sim::matches_glob;

TEST(Glob, without_wildcards_is_the_text) {
  EXPECT_TRUE(matches_glob("status", "status"));
  EXPECT_TRUE(matches_glob("", ""));
  EXPECT_FALSE(matches_glob("status", "statu"));
  EXPECT_FALSE(matches_glob("statu", "status"));
  EXPECT_FALSE(matches_glob("", "status"));
}

TEST(Glob, has_a_mark_for_one_character) {
  EXPECT_TRUE(matches_glob("a?c", "abc"));
  EXPECT_FALSE(matches_glob("a?c", "ac"));
  EXPECT_FALSE(matches_glob("abc?", "abc"));
}

TEST(Glob, has_a_star_for_any_characters) {
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("*", "anything"));
  EXPECT_TRUE(matches_glob("a*", "a"));
  EXPECT_TRUE(matches_glob("a*c", "abbbc"));
  EXPECT_TRUE(matches_glob("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(matches_glob("a*c", "abcd"));
  EXPECT_FALSE(matches_glob("*a*b*", "xxbxxaxx"));
}

TEST(Glob, lets_a_star_give_back_what_it_took) {
  EXPECT_TRUE(matches_glob("*ab", "aab"));
  EXPECT_TRUE(matches_glob("a*ab?", "aaabaabc"));
  EXPECT_FALSE(matches_glob("a*ab?", "aaabaab"));
}

TEST(Globs, match_if_one_of_them_does) {
  EXPECT_TRUE(matches_any_glob("x, status *", "status 1"));
  EXPECT_TRUE(matches_any_glob("x,status *", "x"));
  EXPECT_FALSE(matches_any_glob("x, status *", "y"));
  EXPECT_FALSE(matches_any_glob("", ""));
  EXPECT_FALSE(matches_any_glob(",,", ""));
}
