#include <sim/sim.hpp>

#include <set>

#include "drive.hpp"
#include "tests/explore/class_counter.hpp"

namespace sim::vfs {
namespace {

using classes::Classes;
using classes::count_classes;

constexpr std::string_view share = R"(\\P01\SMS_SITE)";
constexpr std::string_view package = R"(\\P01\SMS_SITE\1.PCK)";

/// A server's disk D:, and the share by which others see it.
class Network : public Drive {
 protected:
  Network() {
    EXPECT_TRUE(fs.mount("D:"));
    EXPECT_TRUE(fs.mount_share(share, "D:"));
  }
  Win32Error try_write(Handle file) { return error_of(fs.write(file, 0, bytes("x"))); }
};

TEST_F(Network, a_share_is_another_way_to_the_same_files) {
  make_file("D:\\1.PCK", "text");
  EXPECT_EQ(text_of(package), "text");
  const Handle remote = open(package, Access::write, Share::none);
  EXPECT_EQ(try_open("D:\\1.PCK"), Win32Error::sharing_violation);
  ASSERT_TRUE(fs.close(remote));
  EXPECT_EQ(error_of(fs.mount_share(share, "D:")), Win32Error::already_assigned);
  EXPECT_EQ(error_of(fs.mount_share(R"(\\P02\X)", "E:")), Win32Error::path_not_found);
  EXPECT_EQ(error_of(fs.move_file(package, "D:\\2.PCK", false)), Win32Error::not_same_device);
}

TEST_F(Network, a_server_that_cannot_be_reached_keeps_the_handles_and_the_client_meets_its_own_32) {
  const Handle remote = open(package, Access::write, Share::none), local = open("D:\\2.PCK");
  ASSERT_TRUE(fs.set_reachable(share, false));
  EXPECT_EQ(try_open(package, Access::write), Win32Error::bad_netpath);
  EXPECT_EQ(error_of(fs.attributes(package)), Win32Error::bad_netpath);
  EXPECT_EQ(try_write(remote), Win32Error::netname_deleted);
  EXPECT_EQ(try_write(local), Win32Error::success);
  EXPECT_EQ(try_open("D:\\1.PCK", Access::write), Win32Error::sharing_violation);
  ASSERT_TRUE(fs.set_reachable(share, true));
  EXPECT_EQ(try_write(remote), Win32Error::netname_deleted);
  EXPECT_EQ(try_open(package, Access::write), Win32Error::sharing_violation);
  ASSERT_TRUE(fs.close(remote));
  EXPECT_EQ(try_open(package, Access::write), Win32Error::sharing_violation);
  ASSERT_TRUE(fs.reap(share));
  EXPECT_EQ(try_open(package, Access::write), Win32Error::success);
  EXPECT_EQ(try_write(remote), Win32Error::invalid_handle);
}

TEST_F(Network, reaping_performs_a_deletion_that_waited_and_gives_locks_back) {
  const Handle remote = open(package), local = open("D:\\1.PCK");
  ASSERT_TRUE(fs.lock(remote, 0, 10, true));
  ASSERT_TRUE(fs.set_reachable(share, false));
  EXPECT_EQ(try_write(local), Win32Error::lock_violation);
  ASSERT_TRUE(fs.delete_file("D:\\1.PCK"));
  ASSERT_TRUE(fs.reap(share));
  EXPECT_EQ(try_write(local), Win32Error::success);
  ASSERT_TRUE(fs.close(local));
  EXPECT_EQ(try_open("D:\\1.PCK"), Win32Error::file_not_found);
}

TEST_F(Network, a_drop_ends_watches_of_its_session_alone) {
  const auto remote = fs.watch(share), local = fs.watch("D:\\");
  ASSERT_TRUE(remote && local);
  ASSERT_TRUE(fs.set_reachable(share, false));
  make_file("D:\\1.SNI");
  EXPECT_EQ(error_of(fs.read_changes(*remote)), Win32Error::netname_deleted);
  EXPECT_EQ(fs.read_changes(*local)->size(), 1u);
}

TEST_F(Network, belongs_to_the_fingerprint) {
  const Hash128 before = fs.fingerprint();
  const Handle remote = open(package, Access::write, Share::none);
  const Hash128 alive = fs.fingerprint();
  ASSERT_TRUE(fs.set_reachable(share, false));
  const Hash128 unreachable = fs.fingerprint();
  ASSERT_TRUE(fs.set_reachable(share, true));
  const Hash128 dropped = fs.fingerprint();
  EXPECT_NE(unreachable, dropped);
  EXPECT_NE(dropped, alive);
  ASSERT_TRUE(fs.reap(share));
  ASSERT_TRUE(fs.close(remote));
  ASSERT_TRUE(fs.delete_file(package));
  EXPECT_EQ(fs.fingerprint(), before);
}

// ---- faults -------------------------------------------------------------------------------------

/// A client that writes to a share, with faults; `body` gets the filesystem.
template <class Body>
auto with_faults(Fault kinds, std::uint32_t faults, Body body, std::int64_t reap_after = 0) {
  return [=] {
    FaultBudget budget(faults);
    FileSystem fs;
    check(fs.mount("D:").has_value(), "mount");
    const FaultOptions options{.kinds = kinds, .budget = &budget, .reap_after = reap_after};
    check(fs.mount_share(share, "D:", {.faults = options}).has_value(), "mount");
    body(fs);
  };
}

std::string code(Win32Error error) {
  return std::to_string(static_cast<unsigned>(error));
}

std::uint64_t size_of(FileSystem& fs) {
  const auto attributes = fs.attributes("D:\\1.PCK");
  return attributes ? attributes->size : 1000 + static_cast<unsigned>(attributes.error());
}

TEST(Faults, are_explored_at_each_operation_and_use_up_the_budget) {
  const auto send = [](FileSystem& fs) {
    std::string errors;
    const auto file = fs.create_file(package, Access::write, Share::none, Disposition::create_always);
    errors += code(error_of(file));
    if (file) {
      errors += "," + code(error_of(fs.write(*file, 0, bytes("1234"))));
      errors += "," + code(error_of(fs.close(*file)));
    }
    observe("errors", errors);
    observe("size", static_cast<int>(size_of(fs)));
  };
  const auto outcomes = [&](Fault kinds, std::uint32_t faults) {
    std::string text;
    for (const auto& [outcome, count] : explore(with_faults(kinds, faults, send)).outcomes) {
      text += outcome + ": " + std::to_string(count) + "\n";
    }
    return text;
  };
  const std::string fine = "errors=0,0,0 size=4: 1\n";
  EXPECT_EQ(outcomes(Fault::none, 1), fine);
  EXPECT_EQ(outcomes(Fault::disk_full, 0), fine);
  EXPECT_EQ(outcomes(Fault::disk_full, 2), fine + "errors=0,112,0 size=0: 1\n");
  EXPECT_EQ(outcomes(Fault::unreachable, 2), fine + "errors=53 size=1002: 1\n");
  EXPECT_EQ(outcomes(Fault::unreachable | Fault::disk_full, 1),
            fine + "errors=0,112,0 size=0: 1\nerrors=53 size=1002: 1\n");
}

// What the caller sees is the same: 64. What the server has is not.
TEST(Faults, drop_before_or_behind_an_applied_write) {
  const auto write = [](FileSystem& fs) {
    const auto file = fs.create_file("D:\\1.PCK", Access::write, share_all, Disposition::create_new);
    check(fs.close(*file).has_value(), "close");
    const auto remote = fs.create_file(package, Access::write, Share::none, Disposition::open_existing);
    if (!remote) return observe("open", code(remote.error()));
    const Win32Error wrote = error_of(fs.write(*remote, 0, bytes("1234")));
    observe("write", code(wrote));
    observe("size", static_cast<int>(size_of(fs)));
    observe("again", code(error_of(fs.write(*remote, 0, bytes("1234")))));
    check(fs.close(*remote).has_value(), "close-succeeds");
    observe("reopen", code(error_of(fs.create_file(package, Access::write, Share::none, Disposition::open_existing))));
  };
  const Report report = explore(with_faults(Fault::drop_before | Fault::drop_after, 1, write));
  EXPECT_EQ(report.verdict, Verdict::holds);
  std::set<std::string> seen;
  for (const auto& [outcome, count] : report.outcomes) seen.insert(outcome);
  EXPECT_EQ(seen.count("again=0 reopen=0 size=4 write=0"), 1u);
  EXPECT_EQ(seen.count("again=64 reopen=0 size=0 write=64"), 1u);
  EXPECT_EQ(seen.count("again=64 reopen=32 size=0 write=64"), 1u);
  EXPECT_EQ(seen.count("again=64 reopen=0 size=4 write=64"), 1u);
  EXPECT_EQ(seen.count("again=64 reopen=32 size=4 write=64"), 1u);
  EXPECT_EQ(seen.count("open=64"), 1u);
}

TEST(Faults, are_told_to_a_listener_when_they_strike) {
  const auto program = [] {
    struct Heard {
      unsigned count = 0;
      Fault last = Fault::none;
    } heard;
    FaultBudget budget(1);
    FileSystem fs;
    FaultOptions options{.kinds = Fault::disk_full | Fault::rename_fails, .budget = &budget};
    options.struck = [](void* listener, Fault fault) {
      auto& it = *static_cast<Heard*>(listener);
      ++it.count;
      it.last = fault;
    };
    options.listener = &heard;
    check(fs.mount("D:", {.faults = options}).has_value(), "mount");
    const auto file = fs.create_file("D:\\F", Access::write, Share::none, Disposition::create_new);
    const std::byte content[] = {std::byte{1}};
    const bool written = fs.write(*file, 0, content).has_value();
    check(heard.count == (written ? 0 : 1), "told-of-a-write");
    (void)fs.close(*file);
    const bool moved = fs.move_file("D:\\F", "D:\\G", false).has_value();
    const Fault expected = !written ? Fault::disk_full : moved ? Fault::none : Fault::rename_fails;
    check(heard.last == expected && heard.count == (expected == Fault::none ? 0 : 1), "told-of-what");
    observe("struck", heard.count);
  };
  const Report report = explore(program);
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(report.outcomes, (std::map<std::string, std::uint64_t>{{"struck=0", 1}, {"struck=1", 2}}));
}

TEST(Faults, let_a_client_meet_its_own_handle_until_the_server_reaps_it) {
  const auto reopen = [](FileSystem& fs) {
    for (;;) {
      const auto file = fs.create_file(package, Access::write, Share::none, Disposition::open_always);
      if (!file && file.error() == Win32Error::sharing_violation) {
        reach("own-32");
        this_thread::sleep_for(std::chrono::minutes(1));
        continue;
      }
      if (!file) continue;
      if (fs.write(*file, 0, bytes("1"))) return;
      check(fs.close(*file).has_value(), "close");
    }
  };
  const auto drops = Fault::drop_before | Fault::drop_after;
  const Report report =
      explore(with_faults(drops, 1, reopen, std::chrono::nanoseconds(std::chrono::minutes(2)).count()));
  EXPECT_EQ(report.verdict, Verdict::holds) << report.reason;
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.goals.count("own-32"), 1u);
}

TEST(Faults, of_renaming_and_of_watches) {
  const auto rename = [](FileSystem& fs) {
    const auto watch = fs.watch(share);
    const auto file = fs.create_file(package, Access::write, share_all, Disposition::create_new);
    check(fs.close(*file).has_value(), "close");
    observe("rename", code(error_of(fs.move_file(package, R"(\\P01\SMS_SITE\1.SNI)", false))));
    const auto notices = fs.read_changes(*watch);
    observe("told", static_cast<int>(notices->size()));
    observe("size", static_cast<int>(size_of(fs)));
  };
  std::map<std::string, std::uint64_t> expected = {
      {"rename=0 size=1002 told=3", 1}, {"rename=5 size=0 told=1", 1}, {"rename=0 size=1002 told=0", 1}};
  EXPECT_EQ(explore(with_faults(Fault::rename_fails | Fault::watch_overflow, 1, rename)).outcomes, expected);
}

TEST(Faults, have_footprints_that_are_sound_and_no_larger_than_needed) {
  const auto program = [](Fault kinds, std::uint32_t faults) {
    return with_faults(kinds, faults, [](FileSystem& fs) {
      const auto send = [&fs](std::string_view path) {
        const auto file = fs.create_file(path, Access::write, Share::none, Disposition::create_always);
        std::string errors = code(error_of(file));
        if (file) errors += "," + code(error_of(fs.write(*file, 0, bytes("12"))));
        observe(path, errors);
      };
      thread first([&] { send(R"(\\P01\SMS_SITE\1)"); }), second([&] { send(R"(\\P01\SMS_SITE\2)"); });
      first.join();
      second.join();
    });
  };
  EXPECT_EQ(count_classes(program(Fault::disk_full, 0)).count(), 1u);
  const Classes disk = count_classes(program(Fault::disk_full, 1));
  EXPECT_TRUE(disk.sound()) << disk.example;
  const auto all = Fault::disk_full | Fault::unreachable | Fault::drop_before | Fault::drop_after;
  for (const auto& [kinds, faults] : {std::pair{Fault::disk_full, 1u}, {Fault::disk_full, 2u}, {all, 1u}}) {
    const Classes classes = count_classes(program(kinds, faults));
    EXPECT_TRUE(classes.sound()) << classes.example;
    const Report report = explore(program(kinds, faults));
    EXPECT_EQ(report.verdict, Verdict::holds);
    EXPECT_EQ(report.executions, classes.count());
    EXPECT_EQ(report.blocked_executions, 0u);
    Options dfs;
    dfs.strategy = Strategy::dfs;
    std::set<std::string> reduced, full;
    for (const auto& [outcome, count] : report.outcomes) reduced.insert(outcome);
    for (const auto& [outcome, count] : explore(program(kinds, faults), dfs).outcomes) full.insert(outcome);
    EXPECT_EQ(reduced, full);
  }
}

TEST(Faults, can_be_shared_with_faults_of_the_program) {
  const Report report = explore([] {
    FaultBudget budget(1);
    FileSystem fs;
    check(fs.mount("C:", {.faults = {.kinds = Fault::disk_full, .budget = &budget}}).has_value(), "mount");
    const auto file = fs.create_file("C:\\F", Access::write, share_all, Disposition::create_new);
    const bool full = !fs.write(*file, 0, bytes("1")).has_value();
    const bool crashed = budget.strike(1) != 0;
    observe("faults", std::to_string(full) + std::to_string(crashed));
  });
  EXPECT_EQ(report.outcomes,
            (std::map<std::string, std::uint64_t>{{"faults=00", 1}, {"faults=01", 1}, {"faults=10", 1}}));
}

TEST(Faults, are_shown_in_traces) {
  const Report report = explore(with_faults(Fault::drop_after, 1, [](FileSystem& fs) {
    const auto file = fs.create_file(package, Access::write, Share::none, Disposition::create_new);
    check(file.has_value(), "opened");
  }));
  ASSERT_EQ(report.violations.size(), 1u);
  const Trace& trace = report.violations[0].trace;
  std::vector<std::string> lines;
  for (const Event& event : trace.events()) {
    lines.push_back(std::string(to_text(event.operation.kind)) + " " + event.text);
  }
  ASSERT_GE(lines.size(), 2u);
  EXPECT_EQ(lines[0], "file_open may fail");
  EXPECT_EQ(lines[1], "choice fault: session drops after; create_new W share - -> error 64");
}

}  // namespace
}  // namespace sim::vfs
