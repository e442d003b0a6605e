#include "vfs/path.hpp"

#include <gtest/gtest.h>

#include <string>

#include "drive.hpp"

namespace sim::vfs {
namespace {

TEST(Wildcards, match_as_in_win32) {
  EXPECT_TRUE(matches("*", "anything.at.all"));
  EXPECT_TRUE(matches("*.*", "noext"));
  EXPECT_TRUE(matches("*.", "noext"));
  EXPECT_FALSE(matches("*.", "with.ext"));
  EXPECT_TRUE(matches("?_*.srq", "2_K1Q0P0.SRQ"));
  EXPECT_TRUE(matches("*a*b", "xxaxxaxb"));
  EXPECT_FALSE(matches("*a*b", "xxbxxa"));
  EXPECT_TRUE(matches("a??.srq", "a1.srq"));
  EXPECT_TRUE(matches("???", "a"));
  EXPECT_FALSE(matches("?", "ab"));
  EXPECT_FALSE(matches("a?b", "ab"));
  EXPECT_FALSE(matches("", "a"));
}

TEST(Paths, are_normalised) {
  Path path;
  EXPECT_EQ(path.parse(7, "\\OUTBOX//Lan\\\\1.srq/"), Win32Error::success);
  EXPECT_EQ(path.text(), "OUTBOX\\Lan\\1.srq");
  EXPECT_EQ(path.parent(), "OUTBOX\\Lan");
  EXPECT_EQ(path.name(), "1.srq");
  EXPECT_EQ(path.hash().whole, hash_path(7, "outbox\\LAN\\1.SRQ").whole);
  EXPECT_EQ(path.hash().parent, hash_path(7, "Outbox\\lan").whole);
  EXPECT_EQ(path.parse(7, "\\\\"), Win32Error::success);
  EXPECT_TRUE(path.is_root());
}

TEST(Paths, that_are_none_are_refused) {
  Path path;
  for (const char* name : {"a<b", "a>b", "a:b", "a|b", "a\"b", "a*", "a?", "a\tb", "..\\a", "a\\."}) {
    EXPECT_EQ(path.parse(0, name), Win32Error::invalid_name) << name;
  }
  EXPECT_EQ(path.parse(0, std::string(256, 'x')), Win32Error::filename_exced_range);
  EXPECT_EQ(path.parse(0, std::string(200, 'x') + "\\" + std::string(200, 'y')), Win32Error::filename_exced_range);
  EXPECT_EQ(path.parse(0, std::string(255, 'x')), Win32Error::success);
  EXPECT_EQ(path.parse(0, "a*\\b", true), Win32Error::invalid_name);
  EXPECT_EQ(path.parse(0, "a\\b*", true), Win32Error::success);
}

TEST(Paths, sort_a_directory_before_what_is_in_it_and_that_before_its_neighbours) {
  EXPECT_LT(compare_paths("D", "d\\f"), 0);
  EXPECT_LT(compare_paths("d\\f", "D F"), 0);
  EXPECT_LT(compare_paths("d\\zzz", "d!"), 0);
  EXPECT_EQ(compare_paths("D\\f", "d\\F"), 0);
  EXPECT_TRUE(lies_within("D", "d\\f"));
  EXPECT_FALSE(lies_within("D", "D F"));
  EXPECT_FALSE(lies_within("D", "D"));
  EXPECT_TRUE(lies_within("", "D"));
}

class Names : public Drive {};

TEST_F(Names, of_the_greatest_length_are_enumerated) {
  const std::string longest(255, 'x');
  make_file("C:\\" + longest);
  EXPECT_EQ(names("C:\\*"), std::vector<std::string>{longest});
  EXPECT_EQ(try_open("C:\\" + longest + "x"), Win32Error::filename_exced_range);
  EXPECT_EQ(try_open("C:\\a|b", Access::write, share_all, Disposition::create_new), Win32Error::invalid_name);
}

}  // namespace
}  // namespace sim::vfs
