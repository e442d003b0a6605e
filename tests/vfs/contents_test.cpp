#include <gtest/gtest.h>

#include "drive.hpp"

namespace sim::vfs {
namespace {

class Contents : public Drive {};

TEST_F(Contents, bytes_written_are_bytes_read) {
  const Handle file = open("C:\\F");
  EXPECT_EQ(*fs.write(file, 0, bytes("sync point")), 10u);
  EXPECT_EQ(text_of(file), "sync point");
  EXPECT_EQ(text_of(file, 5), "point");
  EXPECT_EQ(text_of(file, 0, 4), "sync");
  EXPECT_EQ(text_of(file, 10), "");
  EXPECT_EQ(text_of(file, 1 << 20), "");
}

TEST_F(Contents, a_gap_reads_as_zeros) {
  const Handle file = open("C:\\F");
  EXPECT_TRUE(fs.write(file, 3, bytes("x")));
  EXPECT_EQ(text_of(file), std::string("\0\0\0x", 4));
  EXPECT_TRUE(fs.set_end(file, 6));
  EXPECT_EQ(text_of(file), std::string("\0\0\0x\0\0", 6));
  EXPECT_TRUE(fs.set_end(file, 2));
  EXPECT_TRUE(fs.set_end(file, 4));
  EXPECT_EQ(text_of(file), std::string("\0\0\0\0", 4));
}

TEST_F(Contents, writing_nothing_does_not_extend) {
  const Handle file = open("C:\\F");
  EXPECT_EQ(*fs.write(file, 100, {}), 0u);
  EXPECT_EQ(fs.attributes("C:\\F")->size, 0u);
}

TEST_F(Contents, a_handle_that_may_only_append_writes_at_the_end) {
  make_file("C:\\F", "one ");
  const Handle file = open("C:\\F", Access::append);
  EXPECT_TRUE(fs.write(file, 0, bytes("two")));
  EXPECT_EQ(error_of(fs.set_end(file, 0)), Win32Error::access_denied);
  EXPECT_TRUE(fs.close(file));
  EXPECT_EQ(text_of("C:\\F"), "one two");
}

TEST_F(Contents, a_handle_does_only_what_it_was_opened_for) {
  make_file("C:\\F", "data");
  std::byte buffer[4];
  const Handle writer = open("C:\\F", Access::write);
  EXPECT_EQ(error_of(fs.read(writer, 0, buffer)), Win32Error::access_denied);
  const Handle reader = open("C:\\F", Access::read);
  EXPECT_EQ(error_of(fs.write(reader, 0, bytes("x"))), Win32Error::access_denied);
  EXPECT_EQ(error_of(fs.set_end(reader, 0)), Win32Error::access_denied);
  const Handle asker = open("C:\\F", Access::read_attributes);
  EXPECT_EQ(error_of(fs.read(asker, 0, buffer)), Win32Error::access_denied);
  EXPECT_EQ(fs.last_error(), Win32Error::access_denied);
}

TEST_F(Contents, a_closed_handle_is_invalid) {
  const Handle file = open("C:\\F");
  EXPECT_TRUE(fs.close(file));
  std::byte buffer[4];
  EXPECT_EQ(error_of(fs.close(file)), Win32Error::invalid_handle);
  EXPECT_EQ(error_of(fs.read(file, 0, buffer)), Win32Error::invalid_handle);
  EXPECT_EQ(error_of(fs.write(file, 0, bytes("x"))), Win32Error::invalid_handle);
  EXPECT_EQ(error_of(fs.set_end(file, 0)), Win32Error::invalid_handle);
  EXPECT_EQ(error_of(fs.rename_by_handle(file, "C:\\G", false)), Win32Error::invalid_handle);
  EXPECT_EQ(error_of(fs.close(Handle{})), Win32Error::invalid_handle);
}

TEST_F(Contents, a_handle_takes_the_lowest_free_number) {
  const Handle first = open("C:\\A"), second = open("C:\\B"), third = open("C:\\C");
  EXPECT_TRUE(fs.close(second));
  EXPECT_EQ(open("C:\\D"), second);
  EXPECT_TRUE(fs.close(first));
  EXPECT_TRUE(fs.close(third));
  EXPECT_EQ(open("C:\\E"), first);
}

class SmallVolume : public Drive {
 protected:
  SmallVolume() { EXPECT_TRUE(fs.mount("S:", {.capacity_bytes = 10})); }
};

TEST_F(SmallVolume, a_write_that_does_not_fit_fails_entirely) {
  const Handle file = open("S:\\F");
  EXPECT_TRUE(fs.write(file, 0, bytes("12345678")));
  EXPECT_EQ(error_of(fs.write(file, 8, bytes("abc"))), Win32Error::disk_full);
  EXPECT_EQ(fs.last_error(), Win32Error::disk_full);
  EXPECT_EQ(text_of(file), "12345678");
  EXPECT_TRUE(fs.write(file, 8, bytes("ab")));
  EXPECT_TRUE(fs.write(file, 0, bytes("9876543210")));
  EXPECT_EQ(error_of(fs.set_end(file, 11)), Win32Error::disk_full);
}

TEST_F(SmallVolume, space_comes_back_by_cutting_overwriting_and_deleting) {
  const Handle file = open("S:\\F");
  EXPECT_TRUE(fs.set_end(file, 10));
  EXPECT_TRUE(fs.set_end(file, 4));
  const Handle other = open("S:\\G");
  EXPECT_TRUE(fs.set_end(other, 6));
  EXPECT_TRUE(fs.close(other));
  EXPECT_TRUE(fs.close(open("S:\\G", read_write, share_all, Disposition::create_always)));
  EXPECT_TRUE(fs.set_end(file, 10));
  EXPECT_TRUE(fs.delete_file("S:\\F"));
  EXPECT_EQ(error_of(fs.set_end(open("S:\\H"), 1)), Win32Error::disk_full) << "the deleted file is still open";
  EXPECT_TRUE(fs.close(file));
  EXPECT_TRUE(fs.set_end(open("S:\\I"), 10));
}

TEST_F(SmallVolume, sizes_beyond_64_bits_are_refused) {
  const Handle file = open("S:\\F");
  EXPECT_EQ(error_of(fs.write(file, ~std::uint64_t{0}, bytes("xy"))), Win32Error::invalid_parameter);
  EXPECT_EQ(error_of(fs.write(file, ~std::uint64_t{0} - 2, bytes("xy"))), Win32Error::disk_full);
  EXPECT_EQ(error_of(fs.set_end(file, ~std::uint64_t{0})), Win32Error::disk_full);
}

}  // namespace
}  // namespace sim::vfs
