#include <algorithm>
#include <set>

#include "journal.hpp"
#include "tests/explore/class_counter.hpp"
#include "vfs/volume.hpp"

/// What a lazy journal adds to the identity of states, and to footprints.
namespace sim::vfs {
namespace {

using classes::Classes;
using classes::count_classes;

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
  const auto move_from = [&](const std::string& directory) {
    return fingerprint_of(
        [&directory](FileSystem& fs, auto file) {
          EXPECT_TRUE(fs.create_directory("C:\\D") && fs.create_directory("C:\\E"));
          file(directory + "\\X", "z");
        },
        [&](FileSystem& fs, auto file) { move((directory + "\\X").c_str())(fs, file); });
  };
  EXPECT_NE(move_from("D"), move_from("E"));
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
