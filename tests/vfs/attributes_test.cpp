#include <gtest/gtest.h>

#include "drive.hpp"

namespace sim::vfs {
namespace {

class AttributesOf : public Drive {};

TEST_F(AttributesOf, a_file_tell_its_size) {
  make_file("C:\\F", "12345");
  EXPECT_EQ(*fs.attributes("C:\\F"), (Attributes{.read_only = false, .directory = false, .size = 5}));
}

TEST_F(AttributesOf, a_directory_and_the_root_tell_what_they_are) {
  EXPECT_TRUE(fs.create_directory("C:\\D"));
  EXPECT_EQ(*fs.attributes("C:\\D\\"), (Attributes{.directory = true}));
  EXPECT_EQ(*fs.attributes("C:\\"), (Attributes{.directory = true}));
}

TEST_F(AttributesOf, what_is_absent_are_an_error) {
  EXPECT_EQ(error_of(fs.attributes("C:\\F")), Win32Error::file_not_found);
  EXPECT_EQ(error_of(fs.attributes("C:\\D\\F")), Win32Error::path_not_found);
  EXPECT_EQ(error_of(fs.set_attributes("C:\\F", {})), Win32Error::file_not_found);
}

TEST_F(AttributesOf, an_open_file_can_be_changed) {
  const Handle file = open("C:\\F", read_write, Share::none);
  EXPECT_TRUE(fs.set_attributes("C:\\F", {.read_only = true, .directory = true, .size = 99}));
  EXPECT_EQ(*fs.attributes("C:\\F"), (Attributes{.read_only = true}));
  EXPECT_TRUE(fs.write(file, 0, bytes("handles keep their rights")));
  EXPECT_TRUE(fs.close(file));
  EXPECT_EQ(try_open("C:\\F", Access::write), Win32Error::access_denied);
  EXPECT_EQ(try_open("C:\\F", Access::read), Win32Error::success);
  EXPECT_TRUE(fs.set_attributes("C:\\F", {}));
  EXPECT_EQ(try_open("C:\\F", Access::write), Win32Error::success);
}

}  // namespace
}  // namespace sim::vfs
