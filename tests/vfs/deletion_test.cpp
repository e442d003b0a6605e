#include <gtest/gtest.h>

#include "drive.hpp"

namespace sim::vfs {
namespace {

class Deletion : public Drive {};

TEST_F(Deletion, removes_a_closed_file_at_once) {
  make_file("C:\\F", "x");
  EXPECT_TRUE(fs.delete_file("c:/f"));
  EXPECT_EQ(try_open("C:\\F"), Win32Error::file_not_found);
  EXPECT_EQ(error_of(fs.delete_file("C:\\F")), Win32Error::file_not_found);
  EXPECT_EQ(error_of(fs.delete_file("C:\\D\\F")), Win32Error::path_not_found);
}

TEST_F(Deletion, needs_every_open_to_share_delete) {
  const Handle file = open("C:\\F", Access::read, Share::read | Share::write);
  EXPECT_EQ(error_of(fs.delete_file("C:\\F")), Win32Error::sharing_violation);
  EXPECT_TRUE(fs.close(file));
  EXPECT_TRUE(fs.delete_file("C:\\F"));
}

TEST_F(Deletion, waits_for_the_last_handle) {
  const Handle first = open("C:\\F"), second = open("C:\\F", Access::none, Share::none);
  EXPECT_TRUE(fs.write(first, 0, bytes("still here")));
  EXPECT_TRUE(fs.delete_file("C:\\F"));
  EXPECT_EQ(text_of(first), "still here");
  EXPECT_TRUE(fs.close(first));
  EXPECT_EQ(try_open("C:\\F"), Win32Error::access_denied);
  EXPECT_TRUE(fs.close(second));
  EXPECT_EQ(try_open("C:\\F"), Win32Error::file_not_found);
}

// Wine lets a name that waits for its deletion be reopened; Microsoft documents ERROR_ACCESS_DENIED.
TEST_F(Deletion, makes_the_name_unusable_until_then) {
  const Handle file = open("C:\\F");
  EXPECT_TRUE(fs.delete_file("C:\\F"));
  for (const auto disposition : {Disposition::create_new, Disposition::create_always, Disposition::open_existing,
                                 Disposition::open_always, Disposition::truncate_existing}) {
    EXPECT_EQ(try_open("C:\\F", Access::write, share_all, disposition), Win32Error::access_denied);
  }
  EXPECT_EQ(try_open("C:\\F", Access::none), Win32Error::access_denied);
  EXPECT_EQ(error_of(fs.delete_file("C:\\F")), Win32Error::access_denied);
  EXPECT_EQ(error_of(fs.attributes("C:\\F")), Win32Error::access_denied);
  EXPECT_EQ(error_of(fs.move_file("C:\\F", "C:\\G", false)), Win32Error::access_denied);
  EXPECT_EQ(error_of(fs.create_directory("C:\\F")), Win32Error::access_denied);
  EXPECT_EQ(names("C:\\*"), std::vector<std::string>{"F"}) << "but it is still there";
  EXPECT_TRUE(fs.close(file));
  EXPECT_EQ(try_open("C:\\F", Access::write, share_all, Disposition::create_new), Win32Error::success);
}

TEST_F(Deletion, spares_directories_and_read_only_files) {
  EXPECT_TRUE(fs.create_directory("C:\\D"));
  make_file("C:\\F");
  EXPECT_TRUE(fs.set_attributes("C:\\F", {.read_only = true}));
  EXPECT_EQ(error_of(fs.delete_file("C:\\D")), Win32Error::access_denied);
  EXPECT_EQ(error_of(fs.delete_file("C:\\F")), Win32Error::access_denied);
  EXPECT_EQ(error_of(fs.delete_file("C:\\")), Win32Error::access_denied);
}

}  // namespace
}  // namespace sim::vfs
