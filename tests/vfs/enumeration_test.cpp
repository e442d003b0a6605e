#include <gtest/gtest.h>

#include "drive.hpp"

namespace sim::vfs {
namespace {

using Names = std::vector<std::string>;

class Enumeration : public Drive {
 protected:
  Enumeration() {
    EXPECT_TRUE(fs.create_directory("C:\\BOX"));
    for (const char* name : {"C:\\BOX\\b.srq", "C:\\BOX\\A.SRQ", "C:\\BOX\\c.job", "C:\\BOX\\noext"})
      make_file(name, "x");
    EXPECT_TRUE(fs.create_directory("C:\\BOX\\Sub"));
    make_file("C:\\BOX\\Sub\\deep.srq");
  }
};

TEST_F(Enumeration, returns_names_in_order_without_regard_to_case) {
  EXPECT_EQ(names("C:\\BOX\\*"), (Names{"A.SRQ", "b.srq", "c.job", "noext", "Sub"}));
  EXPECT_EQ(names("c:\\box\\*.*"), names("C:\\BOX\\*"));
  EXPECT_EQ(names("C:\\*"), Names{"BOX"});
}

TEST_F(Enumeration, returns_names_that_match) {
  EXPECT_EQ(names("C:\\BOX\\*.srq"), (Names{"A.SRQ", "b.srq"}));
  EXPECT_EQ(names("C:\\BOX\\?.*"), (Names{"A.SRQ", "b.srq", "c.job"}));
  EXPECT_EQ(names("C:\\BOX\\c.JOB"), Names{"c.job"});
}

TEST_F(Enumeration, returns_attributes) {
  auto find = fs.find_first("C:\\BOX\\*");
  ASSERT_TRUE(find);
  EXPECT_EQ(fs.find_next(*find)->attributes, (Attributes{.size = 1}));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(fs.find_next(*find));
  EXPECT_EQ(fs.find_next(*find)->attributes, (Attributes{.directory = true}));
  EXPECT_FALSE(fs.find_next(*find));
  EXPECT_EQ(fs.last_error(), Win32Error::no_more_files);
}

TEST_F(Enumeration, begins_with_an_error_where_there_is_nothing_to_find) {
  EXPECT_EQ(error_of(fs.find_first("C:\\BOX\\*.sni")), Win32Error::file_not_found);
  EXPECT_EQ(error_of(fs.find_first("C:\\NONE\\*")), Win32Error::path_not_found);
  EXPECT_EQ(error_of(fs.find_first("C:\\BOX\\c.job\\*")), Win32Error::directory);
  EXPECT_EQ(error_of(fs.find_first("C:\\B*\\x")), Win32Error::invalid_name);
  EXPECT_EQ(error_of(fs.find_first("C:\\")), Win32Error::file_not_found);
}

// FindFirstFile("C:\EMPTY\*") finds "." on a real system.
TEST_F(Enumeration, of_an_empty_directory_succeeds_with_nothing) {
  EXPECT_TRUE(fs.create_directory("C:\\EMPTY"));
  auto find = fs.find_first("C:\\EMPTY\\*");
  ASSERT_TRUE(find);
  EXPECT_FALSE(fs.find_next(*find));
  EXPECT_TRUE(fs.mount("D:"));
  EXPECT_EQ(error_of(fs.find_first("D:\\*")), Win32Error::file_not_found) << "a root has no dot";
}

TEST_F(Enumeration, is_no_snapshot) {
  auto find = fs.find_first("C:\\BOX\\*");
  ASSERT_TRUE(find);
  EXPECT_EQ(fs.find_next(*find)->name, "A.SRQ");
  EXPECT_TRUE(fs.delete_file("C:\\BOX\\b.srq"));
  make_file("C:\\BOX\\a");  // Lies before the last name.
  make_file("C:\\BOX\\bb");
  EXPECT_EQ(fs.find_next(*find)->name, "bb");
  EXPECT_TRUE(fs.delete_file("C:\\BOX\\bb"));
  EXPECT_EQ(fs.find_next(*find)->name, "c.job");
}

TEST_F(Enumeration, ends_in_a_directory_that_was_removed) {
  auto find = fs.find_first("C:\\BOX\\Sub\\*");
  ASSERT_TRUE(find);
  EXPECT_TRUE(fs.delete_file("C:\\BOX\\Sub\\deep.srq"));
  EXPECT_TRUE(fs.remove_directory("C:\\BOX\\Sub"));
  EXPECT_FALSE(fs.find_next(*find));
}

}  // namespace
}  // namespace sim::vfs
