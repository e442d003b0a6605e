#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sim/sim.hpp>

#include <array>

#include "drive.hpp"
#include "random_calls.hpp"
#include "vfs/volume.hpp"

namespace sim::vfs {
namespace {

RC_GTEST_PROP(Fingerprint, kept_incrementally_equals_one_made_from_nothing, ()) {
  Volume volume("C:", 0, 40);
  for (const auto& step : *random::any_steps()) {
    random::perform(volume, step);
    RC_ASSERT(volume.fingerprint() == volume.recompute_fingerprint());
  }
}

RC_GTEST_PROP(Fingerprint, of_names_that_may_be_lost_is_kept_too, ()) {
  Volume volume("C:", 0, 40);
  volume.keep_names();
  volume.set_durability(Durability::torn);
  for (const auto& step : *random::any_steps()) {
    random::perform(volume, step);
    RC_ASSERT(volume.fingerprint() == volume.recompute_fingerprint());
  }
  while (!volume.opens().empty()) volume.remove_open(volume.opens().data());
  volume.lose_names(random::number<std::size_t>(0, volume.unforced_count() + 1));
  RC_ASSERT(volume.unforced_count() == 0u);
  RC_ASSERT(volume.fingerprint() == volume.recompute_fingerprint());
}

RC_GTEST_PROP(Fingerprint, of_long_contents_is_kept_too, ()) {
  const auto writes = *rc::gen::container<std::vector<std::pair<unsigned, unsigned>>>(
      rc::gen::pair(rc::gen::inRange<unsigned>(0, 2000), rc::gen::inRange<unsigned>(0, 700)));
  Content content;
  std::string expected;
  for (const auto& [offset, size] : writes) {
    if (size % 5 == 0) {
      content.resize(offset);
      expected.resize(offset);
    } else {
      const std::string data(size, static_cast<char>(size % 3));  // Zeros among them.
      if (offset + size > expected.size()) expected.resize(offset + size);
      content.write(offset, bytes(data));
      expected.replace(offset, size, data);
    }
    RC_ASSERT(content.hash() == content.recompute_hash());
    RC_ASSERT(content.size() == expected.size());
    std::string found(expected.size(), '?');
    RC_ASSERT(content.read(0, std::as_writable_bytes(std::span(found.data(), found.size()))) == expected.size());
    RC_ASSERT(found == expected);
  }
  Content anew;
  anew.write(0, bytes(expected));
  RC_ASSERT(anew.hash() == content.hash());
}

class FingerprintOf : public Drive {
 protected:
  /// The fingerprint after `change`, made on an equal filesystem.
  template <class Change>
  Hash128 after(Change change) {
    FileSystem other;
    EXPECT_TRUE(other.mount("C:"));
    EXPECT_TRUE(other.create_directory("C:\\D"));
    for (const char* path : {"C:\\F", "C:\\G"}) {
      const auto file = other.create_file(path, read_write, share_all, Disposition::create_new);
      EXPECT_TRUE(other.write(*file, 0, bytes("data")));
      EXPECT_TRUE(other.close(*file));
    }
    change(other);
    return other.fingerprint();
  }
};

TEST_F(FingerprintOf, equal_contents_does_not_depend_on_history) {
  make_file("C:\\G", "data");
  EXPECT_TRUE(fs.create_directory("C:\\E"));
  make_file("C:\\E\\T", "more data that needs memory of its own");
  make_file("C:\\F", "xxxxxxxxxxxx");
  EXPECT_TRUE(fs.delete_file("C:\\E\\T"));
  EXPECT_TRUE(fs.remove_directory("C:\\E"));
  const Handle file = open("C:\\F", read_write, share_all, Disposition::create_always);
  EXPECT_TRUE(fs.write(file, 2, bytes("ta")));
  EXPECT_TRUE(fs.write(file, 0, bytes("da")));
  EXPECT_TRUE(fs.create_directory("C:\\D"));
  EXPECT_TRUE(fs.close(file));
  EXPECT_EQ(fs.fingerprint(), after([](FileSystem&) {}));
}

TEST_F(FingerprintOf, everything_that_can_be_seen_is_different) {
  const auto open_f = [](FileSystem& other, Access access, Share share) {
    return *other.create_file("C:\\F", access, share, Disposition::open_existing);
  };
  std::vector<Hash128> all = {
      after([](FileSystem&) {}),
      after([](FileSystem& o) { EXPECT_TRUE(o.create_directory("C:\\E")); }),
      after([](FileSystem& o) { EXPECT_TRUE(o.create_directory("C:\\D\\E")); }),
      after([](FileSystem& o) { EXPECT_TRUE(o.delete_file("C:\\G")); }),
      after([](FileSystem& o) { EXPECT_TRUE(o.move_file("C:\\G", "C:\\H", false)); }),
      after([](FileSystem& o) { EXPECT_TRUE(o.move_file("C:\\G", "C:\\g", false)); }),
      after([](FileSystem& o) { EXPECT_TRUE(o.set_attributes("C:\\F", {.read_only = true})); }),
      after([](FileSystem& o) { EXPECT_TRUE(o.set_attributes("C:\\G", {.read_only = true})); }),
      after([](FileSystem& o) {
        EXPECT_TRUE(o.create_file("C:\\N", Access::none, Share::none, Disposition::create_new));
      }),
      after([&](FileSystem& o) { open_f(o, Access::read, share_all); }),
      after([&](FileSystem& o) { open_f(o, Access::write, share_all); }),
      after([&](FileSystem& o) { open_f(o, Access::read, Share::none); }),
      after([&](FileSystem& o) {
        open_f(o, Access::read, share_all);
        EXPECT_TRUE(o.delete_file("C:\\F"));
      }),
      after([&](FileSystem& o) {
        const Handle first = open_f(o, Access::read, share_all);
        open_f(o, Access::read, share_all);
        EXPECT_TRUE(o.close(first));
      }),
      after([&](FileSystem& o) {
        const Handle file = open_f(o, Access::write, share_all);
        EXPECT_TRUE(o.set_end(file, 5));
        EXPECT_TRUE(o.close(file));
      }),
      after([&](FileSystem& o) {
        const Handle file = open_f(o, Access::write, share_all);
        EXPECT_TRUE(o.write(file, 0, bytes("DATA")));
        EXPECT_TRUE(o.close(file));
      }),
  };
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

TEST_F(FingerprintOf, the_spelling_of_a_directory_in_a_path_is_not_seen) {
  const Hash128 exact = after([](FileSystem& o) { EXPECT_TRUE(o.create_directory("C:\\D\\E")); });
  EXPECT_EQ(exact, after([](FileSystem& o) { EXPECT_TRUE(o.create_directory("c:/d/E")); }));
}

TEST(HandleNumbers, are_counted_for_each_thread) {
  Volume volume("C:", 0, 100);
  const auto open_as = [&](std::uint8_t thread) {
    Request request(volume, thread, no_object);
    request.path = "F";
    request.disposition = Disposition::open_always;
    open_file(request);
    return request.handle;
  };
  EXPECT_EQ(open_as(0), (Handle{0xff, 0, 0}));
  EXPECT_EQ(open_as(1), (Handle{0xff, 1, 0}));
  EXPECT_EQ(open_as(0), (Handle{0xff, 0, 1}));
}

// It keeps the object that users of its handle are about to touch, while one that was renamed when closed gets another.
// Found by a random program: 53 states depth first, 55 breadth first or with two workers.
void rename_what_may_be_open() {
  FileSystem files;
  static_cast<void>(files.mount("C:"));
  const auto write_to = [&files](const char* path) {
    const auto file = files.create_file(path, read_write, share_all, Disposition::open_always);
    static_cast<void>(files.write(*file, 0, bytes("x")));
    static_cast<void>(files.close(*file));
  };
  std::array<sim::thread, 3> threads = {sim::thread([&] { write_to("C:\\F"); }), sim::thread([&] {
                                          static_cast<void>(files.move_file("C:\\F", "C:\\G", false));
                                        }),
                                        sim::thread([&] { write_to("C:\\G"); })};
  for (sim::thread& thread : threads) thread.join();
}

TEST(StatesOfFiles, that_are_renamed_while_open_are_the_same_in_whatever_order_they_are_met) {
  for (const StateIdentity identity : {StateIdentity::memory, StateIdentity::logical}) {
    Options options;
    options.strategy = Strategy::stateful;
    options.identity = identity;
    const Report by_depth = explore(rename_what_may_be_open, options);
    options.order = Order::breadth_first;
    const Report by_breadth = explore(rename_what_may_be_open, options);
    ASSERT_TRUE(by_depth.complete && by_breadth.complete);
    EXPECT_EQ(by_depth.states, by_breadth.states);
    EXPECT_EQ(by_depth.executions, by_breadth.executions);
    EXPECT_EQ(by_depth.transitions, by_breadth.transitions);
  }
}

}  // namespace
}  // namespace sim::vfs
