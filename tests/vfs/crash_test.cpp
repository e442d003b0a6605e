#include <sim/sim.hpp>

#include <set>

#include "drive.hpp"
#include "tests/explore/class_counter.hpp"

namespace sim::vfs {
namespace {

using classes::Classes;
using classes::count_classes;

/// What can be found in C:\F after `body`, which gets the filesystem and an open handle, and a power loss.
template <class Body>
std::map<std::string, std::uint64_t> after_power_loss(Durability durability, Body body) {
  const Report report = explore([&] {
    FileSystem fs;
    check(fs.mount("C:", {.durability = durability}).has_value(), "mount");
    const auto file = fs.create_file("C:\\F", read_write, share_all, Disposition::create_new);
    body(fs, *file);
    check(fs.lose_power("C:").has_value(), "power loss");
    check(error_of(fs.close(*file)) == Win32Error::invalid_handle, "no handle is left");
    const auto again = fs.create_file("C:\\F", Access::read, Share::none, Disposition::open_existing);
    char text[32] = {};
    const auto count = fs.read(*again, 0, std::as_writable_bytes(std::span(text)));
    std::string found(text, *count);
    for (char& c : found) c = c == '\0' ? '_' : c;
    observe("found", found);
  });
  EXPECT_EQ(report.verdict, Verdict::holds);
  return report.outcomes;
}
using Outcomes = std::map<std::string, std::uint64_t>;

TEST(PowerLoss, loses_nothing_unless_asked) {
  const auto write = [](FileSystem& fs, Handle file) { static_cast<void>(fs.write(file, 0, bytes("text"))); };
  EXPECT_EQ(after_power_loss(Durability::everything, write), (Outcomes{{"found=text", 1}}));
}

TEST(PowerLoss, leaves_any_subset_of_what_was_not_flushed) {
  const auto write = [](FileSystem& fs, Handle file) {
    check(fs.write(file, 0, bytes("AAAA")) && fs.flush(file) && fs.write(file, 2, bytes("BB")) &&
              fs.write(file, 4, bytes("CC")),
          "write");
  };
  EXPECT_EQ(after_power_loss(Durability::subsets, write),
            (Outcomes{{"found=AAAA", 1}, {"found=AABB", 1}, {"found=AAAACC", 1}, {"found=AABBCC", 1}}));
}

// The gap that a lost write leaves reads as zeros, and a file of which nothing survives is empty.
TEST(PowerLoss, leaves_empty_files_and_gaps) {
  const auto write = [](FileSystem& fs, Handle file) {
    check(fs.write(file, 0, bytes("AA")) && fs.write(file, 2, bytes("BB")), "write");
  };
  EXPECT_EQ(after_power_loss(Durability::subsets, write),
            (Outcomes{{"found=", 1}, {"found=AA", 1}, {"found=__BB", 1}, {"found=AABB", 1}}));
}

// What reports call the objects of events that touch everything, or whose fault struck before they touched anything.
TEST(PowerLoss, is_told_by_the_name_of_the_volume) {
  const Report report = explore([] {
    FileSystem fs;
    FaultBudget budget(1);
    check(fs.mount("C:", {.faults = {Fault::disk_full, &budget}}).has_value(), "mount");
    const auto file = fs.create_file("C:\\F", read_write, share_all, Disposition::create_new);
    const bool written = fs.write(*file, 0, bytes("text")).has_value();
    static_cast<void>(fs.close_handles_of(std::vector<ThreadId>{0}));
    static_cast<void>(fs.lose_power("C:"));
    check(written, "no-full-disk");
  });
  ASSERT_EQ(report.verdict, Verdict::violated);
  const Trace& trace = report.violations.front().trace;
  std::vector<std::string> names;
  for (const Event& event : trace.events()) {
    if (event.operation.object != no_object) names.push_back(trace.object_name(event.operation.object));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"C:\\F", "C:\\F [contents]", "C:", "C:"}));
}

