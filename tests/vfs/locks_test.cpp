#include <sim/sim.hpp>

#include <limits>

#include "drive.hpp"
#include "tests/explore/class_counter.hpp"

namespace sim::vfs {
namespace {

using classes::Classes;
using classes::count_classes;

class Locks : public Drive {
 protected:
  Locks() {
    make_file("C:\\F", "0123456789");
    mine = open("C:\\F");
    other = open("C:\\F");
  }
  Win32Error try_read(Handle file, std::uint64_t offset, std::size_t size) {
    std::byte buffer[16];
    return error_of(fs.read(file, offset, std::span(buffer).first(size)));
  }
  Win32Error try_write(Handle file, std::uint64_t offset, std::string_view text) {
    return error_of(fs.write(file, offset, bytes(text)));
  }

  Handle mine, other;
};

TEST_F(Locks, exclusive_ones_keep_others_from_reading_and_writing) {
  ASSERT_TRUE(fs.lock(mine, 2, 3, true));
  EXPECT_EQ(try_read(other, 0, 2), Win32Error::success);
  EXPECT_EQ(try_read(other, 0, 3), Win32Error::lock_violation);
  EXPECT_EQ(try_read(other, 4, 1), Win32Error::lock_violation);
  EXPECT_EQ(try_read(other, 5, 5), Win32Error::success);
  EXPECT_EQ(try_write(other, 1, "xx"), Win32Error::lock_violation);
  EXPECT_EQ(try_write(other, 5, "x"), Win32Error::success);
  EXPECT_EQ(try_read(mine, 0, 10), Win32Error::success);
  EXPECT_EQ(try_write(mine, 2, "abc"), Win32Error::success);
  EXPECT_EQ(text_of(mine), "01abcx6789");
}

TEST_F(Locks, shared_ones_keep_everybody_from_writing) {
  ASSERT_TRUE(fs.lock(mine, 2, 3, false));
  EXPECT_EQ(try_read(other, 0, 10), Win32Error::success);
  EXPECT_EQ(try_write(other, 4, "x"), Win32Error::lock_violation);
  EXPECT_EQ(try_write(mine, 4, "x"), Win32Error::lock_violation);
}

TEST_F(Locks, overlap_only_if_both_are_shared_or_the_later_is_shared_and_of_the_same_handle) {
  ASSERT_TRUE(fs.lock(mine, 0, 4, false));
  EXPECT_TRUE(fs.lock(other, 2, 4, false));
  EXPECT_EQ(error_of(fs.lock(other, 3, 1, true)), Win32Error::lock_violation);
  ASSERT_TRUE(fs.lock(mine, 8, 2, true));
  EXPECT_EQ(error_of(fs.lock(mine, 8, 2, true)), Win32Error::lock_violation);
  EXPECT_EQ(error_of(fs.lock(other, 8, 2, false)), Win32Error::lock_violation);
  EXPECT_TRUE(fs.lock(mine, 8, 2, false));
  // Two unlocks: the first takes the exclusive one.
  EXPECT_TRUE(fs.unlock(mine, 8, 2));
  EXPECT_EQ(try_read(other, 8, 2), Win32Error::success);
  EXPECT_EQ(try_write(mine, 8, "x"), Win32Error::lock_violation);
  EXPECT_TRUE(fs.unlock(mine, 8, 2));
  EXPECT_EQ(error_of(fs.unlock(mine, 8, 2)), Win32Error::not_locked);
}

TEST_F(Locks, are_taken_back_by_their_exact_range_and_handle_alone) {
  ASSERT_TRUE(fs.lock(mine, 2, 3, true));
  EXPECT_EQ(error_of(fs.unlock(mine, 2, 2)), Win32Error::not_locked);
  EXPECT_EQ(error_of(fs.unlock(other, 2, 3)), Win32Error::not_locked);
  EXPECT_TRUE(fs.unlock(mine, 2, 3));
  EXPECT_EQ(try_write(other, 2, "x"), Win32Error::success);
}

TEST_F(Locks, end_with_their_handle) {
  ASSERT_TRUE(fs.lock(mine, 0, 10, true));
  ASSERT_TRUE(fs.close(mine));
  EXPECT_EQ(try_read(other, 0, 10), Win32Error::success);
}

TEST_F(Locks, may_lie_behind_the_end) {
  ASSERT_TRUE(fs.lock(mine, 10, std::numeric_limits<std::uint64_t>::max() - 10, true));
  EXPECT_EQ(try_read(other, 0, 10), Win32Error::success);
  EXPECT_EQ(try_read(other, 5, 6), Win32Error::lock_violation);
  EXPECT_EQ(try_write(other, 10, "x"), Win32Error::lock_violation);
  EXPECT_EQ(error_of(fs.lock(other, 5, std::numeric_limits<std::uint64_t>::max(), true)),
            Win32Error::invalid_lock_range);
}

TEST_F(Locks, need_a_handle_that_reads_or_writes) {
  const Handle appends = open("C:\\F", Access::append);
  EXPECT_EQ(error_of(fs.lock(appends, 0, 1, true)), Win32Error::access_denied);
  ASSERT_TRUE(fs.close(appends));
  EXPECT_EQ(error_of(fs.lock(appends, 0, 1, true)), Win32Error::invalid_handle);
}

TEST_F(Locks, belong_to_the_fingerprint) {
  const Hash128 before = fs.fingerprint();
  ASSERT_TRUE(fs.lock(mine, 2, 3, true));
  const Hash128 exclusive = fs.fingerprint();
  EXPECT_NE(exclusive, before);
  ASSERT_TRUE(fs.unlock(mine, 2, 3));
  EXPECT_EQ(fs.fingerprint(), before);
  ASSERT_TRUE(fs.lock(mine, 2, 3, false));
  EXPECT_NE(fs.fingerprint(), exclusive);
}

/// Two threads that each lock one byte of a file, write it and unlock it.
auto two_lockers(std::uint64_t first, std::uint64_t second) {
  return [first, second] {
    FileSystem fs;
    check(fs.mount("C:").has_value(), "mount");
    const auto made = fs.create_file("C:\\F", read_write, share_all, Disposition::create_new);
    check(fs.set_end(*made, 1 << 20).has_value(), "size");
    const auto body = [&fs](std::uint64_t at) {
      const auto file = fs.create_file("C:\\F", read_write, share_all, Disposition::open_existing);
      const bool locked = fs.lock(*file, at, 1, true).has_value();
      observe("t" + std::to_string(runtime::this_thread()),
              std::to_string(locked) + std::to_string(static_cast<int>(error_of(fs.write(*file, at, bytes("x"))))));
    };
    thread a([&] { body(first); }), b([&] { body(second); });
    a.join();
    b.join();
  };
}

TEST(LockFootprints, of_different_blocks_share_nothing) {
  EXPECT_EQ(count_classes(two_lockers(0, 1 << 19)).count(), 1u);
}

TEST(LockFootprints, of_one_byte_are_ordered_with_locks_and_writes) {
  const Classes classes = count_classes(two_lockers(0, 0));
  EXPECT_TRUE(classes.sound()) << classes.example;
  // The one that locks first, and then whether the other comes before or behind its write: that makes no difference.
  EXPECT_EQ(classes.all_outcomes().size(), 2u);
  Options options;
  const Report report = explore(two_lockers(0, 0), options);
  EXPECT_EQ(report.executions, classes.count());
}

/// What a write meets while another thread locks the byte and gives it back.
TEST(LockFootprints, of_giving_back_are_ordered_with_writes) {
  for (const bool by_closing : {false, true}) {
    const auto program = [by_closing] {
      FileSystem fs;
      check(fs.mount("C:").has_value(), "mount");
      check(fs.create_file("C:\\F", read_write, share_all, Disposition::create_new).has_value(), "create");
      thread locks([&] {
        const auto file = fs.create_file("C:\\F", read_write, share_all, Disposition::open_existing);
        check(fs.lock(*file, 4, 2, false).has_value(), "lock");
        check(by_closing ? fs.close(*file).has_value() : fs.unlock(*file, 4, 2).has_value(), "give back");
      });
      thread writes([&] {
        const auto file = fs.create_file("C:\\F", read_write, share_all, Disposition::open_existing);
        observe("write", static_cast<int>(error_of(fs.write(*file, 5, bytes("x")))));
      });
      locks.join();
      writes.join();
    };
    const Classes classes = count_classes(program);
    EXPECT_TRUE(classes.sound()) << classes.example;
    EXPECT_EQ(classes.count(), 3u);  // Before the lock, under it, and behind it.
    const Report report = explore(program);
    EXPECT_EQ(report.outcomes, (std::map<std::string, std::uint64_t>{{"write=0", 2}, {"write=33", 1}}));
  }
}

TEST(LockFootprints, of_no_bytes_are_ordered_with_the_closing_of_their_handle_by_another_thread) {
  for (const bool unlocks : {false, true}) {
    const auto program = [unlocks] {
      FileSystem fs;
      check(fs.mount("C:", {}).has_value(), "mount");
      thread owner([&] {
        const Handle file = *fs.create_file("C:\\F", read_write, share_all, Disposition::create_new);
        static_cast<void>(fs.write(file, 0, bytes("text")));
        const auto result = unlocks ? fs.unlock(file, 2, 0) : fs.lock(file, 2, 0, true);
        observe("result", static_cast<int>(error_of(result)));
      });
      thread other([&] { static_cast<void>(fs.close(Handle{0, 1, 0})); });
      owner.join();
      other.join();
    };
    const Classes classes = count_classes(program);
    EXPECT_TRUE(classes.sound()) << classes.example;
  }
}

}  // namespace
}  // namespace sim::vfs
