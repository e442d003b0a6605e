#include <gtest/gtest.h>

#include "drive.hpp"
#include "tables.hpp"

namespace sim::vfs {
namespace {

TEST(SharingTable, every_recorded_pair_of_opens_agrees) {
  const auto rows = tables::read("win32_sharing_open_existing.csv");
  ASSERT_EQ(rows.size(), 7744u);
  FileSystem fs;
  ASSERT_TRUE(fs.mount("C:"));
  const auto made = fs.create_file("C:\\F", Access::none, Share::none, Disposition::create_new);
  ASSERT_TRUE(made);
  ASSERT_TRUE(fs.close(*made));
  for (const auto& row : rows) {
    const auto first =
        fs.create_file("C:\\F", tables::access(row[0]), tables::share(row[1]), Disposition::open_existing);
    ASSERT_TRUE(first);
    const auto second =
        fs.create_file("C:\\F", tables::access(row[2]), tables::share(row[3]), Disposition::open_existing);
    ASSERT_EQ(std::to_string(static_cast<unsigned>(error_of(second))), row[4])
        << row[0] << " share " << row[1] << ", then " << row[2] << " share " << row[3];
    if (second) {
      ASSERT_TRUE(fs.close(*second));
    }
    ASSERT_TRUE(fs.close(*first));
  }
}

class Sharing : public Drive {};

TEST_F(Sharing, overwriting_is_checked_like_writing_but_recorded_as_asked) {
  make_file("C:\\F", "data");
  const Handle reader = open("C:\\F", Access::read, Share::read, Disposition::open_existing);
  EXPECT_EQ(try_open("C:\\F", Access::read, Share::read, Disposition::create_always), Win32Error::sharing_violation);
  EXPECT_EQ(text_of(reader), "data");
  EXPECT_TRUE(fs.close(reader));

  const Handle overwriter = open("C:\\F", Access::read, Share::read, Disposition::create_always);
  EXPECT_EQ(try_open("C:\\F", Access::read, Share::read), Win32Error::success);
  EXPECT_TRUE(fs.close(overwriter));
}

TEST_F(Sharing, overwriting_without_access_needs_others_to_share_write) {
  make_file("C:\\F", "data");
  const Handle reader = open("C:\\F", Access::read, Share::read, Disposition::open_existing);
  EXPECT_EQ(try_open("C:\\F", Access::none, share_all, Disposition::create_always), Win32Error::sharing_violation);
  EXPECT_TRUE(fs.close(reader));
}

TEST_F(Sharing, ends_when_the_handle_is_closed) {
  const Handle sender = open("C:\\1.PCK", Access::write, Share::none, Disposition::create_always);
  EXPECT_EQ(try_open("C:\\1.PCK", Access::write, share_all), Win32Error::sharing_violation);
  EXPECT_EQ(fs.last_error(), Win32Error::sharing_violation);
  EXPECT_TRUE(fs.close(sender));
  EXPECT_EQ(try_open("C:\\1.PCK", Access::write, share_all), Win32Error::success);
}

}  // namespace
}  // namespace sim::vfs