TEST(PowerLoss, tears_writes) {
  const auto write = [](FileSystem& fs, Handle file) { static_cast<void>(fs.write(file, 0, bytes("text"))); };
  EXPECT_EQ(after_power_loss(Durability::torn, write), (Outcomes{{"found=", 1}, {"found=te", 1}, {"found=text", 1}}));
}

TEST(PowerLoss, undoes_changes_of_size) {
  const auto cut = [](FileSystem& fs, Handle file) {
    check(fs.write(file, 0, bytes("AAAA")) && fs.flush(file) && fs.set_end(file, 2), "write");
  };
  EXPECT_EQ(after_power_loss(Durability::subsets, cut), (Outcomes{{"found=AA", 1}, {"found=AAAA", 1}}));
}

// A write that reached the disk may need the room of a cut that did not.
TEST(PowerLoss, leaves_no_room_where_more_came_back_than_fits) {
  const Report report = explore([] {
    FileSystem fs;
    check(fs.mount("C:", {.capacity_bytes = 4, .durability = Durability::subsets}).has_value(), "mount");
    const auto cut = fs.create_file("C:\\CUT", Access::write, share_all, Disposition::create_new);
    const auto grown = fs.create_file("C:\\GROWN", Access::write, share_all, Disposition::create_new);
    check(fs.write(*cut, 0, bytes("1234")) && fs.flush(*cut) && fs.set_end(*cut, 0), "cut");
    check(fs.write(*grown, 0, bytes("1234")) && fs.flush(*grown) && fs.lose_power("C:"), "grown");
    const auto again = fs.create_file("C:\\GROWN", Access::write, share_all, Disposition::open_existing);
    observe("write", static_cast<int>(error_of(fs.write(*again, 4, bytes("5")))));
  });
  EXPECT_EQ(report.outcomes, (Outcomes{{"write=112", 2}}));
}

TEST(PowerLoss, keeps_what_was_written_through_though_not_what_was_written_before_it) {
  const auto write = [](FileSystem& fs, Handle file) {
    const auto through =
        fs.create_file("C:\\F", Access::write, share_all, Disposition::open_existing, OpenFlags::write_through);
    check(fs.write(file, 0, bytes("AA")) && fs.write(*through, 2, bytes("BB")), "write");
  };
  EXPECT_EQ(after_power_loss(Durability::subsets, write), (Outcomes{{"found=AABB", 1}, {"found=__BB", 1}}));
}

TEST(PowerLoss, keeps_names_and_forgets_deletions_that_waited) {
  const auto remove = [](FileSystem& fs, Handle) {
    check(fs.delete_file("C:\\F").has_value(), "delete");
    check(error_of(fs.attributes("C:\\F")) == Win32Error::access_denied, "pending");
  };
  EXPECT_EQ(after_power_loss(Durability::subsets, remove), (Outcomes{{"found=", 1}}));
}

// Write to a temporary name, rename: without a flush in between, the power loss leaves the name and not the contents.
TEST(PowerLoss, finds_the_rename_that_overtook_its_data) {
  const auto save = [](bool flushes) {
    return [flushes] {
      FileSystem fs;
      check(fs.mount("C:", {.durability = Durability::subsets}).has_value(), "mount");
      thread writer([&] {
        const auto file = fs.create_file("C:\\1.TMP", Access::write, Share::none, Disposition::create_new);
        if (!file || !fs.write(*file, 0, bytes("data"))) return;
        if (flushes && !fs.flush(*file)) return;
        if (fs.close(*file)) static_cast<void>(fs.move_file("C:\\1.TMP", "C:\\1.SRQ", false));
      });
      static_cast<void>(fs.lose_power("C:"));
      writer.join();
      check(fs.lose_power("C:").has_value(), "power loss");
      const auto found = fs.attributes("C:\\1.SRQ");
      check(!found || found->size == 4, "no-torn-record");
    };
  };
  EXPECT_EQ(explore(save(true)).verdict, Verdict::holds);
  const Report report = explore(save(false));
  ASSERT_EQ(report.verdict, Verdict::violated);
  EXPECT_EQ(report.violations[0].property, "no-torn-record");
}

