#include <gtest/gtest.h>

#include "drive.hpp"

namespace sim::vfs {
namespace {

class Directories : public Drive {};

TEST_F(Directories, are_created_once_and_below_one_that_exists) {
  EXPECT_TRUE(fs.create_directory("C:\\OUTBOX"));
  EXPECT_EQ(error_of(fs.create_directory("C:\\outbox")), Win32Error::already_exists);
  EXPECT_EQ(error_of(fs.create_directory("C:\\A\\B")), Win32Error::path_not_found);
  EXPECT_TRUE(fs.create_directory("C:\\OUTBOX\\LAN"));
  EXPECT_EQ(error_of(fs.create_directory("C:\\")), Win32Error::access_denied);
}

TEST_F(Directories, are_removed_only_when_empty) {
  EXPECT_TRUE(fs.create_directory("C:\\D"));
  make_file("C:\\D\\F");
  EXPECT_EQ(error_of(fs.remove_directory("C:\\D")), Win32Error::dir_not_empty);
  EXPECT_EQ(error_of(fs.remove_directory("C:\\D\\F")), Win32Error::directory);
  EXPECT_TRUE(fs.delete_file("C:\\D\\F"));
  EXPECT_TRUE(fs.remove_directory("C:\\D"));
  EXPECT_EQ(error_of(fs.remove_directory("C:\\D")), Win32Error::file_not_found);
  EXPECT_EQ(error_of(fs.remove_directory("C:\\D\\E")), Win32Error::path_not_found);
}

TEST_F(Directories, holding_a_file_that_waits_for_its_deletion_are_not_empty) {
  EXPECT_TRUE(fs.create_directory("C:\\D"));
  const Handle file = open("C:\\D\\F");
  EXPECT_TRUE(fs.delete_file("C:\\D\\F"));
  EXPECT_EQ(error_of(fs.remove_directory("C:\\D")), Win32Error::dir_not_empty);
  EXPECT_TRUE(fs.close(file));
  EXPECT_TRUE(fs.remove_directory("C:\\D"));
}

TEST_F(Directories, do_not_lie_below_files) {
  make_file("C:\\F");
  EXPECT_EQ(try_open("C:\\F\\G", Access::write, share_all, Disposition::create_new), Win32Error::path_not_found);
  EXPECT_EQ(error_of(fs.create_directory("C:\\F\\D")), Win32Error::path_not_found);
}

class Volumes : public Drive {};

TEST_F(Volumes, are_found_by_their_root) {
  EXPECT_TRUE(fs.mount("\\\\P01\\SMS_SITE"));
  make_file("\\\\p01\\sms_site\\1.PCK", "package");
  EXPECT_EQ(text_of("//P01/SMS_SITE/1.pck"), "package");
  EXPECT_EQ(names("C:\\*"), std::vector<std::string>{});
  EXPECT_EQ(try_open("\\\\P02\\SMS_SITE\\1.PCK"), Win32Error::bad_netpath);
  EXPECT_EQ(try_open("D:\\F"), Win32Error::path_not_found);
  EXPECT_EQ(try_open("CD:\\F"), Win32Error::path_not_found);
  EXPECT_EQ(fs.last_error(), Win32Error::path_not_found);
}

TEST_F(Volumes, are_mounted_once_and_at_a_root) {
  EXPECT_EQ(error_of(fs.mount("c:")), Win32Error::already_assigned);
  for (const char* root : {"", "C", "CC:", "C:\\", "\\\\P01", "\\\\P01\\A\\B", "\\P01\\A", "1:"}) {
    EXPECT_EQ(error_of(fs.mount(root)), Win32Error::invalid_name) << root;
  }
}

TEST_F(Volumes, keep_their_handles_apart) {
  EXPECT_TRUE(fs.mount("D:"));
  const Handle on_c = open("C:\\F"), on_d = open("D:\\F");
  EXPECT_NE(on_c, on_d);
  EXPECT_TRUE(fs.write(on_d, 0, bytes("d")));
  EXPECT_EQ(text_of(on_c), "");
}

TEST(ConnectedVolumes, are_one_volume_on_two_machines) {
  const std::string root = "\\\\P01\\SMS_SITE";
  FileSystem server, client;
  ASSERT_TRUE(server.mount(root));
  ASSERT_TRUE(client.mount("C:"));
  ASSERT_TRUE(client.connect(server, "\\\\p01\\sms_site"));
  const auto written = client.create_file(root + "\\A", Access::write, Share::read, Disposition::create_new);
  ASSERT_TRUE(written);
  EXPECT_TRUE(server.attributes(root + "\\A"));
  // The sharing rules hold between the machines.
  EXPECT_EQ(error_of(server.create_file(root + "\\A", Access::write, Share::read, Disposition::open_existing)),
            Win32Error::sharing_violation);
  EXPECT_TRUE(client.close(*written));
  EXPECT_TRUE(server.delete_file(root + "\\A"));
  EXPECT_EQ(error_of(client.attributes(root + "\\A")), Win32Error::file_not_found);
}

TEST(ConnectedVolumes, must_be_there_and_free) {
  FileSystem server, client;
  EXPECT_EQ(error_of(client.connect(server, "\\\\P01\\SMS_SITE")), Win32Error::bad_netpath);
  ASSERT_TRUE(server.mount("\\\\P01\\SMS_SITE"));
  ASSERT_TRUE(client.connect(server, "\\\\P01\\SMS_SITE"));
  EXPECT_EQ(error_of(client.connect(server, "\\\\P01\\SMS_SITE")), Win32Error::already_assigned);
  EXPECT_EQ(error_of(client.mount("\\\\P01\\SMS_SITE")), Win32Error::already_assigned);
}

}  // namespace
}  // namespace sim::vfs
