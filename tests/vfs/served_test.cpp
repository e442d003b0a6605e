#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sim/sim.hpp>

#include <array>
#include <string>

#include "drive.hpp"
#include "random_calls.hpp"
#include "tests/explore/class_counter.hpp"

namespace sim::vfs {
namespace {

using classes::Classes;
using classes::count_classes;
using random::number;
using random::perform;
using random::some_steps;

/// Threads that each perform some steps on one volume, after some that are performed before.
struct Program {
  std::vector<random::Step> before;
  std::vector<std::vector<random::Step>> threads;
  FileSystemOptions options;
  std::uint64_t capacity = 40;
  Durability durability = Durability::everything;
  Journal journal = Journal::forced;

  void operator()() {
    FileSystem fs(options);
    if (!fs.mount("C:", {.capacity_bytes = capacity, .durability = durability, .journal = journal})) return;
    for (const auto& step : before) perform(fs, step);
    std::vector<thread> running;
    for (const auto& steps : threads) {
      running.emplace_back([&fs, &steps] {
        std::string answers;
        for (const auto& step : steps) answers += perform(fs, step) + ",";
        observe("t" + std::to_string(runtime::this_thread()), answers);
      });
    }
    for (thread& each : running) each.join();
    observe("files", std::to_string(fs.fingerprint().low));
  }
};

Program any_program() {
  Program program;
  std::vector<unsigned> used_paths(number<std::size_t>(1, 5));
  for (unsigned& path : used_paths) path = number(0U, static_cast<unsigned>(random::paths.size()));
  program.capacity = number<std::uint64_t>(4, 40);
  if (number(0, 2) == 0) program.durability = Durability::subsets;
  if (number(0, 3) == 0) program.journal = Journal::lazy;
  program.before = random::prepared_directories();
  const auto rest = some_steps(number<std::size_t>(0, 8), used_paths);
  program.before.insert(program.before.end(), rest.begin(), rest.end());
  const std::size_t threads = number<std::size_t>(2, 4);
  for (std::size_t i = 0; i < threads; ++i) {
    program.threads.push_back(some_steps(number<std::size_t>(1, threads == 2 ? 4 : 3), used_paths));
  }
  return program;
}

// Reduction leaves out all interleavings of a class but one. That is right only if they all end alike, and if what is
// independent stays so however it is ordered.
RC_GTEST_PROP(Footprints, of_random_programs_are_sound, ()) {
  RC_ASSERT(count_classes(any_program()).sound());
}

RC_GTEST_PROP(Serving, on_the_fiber_and_inline_give_the_same_classes_and_outcomes, ()) {
  Program program = any_program();
  const Classes served = count_classes(program);
  program.options.inline_serving = true;
  const Classes inlined = count_classes(program);
  RC_ASSERT(served.class_of == inlined.class_of);
  RC_ASSERT(served.outcomes == inlined.outcomes);
}

/// What a sender does with one request: claim, read, write, rename.
void send(FileSystem& fs, const std::string& name) {
  const auto file = fs.create_file(name, read_write | Access::remove, Share::none, Disposition::open_existing);
  check(file.has_value(), "open");
  char status[4] = {};
  check(*fs.read(*file, 0, std::as_writable_bytes(std::span(status))) == 4, "read");
  check(fs.write(*file, 0, bytes("SENT, with more text")).has_value(), "write");
  check(fs.rename_by_handle(*file, name + ".DONE", false).has_value(), "rename");
  check(fs.close(*file).has_value(), "close");
  check(fs.create_file(name + ".SNI", Access::write, Share::none, Disposition::create_new).has_value(), "create");
  check(fs.delete_file(name + ".DONE").has_value(), "delete");
}

template <class... Bodies>
void run(FileSystem& fs, Bodies... bodies) {
  check(fs.mount("C:").has_value(), "mount");
  check(fs.create_directory("C:\\BOX").has_value(), "create");
  for (const char* name : {"C:\\BOX\\1.SRQ", "C:\\BOX\\2.SRQ"}) {
    const auto file = fs.create_file(name, Access::write, Share::none, Disposition::create_new);
    check(fs.write(*file, 0, bytes("NONE")).has_value() && fs.close(*file).has_value(), "write");
  }
  std::vector<thread> running;
  (running.emplace_back(bodies), ...);
  for (thread& each : running) each.join();
}

TEST(Footprints, of_senders_on_different_files_of_one_directory_share_nothing) {
  const Classes classes = count_classes([] {
    FileSystem fs;
    run(
        fs, [&] { send(fs, "C:\\BOX\\1.SRQ"); }, [&] { send(fs, "C:\\BOX\\2.SRQ"); });
  });
  EXPECT_EQ(classes.interleavings, 3432u);  // 14 over 7
  EXPECT_EQ(classes.count(), 1u);
  EXPECT_TRUE(classes.sound());
}

TEST(Footprints, of_two_readers_of_one_file_share_nothing) {
  const Classes classes = count_classes([] {
    FileSystem fs;
    const auto read = [&] {
      const auto file = fs.create_file("C:\\BOX\\1.SRQ", Access::read, Share::read, Disposition::open_existing);
      std::byte status[4];
      check(fs.read(*file, 0, status).has_value() && fs.close(*file).has_value(), "read");
    };
    run(fs, read, read);
  });
  EXPECT_EQ(classes.interleavings, 20u);
  EXPECT_EQ(classes.count(), 1u);
}

TEST(Footprints, of_writers_of_different_blocks_share_nothing) {
  const Classes classes = count_classes([] {
    FileSystem fs;
    check(fs.mount("C:").has_value(), "mount");
    const auto file = fs.create_file("C:\\F", read_write, share_all, Disposition::create_new);
    check(fs.set_end(*file, 1 << 20).has_value(), "size");
    const auto write = [&](std::uint64_t offset) { check(fs.write(*file, offset, bytes("x")).has_value(), "write"); };
    thread first([&] { write(0); }), second([&] { write(1 << 19); });
    first.join();
    second.join();
  });
  EXPECT_EQ(classes.interleavings, 2u);
  EXPECT_EQ(classes.count(), 1u);
}

TEST(Footprints, of_an_enumeration_and_a_creation_in_its_directory_do_not_commute) {
  const Classes classes = count_classes([] {
    FileSystem fs;
    run(
        fs,
        [&] {
          auto find = fs.find_first("C:\\BOX\\*");
          int count = 0;
          while (fs.find_next(*find)) ++count;
          observe("names", count);
        },
        [&] {
          check(fs.create_file("C:\\BOX\\1A.SRQ", Access::write, Share::none, Disposition::create_new).has_value(),
                "create");
        });
  });
  // Before the first name, or behind it, or behind the second, and so on; that the enumeration begins is no matter.
  EXPECT_EQ(classes.count(), 4u);
  EXPECT_EQ(classes.all_outcomes(), (std::map<std::string, std::uint64_t>{{"names=2", 2}, {"names=3", 3}}));
}

TEST(Footprints, of_exclusive_opens_of_one_file_are_ordered) {
  const Classes classes = count_classes([] {
    FileSystem fs;
    const auto claim = [&] {
      const auto file = fs.create_file("C:\\BOX\\1.SRQ", read_write, Share::none, Disposition::open_existing);
      observe("claim", static_cast<int>(error_of(file)));
    };
    run(fs, claim, claim, claim);
  });
  EXPECT_EQ(classes.interleavings, 6u);
  EXPECT_EQ(classes.count(), 3u);  // Who wins; the losers do not meet.
}

TEST(Serving, on_the_fiber_and_inline_give_the_same_logical_states) {
  const auto explored = [](bool inline_serving) {
    Options options;
    options.strategy = Strategy::stateful;
    options.count_logical_states = true;
    return explore(
        [inline_serving] {
          FileSystem fs(FileSystemOptions{inline_serving});
          const auto claim = [&fs] {
            const auto file = fs.create_file("C:\\BOX\\1.SRQ", read_write, Share::none, Disposition::open_existing);
            if (!file) return;
            check(fs.write(*file, 0, bytes("DONE")).has_value() && fs.close(*file).has_value(), "write");
          };
          run(fs, claim, claim);
        },
        options);
  };
  const Report served = explored(false), inlined = explored(true);
  EXPECT_EQ(served.verdict, Verdict::holds);
  EXPECT_EQ(served.logical_states, inlined.logical_states);
  EXPECT_GT(served.logical_states, 0u);
  EXPECT_EQ(served.outcomes, inlined.outcomes);
}

TEST(Serving, lets_a_thread_await_a_file) {
  const Report report = explore([] {
    FileSystem fs;
    check(fs.mount("C:").has_value(), "mount");
    thread waiter([&fs] {
      await([&fs] { return fs.attributes("C:\\READY").has_value(); });
      check(fs.attributes("C:\\READY").has_value(), "ready");
      check(fs.last_error() == Win32Error::success, "asking-leaves-no-error");
    });
    check(fs.create_file("C:\\READY", Access::write, Share::none, Disposition::create_new).has_value(), "create");
    waiter.join();
  });
  EXPECT_EQ(report.verdict, Verdict::holds);
}

TEST(Serving, closes_a_loop_that_claims_and_releases_for_ever) {
  Options options;
  options.strategy = Strategy::stateful;
  const Report report = explore(
      [] {
        FileSystem fs;
        check(fs.mount("C:").has_value(), "mount");
        const auto loop = [&fs] {
          for (;;) {
            const auto lock = fs.create_file("C:\\LOCK", Access::write, Share::none, Disposition::create_new);
            if (!lock) continue;
            check(fs.write(*lock, 0, bytes("mine")).has_value(), "write");
            check(fs.close(*lock).has_value() && fs.delete_file("C:\\LOCK").has_value(), "release");
            reach("released");  // What it goes on for.
          }
        };
        thread first(loop), second(loop);
        first.join();
      },
      options);
  EXPECT_TRUE(report.complete) << report.reason;
  EXPECT_EQ(report.verdict, Verdict::holds);
}

TEST(Serving, refuses_a_filesystem_from_outside) {
  FileSystem fs;
  ASSERT_TRUE(fs.mount("C:"));
  const Report report = explore([&fs] { static_cast<void>(fs.attributes("C:\\F")); });
  ASSERT_EQ(report.verdict, Verdict::violated);
  EXPECT_EQ(report.violations[0].property, "self-contained");
}

TEST(Recording, names_a_file_that_is_read_at_its_end_or_finds_no_room) {
  const Report report = explore([] {
    FileSystem fs;
    check(fs.mount("C:", {.capacity_bytes = 2}).has_value(), "mount");
    const auto file = fs.create_file("C:\\1.INS", read_write, Share::none, Disposition::create_always);
    std::array<std::byte, 4> data;
    static_cast<void>(fs.read(*file, 0, data));
    static_cast<void>(fs.write(*file, 0, bytes("1234")));
    check(false, "recorded");
  });
  ASSERT_EQ(report.violations.size(), 1u);
  const Trace& trace = report.violations[0].trace;
  ASSERT_EQ(trace.events().size(), 3u);
  for (const std::size_t at : {1, 2}) {
    EXPECT_EQ(trace.object_name(trace.events()[at].operation.object), "C:\\1.INS [contents]");
  }
}

TEST(Recording, says_what_was_asked_and_answered) {
  const Report report = explore([] {
    FileSystem fs;
    check(fs.mount("\\\\P01\\SMS_SITE").has_value(), "mount");
    const std::string path = "\\\\P01\\SMS_SITE\\1.PCK";
    const auto file = fs.create_file(path, Access::write, Share::none, Disposition::create_always);
    static_cast<void>(fs.write(*file, 0, bytes("1234")));
    static_cast<void>(fs.create_file(path, Access::read, share_all, Disposition::open_existing));
    check(false, "recorded");
  });
  ASSERT_EQ(report.violations.size(), 1u);
  const Trace& trace = report.violations[0].trace;
  std::vector<std::string> lines;
  for (const Event& event : trace.events()) {
    lines.push_back(std::string(to_text(event.operation.kind)) + " " + trace.object_name(event.operation.object) + " " +
                    event.text);
  }
  const std::string package = "\\\\P01\\SMS_SITE\\1.PCK";
  EXPECT_EQ(lines, (std::vector<std::string>{
                       "file_open " + package + " create_always W share - -> ok",
                       "file_write " + package + " [contents] at 0 -> 4",
                       "file_open " + package + " open_existing R share RWD -> error 32",
                   }));
}

}  // namespace
}  // namespace sim::vfs
