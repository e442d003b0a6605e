#include "journal.hpp"

#include <cstdint>
#include <map>
#include <string>

/// What a power loss leaves of names (Journal::lazy): a prefix of their changes.
namespace sim::vfs {
namespace {

using Outcomes = std::map<std::string, std::uint64_t>;

/// What can be found on C: after `body` and a power loss. Before the body there are a file OLD, with "old", an empty
/// file OPEN, which may be flushed by `other`, and a directory D; all of that is on the disk.
template <class Body>
Outcomes after_power_loss(VolumeOptions options, Body body) {
  const Report report = explore([&] {
    FileSystem fs;
    must(fs.mount("C:", options).has_value());
    const Handle old = make(fs, "C:\\OLD", "old");
    must(fs.flush(old) && fs.close(old) && fs.create_directory("C:\\D"));
    const Handle other = make(fs, "C:\\OPEN");
    must(fs.flush(other).has_value());
    body(fs, other);
    must(fs.lose_power("C:").has_value());
    observe("", all_files(fs));
  });
  EXPECT_EQ(report.verdict, Verdict::holds) << report.violations.front().detail;
  Outcomes outcomes;
  for (const auto& [outcome, count] : report.outcomes) outcomes[outcome.substr(1)] = count;
  return outcomes;
}

TEST(LazyJournal, loses_what_was_created_last_first) {
  const auto create = [](FileSystem& fs, Handle) {
    make(fs, "C:\\1");
    make(fs, "C:\\2");
    must(fs.create_directory("C:\\3").has_value());
  };
  EXPECT_EQ(after_power_loss(lazy, create), (Outcomes{{"1 2 3\\ D\\ OLD=old OPEN", 1},
                                                      {"1 2 D\\ OLD=old OPEN", 1},
                                                      {"1 D\\ OLD=old OPEN", 1},
                                                      {"D\\ OLD=old OPEN", 1}}));
  EXPECT_EQ(after_power_loss({}, create), (Outcomes{{"1 2 3\\ D\\ OLD=old OPEN", 1}}));
}

TEST(LazyJournal, is_forced_by_a_flush_of_any_file) {
  const auto create = [](FileSystem& fs, Handle other) {
    make(fs, "C:\\1");
    must(fs.flush(other).has_value());
    make(fs, "C:\\2");
  };
  EXPECT_EQ(after_power_loss(lazy, create), (Outcomes{{"1 2 D\\ OLD=old OPEN", 1}, {"1 D\\ OLD=old OPEN", 1}}));
}

TEST(LazyJournal, loses_renames_deletions_and_attributes) {
  const auto rename = [](FileSystem& fs, Handle) { must(fs.move_file("C:\\OLD", "C:\\D\\NEW", false).has_value()); };
  EXPECT_EQ(after_power_loss(lazy, rename), (Outcomes{{"D\\ D\\NEW=old OPEN", 1}, {"D\\ OLD=old OPEN", 1}}));
  const auto respell = [](FileSystem& fs, Handle) { must(fs.move_file("C:\\OLD", "C:\\old", false).has_value()); };
  EXPECT_EQ(after_power_loss(lazy, respell), (Outcomes{{"D\\ old=old OPEN", 1}, {"D\\ OLD=old OPEN", 1}}));
  const auto remove = [](FileSystem& fs, Handle) { must(fs.delete_file("C:\\OLD").has_value()); };
  EXPECT_EQ(after_power_loss(lazy, remove), (Outcomes{{"D\\ OPEN", 1}, {"D\\ OLD=old OPEN", 1}}));
  const auto remove_directory = [](FileSystem& fs, Handle) { must(fs.remove_directory("C:\\D").has_value()); };
  EXPECT_EQ(after_power_loss(lazy, remove_directory), (Outcomes{{"OLD=old OPEN", 1}, {"D\\ OLD=old OPEN", 1}}));
  const auto protect = [](FileSystem& fs, Handle) {
    must(fs.set_attributes("C:\\OLD", {.read_only = true}).has_value());
  };
  EXPECT_EQ(after_power_loss(lazy, protect), (Outcomes{{"D\\ OLD!=old OPEN", 1}, {"D\\ OLD=old OPEN", 1}}));
  const auto protect_and_remove = [](FileSystem& fs, Handle other) {
    must(fs.set_attributes("C:\\D", {.read_only = true}) && fs.flush(other) &&
         fs.set_attributes("C:\\D", {.read_only = false}) && fs.remove_directory("C:\\D"));
  };
  EXPECT_EQ(after_power_loss(lazy, protect_and_remove),
            (Outcomes{{"OLD=old OPEN", 1}, {"D\\ OLD=old OPEN", 1}, {"D!\\ OLD=old OPEN", 1}}));
}

// One operation is one record of the log: there is never neither, nor half of a directory.
TEST(LazyJournal, loses_operations_as_a_whole) {
  const auto replace = [](FileSystem& fs, Handle) {
    const Handle file = make(fs, "C:\\1", "new");
    must(fs.flush(file) && fs.close(file) && fs.move_file("C:\\1", "C:\\OLD", true));
  };
  EXPECT_EQ(after_power_loss({.durability = Durability::subsets, .journal = Journal::lazy}, replace),
            (Outcomes{{"D\\ OLD=new OPEN", 1}, {"1=new D\\ OLD=old OPEN", 1}}));
  const auto move_directory = [](FileSystem& fs, Handle other) {
    must(fs.close(make(fs, "C:\\D\\1")) && fs.create_directory("C:\\D\\E") && fs.close(make(fs, "C:\\D\\E\\2")) &&
         fs.flush(other) && fs.move_file("C:\\D", "C:\\M", false));
  };
  EXPECT_EQ(after_power_loss(lazy, move_directory),
            (Outcomes{{"M\\ M\\1 M\\E\\ M\\E\\2 OLD=old OPEN", 1}, {"D\\ D\\1 D\\E\\ D\\E\\2 OLD=old OPEN", 1}}));
}

TEST(LazyJournal, loses_nothing_where_nothing_changed) {
  const auto change_nothing = [](FileSystem& fs, Handle other) {
    must(!fs.create_directory("C:\\D") && !fs.move_file("C:\\OLD", "C:\\NOWHERE\\1", false) &&
         !fs.delete_file("C:\\1") && !fs.move_file("C:\\OLD", "C:\\OPEN", true));
    must(fs.move_file("C:\\OLD", "C:\\OLD", false) && fs.set_attributes("C:\\OLD", {.read_only = false}));
    must(fs.write(other, 0, bytes("text")) && fs.close(other));
  };
  EXPECT_EQ(after_power_loss(lazy, change_nothing), (Outcomes{{"D\\ OLD=old OPEN=text", 1}}));
}

// A process closes its handles when it ends; a machine without power does not, and forgets what waited.
TEST(LazyJournal, loses_deletions_that_waited_for_the_last_close) {
  const auto remove = [](FileSystem& fs, Handle other) { must(fs.delete_file("C:\\OPEN") && fs.close(other)); };
  EXPECT_EQ(after_power_loss(lazy, remove), (Outcomes{{"D\\ OLD=old", 1}, {"D\\ OLD=old OPEN", 1}}));
  const auto end = [](FileSystem& fs, Handle) {
    const ThreadId me = 0;
    must(fs.delete_file("C:\\OPEN") && fs.close_handles_of({&me, 1}));
  };
  EXPECT_EQ(after_power_loss(lazy, end), (Outcomes{{"D\\ OLD=old", 1}, {"D\\ OLD=old OPEN", 1}}));
}

// What comes back has the contents of the disk, and what was never created takes its contents along.
TEST(LazyJournal, and_contents_meet) {
  const VolumeOptions both{.durability = Durability::subsets, .journal = Journal::lazy};
  const auto write_and_remove = [](FileSystem& fs, Handle other) {
    const auto file = fs.create_file("C:\\OLD", Access::write, share_all, Disposition::open_existing);
    must(fs.write(*file, 0, bytes("NE")) && fs.close(*file) && fs.delete_file("C:\\OLD") &&
         fs.write(other, 0, bytes("x")));
  };
  EXPECT_EQ(after_power_loss(both, write_and_remove), (Outcomes{{"D\\ OPEN", 1},
                                                                {"D\\ OPEN=x", 1},
                                                                {"D\\ OLD=old OPEN", 1},
                                                                {"D\\ OLD=old OPEN=x", 1},
                                                                {"D\\ OLD=NEd OPEN", 1},
                                                                {"D\\ OLD=NEd OPEN=x", 1}}));
  EXPECT_EQ(after_power_loss(lazy, write_and_remove), (Outcomes{{"D\\ OPEN=x", 1}, {"D\\ OLD=NEd OPEN=x", 1}}));
  const auto create_and_rename = [](FileSystem& fs, Handle) {
    must(fs.close(make(fs, "C:\\1", "text")) && fs.move_file("C:\\1", "C:\\2", false));
  };
  EXPECT_EQ(after_power_loss(both, create_and_rename), (Outcomes{{"2 D\\ OLD=old OPEN", 1},
                                                                 {"2=text D\\ OLD=old OPEN", 1},
                                                                 {"1 D\\ OLD=old OPEN", 1},
                                                                 {"1=text D\\ OLD=old OPEN", 1},
                                                                 {"D\\ OLD=old OPEN", 1}}));
  const auto write_and_protect = [](FileSystem& fs, Handle other) {
    must(fs.write(other, 0, bytes("x")) && fs.close(other) && fs.set_attributes("C:\\OPEN", {.read_only = true}));
  };
  EXPECT_EQ(
      after_power_loss(both, write_and_protect),
      (Outcomes{
          {"D\\ OLD=old OPEN!", 1}, {"D\\ OLD=old OPEN!=x", 1}, {"D\\ OLD=old OPEN", 1}, {"D\\ OLD=old OPEN=x", 1}}));
  // The name is forced with that of another file, the contents are not.
  const auto force_the_name = [](FileSystem& fs, Handle other) {
    must(fs.close(make(fs, "C:\\1", "text")) && fs.flush(other));
  };
  EXPECT_EQ(after_power_loss(both, force_the_name),
            (Outcomes{{"1 D\\ OLD=old OPEN", 1}, {"1=text D\\ OLD=old OPEN", 1}}));
}

TEST(LazyJournal, is_forced_by_what_is_written_through) {
  const Outcomes all = {{"1 D\\ OLD=old OPEN", 1}};
  const auto creates = [](FileSystem& fs, Handle) { make(fs, "C:\\1", "", OpenFlags::write_through); };
  EXPECT_EQ(after_power_loss(lazy, creates), all);
  const auto open_through = [](FileSystem& fs, std::string_view path, Disposition disposition) {
    const auto file =
        fs.create_file(path, Access::write | Access::remove, share_all, disposition, OpenFlags::write_through);
    must(file.has_value());
    return *file;
  };
  const auto overwrites = [&](FileSystem& fs, Handle) {
    make(fs, "C:\\1");
    open_through(fs, "C:\\OPEN", Disposition::create_always);
  };
  EXPECT_EQ(after_power_loss(lazy, overwrites), all);
  const auto writes = [&](FileSystem& fs, Handle) {
    const Handle through = open_through(fs, "C:\\OPEN", Disposition::open_existing);
    make(fs, "C:\\1");
    must(fs.write(through, 0, bytes("x")).has_value());
  };
  EXPECT_EQ(after_power_loss(lazy, writes), (Outcomes{{"1 D\\ OLD=old OPEN=x", 1}}));
  const auto resizes = [&](FileSystem& fs, Handle) {
    const Handle through = open_through(fs, "C:\\OPEN", Disposition::open_existing);
    make(fs, "C:\\1");
    must(fs.set_end(through, 0).has_value());
  };
  EXPECT_EQ(after_power_loss(lazy, resizes), all);
  const auto renames = [&](FileSystem& fs, Handle other) {
    const Handle through = open_through(fs, "C:\\OPEN", Disposition::open_existing);
    must(fs.close(other) && fs.rename_by_handle(through, "C:\\1", false));
  };
  EXPECT_EQ(after_power_loss(lazy, renames), (Outcomes{{"1 D\\ OLD=old", 1}}));
  // Nothing is written through by opening and closing, by a rename that fails, or by what writes through nothing.
  const auto does_not = [&](FileSystem& fs, Handle) {
    make(fs, "C:\\1");
    const Handle through = open_through(fs, "C:\\OPEN", Disposition::open_existing);
    must(!fs.rename_by_handle(through, "C:\\OLD", false) && fs.close(through));
  };
  EXPECT_EQ(after_power_loss(lazy, does_not), (Outcomes{{"1 D\\ OLD=old OPEN", 1}, {"D\\ OLD=old OPEN", 1}}));
}

TEST(LazyJournal, is_on_the_disk_behind_a_power_loss) {
  const auto twice = [](FileSystem& fs, Handle) {
    make(fs, "C:\\1");
    must(fs.lose_power("C:").has_value());
    must(fs.set_attributes("C:\\OLD", {.read_only = true}).has_value());
  };
  EXPECT_EQ(
      after_power_loss(lazy, twice),
      (Outcomes{
          {"1 D\\ OLD!=old OPEN", 1}, {"1 D\\ OLD=old OPEN", 1}, {"D\\ OLD!=old OPEN", 1}, {"D\\ OLD=old OPEN", 1}}));
}

// The space of what came back is used again.
TEST(LazyJournal, counts_the_space_of_what_comes_back) {
  const Report report = explore([] {
    FileSystem fs;
    must(fs.mount("C:", {.capacity_bytes = 4, .journal = Journal::lazy}).has_value());
    const Handle old = make(fs, "C:\\OLD", "1234");
    must(fs.flush(old) && fs.close(old));
    const Handle other = make(fs, "C:\\OTHER");
    must(fs.flush(other) && fs.close(other) && fs.delete_file("C:\\OLD"));
    must(fs.lose_power("C:").has_value());
    const auto file = fs.create_file("C:\\OTHER", Access::write, share_all, Disposition::open_existing);
    const bool there = fs.attributes("C:\\OLD").has_value();
    observe(there ? "with OLD" : "without", static_cast<int>(error_of(fs.write(*file, 0, bytes("x")))));
  });
  EXPECT_EQ(report.outcomes, (Outcomes{{"with OLD=112", 1}, {"without=0", 1}}));
}

TEST(LazyJournal, tells_what_was_lost) {
  const Report report = explore([] {
    FileSystem fs;
    must(fs.mount("C:", lazy).has_value());
    make(fs, "C:\\1");
    make(fs, "C:\\2");
    must(fs.lose_power("C:").has_value());
    check(fs.attributes("C:\\1").has_value(), "lost");
  });
  ASSERT_EQ(report.verdict, Verdict::violated);
  std::vector<std::string> texts;
  const Trace& trace = report.violations.front().trace;
  for (const Event& event : trace.events()) {
    if (event.operation.kind == OperationKind::choice) texts.push_back(event.text);
  }
  EXPECT_EQ(texts, (std::vector<std::string>{"names: last 2 of 2 changes lost"}));
}

}  // namespace
}  // namespace sim::vfs