TEST(PowerLoss, has_footprints_that_are_sound) {
  const auto program = [] {
    FileSystem fs;
    check(fs.mount("C:", {.durability = Durability::torn}).has_value(), "mount");
    const auto write = [&fs](std::string_view path) {
      const auto file = fs.create_file(path, Access::write, share_all, Disposition::open_always);
      if (!file) return;
      const bool wrote = fs.write(*file, 0, bytes("xy")).has_value();
      if (wrote) static_cast<void>(fs.flush(*file));
    };
    thread first([&] { write("C:\\A"); }), second([&] { write("C:\\B"); });
    thread power([&] { static_cast<void>(fs.lose_power("C:")); });
    first.join();
    second.join();
    power.join();
    observe("files", std::to_string(fs.fingerprint().low));
  };
  const Classes classes = count_classes(program);
  EXPECT_TRUE(classes.sound()) << classes.example;
  const Report report = explore(program);
  EXPECT_EQ(report.executions, classes.count());
  EXPECT_EQ(report.blocked_executions, 0u);
  Outcomes brute_force = classes.all_outcomes();
  for (const auto& [outcome, count] : report.outcomes) EXPECT_EQ(brute_force.erase(outcome), 1u);
  EXPECT_TRUE(brute_force.empty());
}

TEST(PowerLoss, orders_flushes_and_writes_of_one_file) {
  const auto program = [](std::uint64_t second) {
    return [second] {
      FileSystem fs;
      check(fs.mount("C:", {.durability = Durability::subsets}).has_value(), "mount");
      const auto file = fs.create_file("C:\\F", read_write, share_all, Disposition::create_new);
      check(fs.set_end(*file, 1 << 20).has_value() && fs.flush(*file).has_value(), "size");
      thread writes([&] { check(fs.write(*file, 0, bytes("x")).has_value(), "write"); });
      thread other([&] {
        const bool done = second == 0 ? fs.flush(*file).has_value() : fs.write(*file, second, bytes("y")).has_value();
        check(done, "flush or write");
      });
      writes.join();
      other.join();
      observe("files", std::to_string(fs.fingerprint().low));
    };
  };
  // A flush, and a write of another block: what is not on the disk yet is in an order.
  for (const std::uint64_t second : {0u, 1u << 19}) {
    const Classes classes = count_classes(program(second));
    EXPECT_TRUE(classes.sound()) << classes.example;
    EXPECT_EQ(classes.count(), 2u);
    EXPECT_EQ(explore(program(second)).outcomes.size(), 2u);
  }
}

TEST(PowerLoss, ends_remote_handles_like_a_drop) {
  FileSystem fs;
  ASSERT_TRUE(fs.mount("D:"));
  ASSERT_TRUE(fs.mount_share(R"(\\P01\D)", "D:"));
  const auto local = fs.create_file("D:\\F", Access::write, share_all, Disposition::create_new);
  const auto remote = fs.create_file(R"(\\P01\D\F)", Access::write, share_all, Disposition::open_existing);
  ASSERT_TRUE(local && remote);
  ASSERT_TRUE(fs.lose_power("D:"));
  EXPECT_EQ(error_of(fs.write(*local, 0, bytes("x"))), Win32Error::invalid_handle);
  EXPECT_EQ(error_of(fs.write(*remote, 0, bytes("x"))), Win32Error::netname_deleted);
  EXPECT_TRUE(fs.close(*remote));
  EXPECT_TRUE(fs.create_file("D:\\F", Access::write, Share::none, Disposition::open_existing));
}

