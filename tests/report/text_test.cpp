#include "report/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace sim::report {
namespace {

using Lines = std::vector<std::string>;

TEST(Text, counts_code_points_not_bytes) {
  EXPECT_EQ(width_of("naïve"), 5U);
  EXPECT_EQ(width_of("日本"), 2U);
  EXPECT_EQ(padded("né", 4), "né  ");
}

TEST(Text, spells_control_characters_and_invalid_utf8) {
  EXPECT_EQ(printable("a\x1b[31mb\n"), "a\\x1b[31mb\\x0a");
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc3"), "\\xc3");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");
  EXPECT_EQ(printable("ü → 日"), "ü → 日");
}

TEST(Text, wraps_at_spaces_and_indents_what_follows) {
  EXPECT_EQ(wrapped("one two three", 8, 2), (Lines{"one two", "  three"}));
  EXPECT_EQ(wrapped("one", 8, 2), (Lines{"one"}));
}

TEST(Text, breaks_a_long_path_behind_a_separator_and_a_long_word_anywhere) {
  EXPECT_EQ(wrapped(R"(SMS_SITE\2_K1Q0P0.PCK)", 15, 0), (Lines{R"(SMS_SITE\)", "2_K1Q0P0.PCK"}));
  EXPECT_EQ(wrapped("abcdefgh", 3, 0), (Lines{"abc", "def", "gh"}));
}

TEST(Text, elides_the_middle) {
  EXPECT_EQ(elided("sending-thread-12", 11), "send...d-12");
  EXPECT_EQ(elided("short", 11), "short");
}

TEST(Text, drops_the_middle_of_a_path_but_neither_its_root_nor_its_last_component) {
  EXPECT_EQ(without_middle(R"(C:\SMS\schedule.box\x.srq)"), R"(C:\...\x.srq)");
  EXPECT_EQ(without_middle(R"(\\SMSServer\SMS_SITE\x.PCK)"), R"(\\SMSServer\...\x.PCK)");
  EXPECT_EQ(without_middle(R"(C:\a\x)"), R"(C:\a\x)");
  EXPECT_EQ(without_middle("counter"), "counter");
}

TEST(Text, takes_the_last_components_of_a_path) {
  EXPECT_EQ(last_components(R"(C:\a\b\c)", 1), "c");
  EXPECT_EQ(last_components(R"(C:\a\b\c)", 2), R"(b\c)");
  EXPECT_EQ(last_components(R"(C:\a\b\c)", 9), R"(C:\a\b\c)");
  EXPECT_EQ(last_components("counter", 1), "counter");
}

RC_GTEST_PROP(Text, wrapped_lines_fit_and_lose_nothing_but_spaces, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab\\ ")));
  const auto width = *rc::gen::inRange<std::size_t>(3, 12);
  std::string joined;
  for (const std::string& line : wrapped(text, width, 2)) {
    RC_ASSERT(width_of(line) <= width);
    joined += line;
  }
  std::string expected = text;
  std::erase(joined, ' ');
  std::erase(expected, ' ');
  RC_ASSERT(joined == expected);
}

RC_GTEST_PROP(Text, printable_text_stays_as_it_is, (const std::string& bytes)) {
  const std::string once = printable(bytes);
  RC_ASSERT(printable(once) == once);
}

}  // namespace
}  // namespace sim::report
