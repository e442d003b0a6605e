#include <sim/sim.hpp>

#include "drive.hpp"
#include "tests/explore/class_counter.hpp"

namespace sim::vfs {
namespace {

using classes::Classes;
using classes::count_classes;

class Watches : public Drive {
 protected:
  Watches() { EXPECT_TRUE(fs.create_directory("C:\\BOX")); }

  Watch begin(std::string_view directory, WatchOptions options = {}) {
    const auto watch = fs.watch(directory, options);
    EXPECT_TRUE(watch);
    return *watch;
  }
  /// What was collected: a sign and a name each.
  std::string changes(Watch watch) {
    const auto notices = fs.read_changes_for(watch, std::chrono::seconds(1));
    if (!notices) return "error " + std::to_string(static_cast<unsigned>(notices.error()));
    if (notices->empty()) return "overflow";
    std::string text;
    for (const Notice& notice : *notices) {
      text += text.empty() ? "" : " ";
      text += " +-~<>"[static_cast<std::size_t>(notice.change)] + notice.name;
    }
    return text;
  }
};

TEST_F(Watches, tell_names_that_come_go_and_change_in_order) {
  const Watch watch = begin("C:\\BOX");
  make_file("C:\\BOX\\1.TMP", "text");
  ASSERT_TRUE(fs.move_file("C:\\BOX\\1.TMP", "C:\\BOX\\1.SNI", false));
  ASSERT_TRUE(fs.delete_file("C:\\BOX\\1.SNI"));
  ASSERT_TRUE(fs.create_directory("C:\\BOX\\D"));
  EXPECT_EQ(changes(watch), "+1.TMP <1.TMP >1.SNI -1.SNI +D");
  EXPECT_EQ(changes(watch), "error 258");
}

TEST_F(Watches, see_nothing_of_other_directories_and_of_contents_unless_asked) {
  make_file("C:\\BOX\\OLD", "text");
  ASSERT_TRUE(fs.create_directory("C:\\BOX\\D"));
  const Watch names = begin("C:\\BOX"), all = begin("C:\\", {.subtree = true, .modifications = true});
  make_file("C:\\BOX\\D\\NEW");
  make_file("C:\\OUTSIDE");
  const Handle old = open("C:\\BOX\\OLD");
  ASSERT_TRUE(fs.write(old, 0, bytes("T")));
  ASSERT_TRUE(fs.write(old, 1, bytes("E")));
  ASSERT_TRUE(fs.move_file("C:\\OUTSIDE", "C:\\BOX\\INSIDE", false));
  EXPECT_EQ(changes(names), "+INSIDE");
  // Two writes of one file, one notice. Moving it to another directory is a removal and an addition.
  EXPECT_EQ(changes(all), "+BOX\\D\\NEW +OUTSIDE ~BOX\\OLD -OUTSIDE +BOX\\INSIDE");
}

TEST_F(Watches, that_overflow_lose_everything_and_say_so_once) {
  const Watch watch = begin("C:\\BOX", {.capacity = 2});
  for (const char* name : {"C:\\BOX\\1", "C:\\BOX\\2", "C:\\BOX\\3", "C:\\BOX\\4"}) make_file(name);
  EXPECT_EQ(changes(watch), "overflow");
  make_file("C:\\BOX\\5");
  EXPECT_EQ(changes(watch), "+5");
}

TEST_F(Watches, tell_a_deferred_deletion_when_it_happens) {
  const Handle file = open("C:\\BOX\\1");
  const Watch watch = begin("C:\\BOX");
  ASSERT_TRUE(fs.delete_file("C:\\BOX\\1"));
  EXPECT_EQ(changes(watch), "error 258");
  ASSERT_TRUE(fs.close(file));
  EXPECT_EQ(changes(watch), "-1");
}

TEST_F(Watches, hold_their_directory_until_they_are_closed) {
  const Watch watch = begin("C:\\BOX");
  EXPECT_EQ(error_of(fs.remove_directory("C:\\BOX")), Win32Error::sharing_violation);
  EXPECT_EQ(error_of(fs.move_file("C:\\BOX", "C:\\CAN", false)), Win32Error::sharing_violation);
  ASSERT_TRUE(fs.close(watch));
  EXPECT_EQ(changes(watch), "error 6");
  EXPECT_TRUE(fs.remove_directory("C:\\BOX"));
}

TEST_F(Watches, need_a_directory) {
  make_file("C:\\F");
  EXPECT_EQ(error_of(fs.watch("C:\\F")), Win32Error::directory);
  EXPECT_EQ(error_of(fs.watch("C:\\G")), Win32Error::file_not_found);
  EXPECT_EQ(error_of(fs.watch("C:\\G\\H")), Win32Error::path_not_found);
}

TEST_F(Watches, belong_to_the_fingerprint) {
  const Hash128 before = fs.fingerprint();
  const Watch watch = begin("C:\\BOX");
  const Hash128 empty = fs.fingerprint();
  EXPECT_NE(empty, before);
  make_file("C:\\BOX\\1");
  ASSERT_TRUE(fs.delete_file("C:\\BOX\\1"));
  EXPECT_NE(fs.fingerprint(), empty);
  EXPECT_EQ(changes(watch), "+1 -1");
  EXPECT_EQ(fs.fingerprint(), empty);
  ASSERT_TRUE(fs.close(watch));
  EXPECT_EQ(fs.fingerprint(), before);
}

bool create(FileSystem& fs, std::string_view path) {
  const auto file = fs.create_file(path, Access::write, Share::none, Disposition::create_new);
  return file && fs.close(*file);
}

TEST(Watching, blocks_until_something_happens) {
  const Report report = explore([] {
    FileSystem fs;
    check(fs.mount("C:").has_value(), "mount");
    const auto watch = fs.watch("C:\\");
    thread waiter([&] {
      const auto notices = fs.read_changes(*watch);
      check(notices && notices->size() == 1 && notices->front() == Notice{Change::added, "READY"}, "told");
    });
    check(create(fs, "C:\\READY"), "create");
    waiter.join();
  });
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(report.executions, 1u);  // That the file is closed is nothing to the watch.
}

TEST(Watching, for_ever_is_a_deadlock) {
  const Report report = explore([] {
    FileSystem fs;
    check(fs.mount("C:").has_value(), "mount");
    const auto watch = fs.watch("C:\\");
    static_cast<void>(fs.read_changes(*watch));
  });
  ASSERT_EQ(report.verdict, Verdict::violated);
  EXPECT_EQ(report.violations[0].property, "deadlock");
}

// A wait that is armed behind the scan misses what came between; with a watch from before the scan nothing is missed.
TEST(Watching, from_before_the_scan_loses_no_wakeup_and_from_behind_it_does) {
  const auto service = [](bool armed_first) {
    return [armed_first] {
      FileSystem fs;
      check(fs.mount("C:").has_value(), "mount");
      thread sender([&] { check(create(fs, "C:\\1.SRQ"), "create"); });
      thread scheduler([&] {
        std::optional<Watch> watch;
        if (armed_first) watch = *fs.watch("C:\\");
        if (fs.find_first("C:\\*.SRQ")) return;
        if (!armed_first) watch = *fs.watch("C:\\");
        static_cast<void>(fs.read_changes(*watch));
      });
      sender.join();
      scheduler.join();
    };
  };
  EXPECT_EQ(explore(service(true)).verdict, Verdict::holds);
  const Report late = explore(service(false));
  ASSERT_EQ(late.verdict, Verdict::violated);
  EXPECT_EQ(late.violations[0].property, "deadlock");
}

TEST(Watching, orders_what_it_tells_and_nothing_else) {
  const auto program = [](bool watched, bool modifications) {
    return [watched, modifications] {
      FileSystem fs;
      check(fs.mount("C:").has_value(), "mount");
      thread first([&] { check(create(fs, "C:\\A"), "create"); });
      thread second([&] { check(create(fs, "C:\\B"), "create"); });
      thread watching([&] {
        if (!watched) return;
        const auto watch = fs.watch("C:\\", {.modifications = modifications, .capacity = 1});
        std::string told;
        for (;;) {
          const auto notices = fs.read_changes_for(*watch, std::chrono::nanoseconds(0));
          if (!notices) break;
          told += notices->empty() ? "overflow" : notices->front().name;
        }
        observe("told", told);
        static_cast<void>(fs.close(*watch));
      });
      first.join();
      second.join();
      watching.join();
    };
  };
  EXPECT_EQ(count_classes(program(false, false)).count(), 1u);
  for (const bool modifications : {false, true}) {
    const Classes classes = count_classes(program(true, modifications));
    EXPECT_TRUE(classes.sound()) << classes.example;
    const auto outcomes = classes.all_outcomes();
    for (const char* told : {"told=", "told=A", "told=B", "told=AB", "told=BA", "told=overflow"}) {
      EXPECT_EQ(outcomes.count(told), 1u) << told;
    }
    const Report report = explore(program(true, modifications));
    EXPECT_EQ(report.executions, classes.count());
    EXPECT_EQ(report.blocked_executions, 0u);
  }
}

}  // namespace
}  // namespace sim::vfs