TEST(ProcessEnd, closes_handles_and_keeps_what_was_written) {
  const Report report = explore([] {
    FileSystem fs;
    check(fs.mount("C:", {.durability = Durability::subsets}).has_value(), "mount");
    check(fs.mount("D:").has_value(), "mount");
    ThreadId owner = 0;
    thread process([&] {
      owner = runtime::this_thread();
      const auto file = fs.create_file("C:\\F", read_write, Share::none, Disposition::create_new);
      check(fs.write(*file, 0, bytes("text")).has_value(), "write");
      check(fs.lock(*file, 0, 4, true).has_value(), "lock");
      check(fs.create_file("D:\\G", read_write, Share::none, Disposition::create_new).has_value(), "create");
    });
    process.join();
    const auto mine = fs.create_file("D:\\MINE", read_write, Share::none, Disposition::create_new);
    check(fs.close_handles_of({&owner, 1}).has_value(), "end");
    const auto again = fs.create_file("C:\\F", Access::read, Share::none, Disposition::open_existing);
    check(again && fs.attributes("C:\\F")->size == 4, "closed-and-kept");
    check(fs.delete_file("D:\\G").has_value(), "closed");
    check(fs.close(*mine).has_value(), "not-mine");
  });
  EXPECT_EQ(report.verdict, Verdict::holds) << report.violations.front().detail;
}

// The hook by which a filesystem hears of sim::process.
TEST(ProcessEnd, of_a_crash_closes_handles_and_lets_others_open) {
  const auto program = [](bool shares) {
    return [shares] {
      FileSystem fs;
      check(fs.mount("C:", {.durability = Durability::subsets}).has_value(), "mount");
      process sender{"sender"};
      const Share share = shares ? share_all : Share::none;
      thread claims = sender.start("claims", [&fs, share] {
        const auto file = fs.create_file("C:\\F", read_write, share, Disposition::open_always);
        if (file) static_cast<void>(fs.write(*file, 0, bytes("mine")));
        binary_semaphore(0).acquire();
      });
      thread other([&fs, share] {
        const auto file = fs.create_file("C:\\F", read_write, share, Disposition::open_always);
        observe("other", static_cast<int>(error_of(file)));
        if (file) check(fs.close(*file).has_value(), "close");
      });
      sender.crash();
      claims.join();
      other.join();
      const auto found = fs.create_file("C:\\F", read_write, Share::none, Disposition::open_always);
      check(found.has_value(), "closed-with-its-process");
      observe("size", static_cast<int>(fs.attributes("C:\\F")->size));
      check(fs.close(*found).has_value(), "close");
      check(fs.delete_file("C:\\F").has_value(), "delete");
    };
  };
  for (const bool shares : {false, true}) {
    const Classes classes = count_classes(program(shares));
    EXPECT_TRUE(classes.sound()) << classes.example;
    const Report report = explore(program(shares));
    EXPECT_EQ(report.verdict, Verdict::holds) << report.violations.front().detail;
    EXPECT_EQ(report.executions, classes.count());
    EXPECT_EQ(report.blocked_executions, 0u);
    std::set<std::string> seen, expected = {"other=0 size=0", "other=0 size=4"};
    if (!shares) expected.insert({"other=32 size=0", "other=32 size=4"});
    for (const auto& [outcome, count] : report.outcomes) seen.insert(outcome);
    EXPECT_EQ(seen, expected);
  }
}

TEST(Flushing, needs_a_handle_that_writes) {
  FileSystem fs;
  ASSERT_TRUE(fs.mount("C:"));
  const auto file = fs.create_file("C:\\F", Access::read, share_all, Disposition::create_new);
  EXPECT_EQ(error_of(fs.flush(*file)), Win32Error::access_denied);
  EXPECT_EQ(error_of(fs.flush(Handle{})), Win32Error::invalid_handle);
}

TEST(Flushing, of_a_handle_that_another_thread_closes_is_ordered_with_that) {
  for (const Durability durability : {Durability::everything, Durability::subsets}) {
    const Classes classes = count_classes([durability] {
      FileSystem fs;
      check(fs.mount("C:", {.durability = durability}).has_value(), "mount");
      Handle file;
      thread owner([&] {
        file = *fs.create_file("C:\\F", read_write, share_all, Disposition::create_new);
        observe("flush", static_cast<int>(error_of(fs.flush(file))));
      });
      thread other([&] { static_cast<void>(fs.close(Handle{0, 1, 0})); });
      owner.join();
      other.join();
    });
    EXPECT_TRUE(classes.sound()) << classes.example;
  }
}

}  // namespace
}  // namespace sim::vfs
