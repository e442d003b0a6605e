#include <sim/sim.hpp>

#include <algorithm>
#include <set>

#include "drive.hpp"
#include "tests/explore/class_counter.hpp"
#include "vfs/volume.hpp"

/// What a power loss leaves of names (Journal::lazy): a prefix of their changes.
namespace sim::vfs {
namespace {

using classes::Classes;
using classes::count_classes;
using Outcomes = std::map<std::string, std::uint64_t>;

constexpr VolumeOptions lazy{.journal = Journal::lazy};

/// All names of C:, in order, with their contents: "A=text D\\ D\\B!" where B is read-only and empty.
std::string all_files(FileSystem& fs, const std::string& directory = "C:\\") {
  std::string all;
  auto find = fs.find_first(directory + "*");
  if (!find) return "";
  while (const auto entry = fs.find_next(*find)) {
    const std::string path = directory + entry->name;
    if (!all.empty()) all += " ";
    all += path.substr(3);
    if (entry->attributes.read_only) all += "!";
    if (entry->attributes.directory) {
      all += "\\";
      const std::string inside = all_files(fs, path + "\\");
      if (!inside.empty()) all += " " + inside;
      continue;
    }
    if (entry->attributes.size == 0) continue;
    const auto file = fs.create_file(path, Access::read, share_all, Disposition::open_existing);
    std::string text(entry->attributes.size, '?');
    check(fs.read(*file, 0, std::as_writable_bytes(std::span(text.data(), text.size()))).has_value(), "read");
    check(fs.close(*file).has_value(), "close");
    for (char& c : text) c = c == '\0' ? '_' : c;
    all += "=" + text;
  }
  return all;
}

Handle make(FileSystem& fs, const std::string& path, std::string_view text = "", OpenFlags flags = OpenFlags::none) {
  const auto file = fs.create_file(path, read_write | Access::remove, share_all, Disposition::create_new, flags);
  check(file.has_value(), "create");
  if (!text.empty()) check(fs.write(*file, 0, bytes(text)).has_value(), "write");
  return *file;
}

void must(bool succeeded) {
  check(succeeded, "succeeds");
}

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

// ---- identity -----------------------------------------------------------------------------------

/// The fingerprint of a volume behind some calls, all but the last few of which are on the disk.
template <class Prepare, class Body>
Hash128 fingerprint_of(Prepare prepare, Body body) {
  FileSystem fs;
  EXPECT_TRUE(fs.mount("C:", lazy));
  const auto file = [&fs](const std::string& path, std::string_view text) {
    const auto made = fs.create_file("C:\\" + path, read_write, share_all, Disposition::create_new);
    EXPECT_TRUE(made && fs.write(*made, 0, bytes(text)) && fs.close(*made));
  };
  prepare(fs, file);
  const auto last = fs.create_file("C:\\LAST", read_write, share_all, Disposition::create_new);
  EXPECT_TRUE(fs.flush(*last) && fs.close(*last));
  body(fs, file);
  return fs.fingerprint();
}

// What can be found is the same in each group, and what can be found behind a power loss is not.
TEST(JournalFingerprint, tells_what_a_power_loss_would_take_back) {
  const auto nothing = [](FileSystem&, auto) {};
  const auto make_z = [](FileSystem&, auto file) { file("Z", "z"); };
  const auto move = [](const char* from) {
    return [from](FileSystem& fs, auto) { EXPECT_TRUE(fs.move_file(std::string("C:\\") + from, "C:\\Z", true)); };
  };
  const auto make = [](const char* path) { return [path](FileSystem&, auto file) { file(path, "z"); }; };
  std::vector<Hash128> with_z = {
      fingerprint_of(make_z, nothing),
      fingerprint_of(nothing, make_z),
      fingerprint_of(make("X"), move("X")),
      fingerprint_of(make("x"), move("X")),
      fingerprint_of(make("Y"), move("Y")),
      fingerprint_of(nothing,
                     [&](FileSystem& fs, auto file) {
                       make("X")(fs, file);
                       move("X")(fs, file);
                     }),
      fingerprint_of(
          [](FileSystem&, auto file) {
            file("X", "z");
            file("Z", "old");
          },
          move("X")),
      fingerprint_of(
          [](FileSystem&, auto file) {
            file("X", "z");
            file("Z", "other");
          },
          move("X")),
      // In two operations.
      fingerprint_of(
          [](FileSystem&, auto file) {
            file("X", "z");
            file("Z", "old");
          },
          [&](FileSystem& fs, auto file) {
            EXPECT_TRUE(fs.delete_file("C:\\Z"));
            move("X")(fs, file);
          }),
      fingerprint_of(
          [](FileSystem& fs, auto file) {
            file("Z", "z");
            EXPECT_TRUE(fs.set_attributes("C:\\Z", {.read_only = true}));
          },
          [](FileSystem& fs, auto) { EXPECT_TRUE(fs.set_attributes("C:\\Z", {.read_only = false})); }),
  };
  std::sort(with_z.begin(), with_z.end());
  EXPECT_EQ(std::adjacent_find(with_z.begin(), with_z.end()), with_z.end());
}

TEST(JournalFingerprint, does_not_tell_how_the_same_was_done) {
  const auto make_z = [](FileSystem&, auto file) { file("Z", "z"); };
  const Hash128 at_once = fingerprint_of(make_z, [](FileSystem& fs, auto) { EXPECT_TRUE(fs.delete_file("C:\\Z")); });
  EXPECT_EQ(at_once, fingerprint_of(make_z, [](FileSystem& fs, auto) {
              const auto file = fs.create_file("C:\\Z", Access::read, share_all, Disposition::open_existing);
              EXPECT_TRUE(fs.delete_file("C:\\Z") && fs.close(*file));
            }));
  const auto in_directory = [](FileSystem& fs, auto) { EXPECT_TRUE(fs.create_directory("C:\\D")); };
  EXPECT_EQ(fingerprint_of(in_directory, [](FileSystem&, auto file) { file("D\\Z", ""); }),
            fingerprint_of(in_directory, [](FileSystem&, auto file) { file("d\\Z", ""); }));
}

TEST(LostRenames, give_files_back_the_identity_of_their_names) {
  Volume volume("C:", 0, 100);
  const auto hash = [&](std::string_view path) { return hash_path(volume.root_hash(), path).whole; };
  const NodeId file = volume.create("A", hash("A"), false);
  volume.keep_names();
  volume.rename(file, "B", hash("B"), true);
  volume.lose_names(0);
  EXPECT_EQ(volume.node(file).path, "A");
  EXPECT_EQ(volume.node(file).identity, hash("A"));
}

// ---- footprints ---------------------------------------------------------------------------------

/// The classes of `one` and `other` by two threads, on a volume with files and directories far from each other.
template <class One, class Other>
std::uint64_t classes_of(VolumeOptions options, One one, Other other) {
  const Classes classes = count_classes([&] {
    FileSystem fs;
    must(fs.mount("C:", options).has_value());
    for (const std::string directory : {"C:\\1", "C:\\2"}) {
      must(fs.create_directory(directory) && fs.create_directory(directory + "\\EMPTY"));
      must(fs.close(make(fs, directory + "\\F")).has_value());
      must(fs.flush(make(fs, directory + "\\OPEN")).has_value());  // Handle 0 of the main thread, then 1.
      make(fs, directory + "\\THROUGH", "", OpenFlags::write_through);
      make(fs, directory + "\\RENAMED");
      const auto last = fs.create_file(directory + "\\LAST", Access::write, share_all, Disposition::create_new);
      must(fs.delete_file(directory + "\\LAST") && last);
    }
    thread first([&] { one(fs, std::string("C:\\1\\"), std::uint16_t{0}); });
    thread second([&] { other(fs, std::string("C:\\2\\"), std::uint16_t{4}); });
    first.join();
    second.join();
    observe("", std::to_string(fs.fingerprint().low));
  });
  EXPECT_TRUE(classes.sound()) << classes.example;
  return classes.count();
}

struct Change {
  std::string name;
  /// Gets a directory with files, and the number of the handle of the first one that is open.
  void (*perform)(FileSystem& fs, const std::string& in, std::uint16_t handle);
};

// A crash can tell the order of changes of names, and what a flush was before; so they are ordered, wherever they are.
const std::vector<Change> changes_of_names = {
    {"create", [](FileSystem& fs, const std::string& in, std::uint16_t) { make(fs, in + "NEW"); }},
    {"delete",
     [](FileSystem& fs, const std::string& in, std::uint16_t) { must(fs.delete_file(in + "F").has_value()); }},
    {"delete by the last close",
     [](FileSystem& fs, const std::string&, std::uint16_t handle) {
       must(fs.close(Handle{0, 0, static_cast<std::uint16_t>(handle + 3)}).has_value());
     }},
    {"rename", [](FileSystem& fs, const std::string& in,
                  std::uint16_t) { must(fs.move_file(in + "F", in + "G", false).has_value()); }},
    {"rename by handle",
     [](FileSystem& fs, const std::string& in, std::uint16_t handle) {
       must(fs.rename_by_handle(Handle{0, 0, static_cast<std::uint16_t>(handle + 2)}, in + "G", false).has_value());
     }},
    {"create a directory",
     [](FileSystem& fs, const std::string& in, std::uint16_t) { must(fs.create_directory(in + "NEW").has_value()); }},
    {"remove a directory",
     [](FileSystem& fs, const std::string& in, std::uint16_t) { must(fs.remove_directory(in + "EMPTY").has_value()); }},
    {"set an attribute", [](FileSystem& fs, const std::string& in,
                            std::uint16_t) { must(fs.set_attributes(in + "F", {.read_only = true}).has_value()); }},
};
const std::vector<Change> forcings = {
    {"flush",
     [](FileSystem& fs, const std::string&, std::uint16_t handle) {
       must(fs.flush(Handle{0, 0, handle}).has_value());
     }},
    {"write through",
     [](FileSystem& fs, const std::string&, std::uint16_t handle) {
       must(fs.write(Handle{0, 0, static_cast<std::uint16_t>(handle + 1)}, 0, bytes("x")).has_value());
     }},
    {"overwrite through",
     [](FileSystem& fs, const std::string& in, std::uint16_t) {
       must(fs.create_file(in + "F", Access::write, share_all, Disposition::create_always, OpenFlags::write_through)
                .has_value());
     }},
    {"resize through",
     [](FileSystem& fs, const std::string&, std::uint16_t handle) {
       must(fs.set_end(Handle{0, 0, static_cast<std::uint16_t>(handle + 1)}, 0).has_value());
     }},
};

TEST(JournalFootprints, order_changes_of_names_with_each_other_and_with_what_forces_them) {
  for (const Change& one : changes_of_names) {
    EXPECT_EQ(classes_of(lazy, one.perform, changes_of_names[0].perform), 2u) << one.name;
    EXPECT_EQ(classes_of({}, one.perform, changes_of_names[0].perform), 1u) << one.name;
    for (const Change& other : forcings) {
      EXPECT_EQ(classes_of(lazy, one.perform, other.perform), 2u) << one.name << ", " << other.name;
    }
  }
}

TEST(JournalFootprints, of_what_forces_and_of_what_leaves_names_alone_share_nothing) {
  const auto write = [](FileSystem& fs, const std::string&, std::uint16_t handle) {
    must(fs.write(Handle{0, 0, handle}, 0, bytes("x")).has_value());
  };
  const auto open = [](FileSystem& fs, const std::string& in, std::uint16_t) {
    const auto file =
        fs.create_file(in + "F", Access::write, share_all, Disposition::open_existing, OpenFlags::write_through);
    must(file && fs.close(*file));
  };
  for (const Change& one : forcings) {
    for (const Change& other : forcings) {
      EXPECT_EQ(classes_of(lazy, one.perform, other.perform), 1u) << one.name << ", " << other.name;
    }
    EXPECT_EQ(classes_of(lazy, one.perform, write), 1u) << one.name;
  }
  EXPECT_EQ(classes_of(lazy, changes_of_names[0].perform, write), 1u);
  EXPECT_EQ(classes_of(lazy, changes_of_names[0].perform, open), 1u);
}

/// Two threads save a file by a temporary name, and the power fails at any moment.
void save_and_fail(bool flushes) {
  FileSystem fs;
  must(fs.mount("C:", {.durability = Durability::subsets, .journal = Journal::lazy}).has_value());
  const auto save = [&fs, flushes](const std::string& name) {
    const auto file = fs.create_file("C:\\" + name + ".TMP", Access::write, Share::none, Disposition::create_always);
    if (!file || !fs.write(*file, 0, bytes(name)) || (flushes && !fs.flush(*file)) || !fs.close(*file)) return;
    static_cast<void>(fs.move_file("C:\\" + name + ".TMP", "C:\\SAVED", true));
  };
  thread first([&] { save("1"); }), second([&] { save("2"); });
  thread power([&fs] { static_cast<void>(fs.lose_power("C:")); });
  first.join();
  second.join();
  power.join();
  observe("", all_files(fs));
}

TEST(LazyJournal, has_the_same_outcomes_by_every_strategy) {
  for (const bool flushes : {false, true}) {
    const auto outcomes_by = [flushes](Strategy strategy) {
      Options options;
      options.strategy = strategy;
      const Report report = explore([flushes] { save_and_fail(flushes); }, options);
      EXPECT_TRUE(report.complete);
      EXPECT_EQ(report.blocked_executions, 0u);
      std::set<std::string> outcomes;
      for (const auto& [outcome, count] : report.outcomes) outcomes.insert(outcome);
      return outcomes;
    };
    const auto all = outcomes_by(Strategy::dfs);
    EXPECT_GT(all.size(), 10u);
    EXPECT_EQ(outcomes_by(Strategy::stateful), all);
    EXPECT_EQ(outcomes_by(Strategy::optimal_dpor), all);
  }
}

}  // namespace
}  // namespace sim::vfs
