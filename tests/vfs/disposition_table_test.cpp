#include <gtest/gtest.h>

#include "drive.hpp"
#include "tables.hpp"

namespace sim::vfs {
namespace {

class Disposing : public Drive {
 protected:
  /// Brings D:\D\F into the state that a row names. There is no hidden attribute: the recorded rows of a hidden file
  /// are those of an ordinary one.
  void prepare(FileSystem& on, const std::string& state) {
    ASSERT_TRUE(on.mount("D:"));
    if (state == "parent_absent") return;
    ASSERT_TRUE(on.create_directory("D:\\D"));
    if (state == "absent") return;
    if (state == "directory") {
      ASSERT_TRUE(on.create_directory("D:\\D\\F"));
      return;
    }
    const auto file = on.create_file("D:\\D\\F", Access::write, Share::none, Disposition::create_new);
    ASSERT_TRUE(file);
    ASSERT_TRUE(on.write(*file, 0, bytes("0123456789abcdef")));
    ASSERT_TRUE(on.close(*file));
    if (state == "file_readonly") {
      ASSERT_TRUE(on.set_attributes("D:\\D\\F", {.read_only = true}));
    }
  }
};

std::string size_of(FileSystem& fs) {
  const auto attributes = fs.attributes("D:\\D\\F");
  return attributes && !attributes->directory ? std::to_string(attributes->size) : "-1";
}

/// Where Wine is more lenient than Microsoft's documentation of CreateFile: "TRUNCATE_EXISTING: the calling process
/// must open the file with the GENERIC_WRITE bit set".
bool truncates_without_write(const std::vector<std::string>& row) {
  return row[2] == "TRUNCATE_EXISTING" && row[1].find('W') == std::string::npos;
}

TEST_F(Disposing, every_recorded_disposition_agrees_but_truncation_without_write) {
  const auto rows = tables::read("win32_disposition.csv");
  ASSERT_EQ(rows.size(), 330u);
  int exceptions = 0;
  for (const auto& row : rows) {
    FileSystem on;
    prepare(on, row[0]);
    const std::string before = size_of(on);
    ASSERT_TRUE(on.mount("E:"));
    ASSERT_TRUE(on.create_file("E:\\F", Access::none, share_all, Disposition::open_always));
    ASSERT_EQ(on.last_error(), Win32Error::success);  // The recording cleared the last error, too.

    const auto file = on.create_file("D:\\D\\F", tables::access(row[1]), share_all, tables::disposition(row[2]));
    const std::string label = row[0] + " " + row[1] + " " + row[2];
    if (truncates_without_write(row)) {
      ++exceptions;
      ASSERT_EQ(error_of(file), Win32Error::invalid_parameter) << label;
      ASSERT_EQ(size_of(on), before) << label;
      continue;
    }
    ASSERT_EQ(file.has_value() ? "1" : "0", row[3]) << label;
    ASSERT_EQ(std::to_string(static_cast<unsigned>(on.last_error())), row[4]) << label;
    if (!file) {
      ASSERT_EQ(file.error(), on.last_error()) << label;
    }
    ASSERT_EQ(size_of(on), row[5]) << label;
  }
  EXPECT_EQ(exceptions, 6 * 7);
}

// Win32 leaves the last error after a success to each function; here success clears it.
TEST_F(Disposing, success_clears_the_last_error_but_for_files_found_by_create_or_open_always) {
  EXPECT_EQ(try_open("C:\\F"), Win32Error::file_not_found);
  EXPECT_EQ(fs.last_error(), Win32Error::file_not_found);
  open("C:\\F", read_write, share_all, Disposition::open_always);
  EXPECT_EQ(fs.last_error(), Win32Error::success);
  open("C:\\F", read_write, share_all, Disposition::open_always);
  EXPECT_EQ(fs.last_error(), Win32Error::already_exists);
  open("C:\\F", read_write, share_all, Disposition::open_existing);
  EXPECT_EQ(fs.last_error(), Win32Error::success);
}

TEST_F(Disposing, create_new_of_the_root_finds_it) {
  EXPECT_EQ(try_open("C:\\", Access::read, share_all, Disposition::create_new), Win32Error::file_exists);
  EXPECT_EQ(try_open("C:", Access::read), Win32Error::access_denied);
}

}  // namespace
}  // namespace sim::vfs
