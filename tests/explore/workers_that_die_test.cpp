// Exploring with several processes, some of which are killed, interrupted, or ended by the program.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "explore/workers/exchange.hpp"
#include "explore/workers/team.hpp"
#include "tests/bench/programs.hpp"
#include "tests/explore/workers.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace workers_test;
using namespace std::chrono_literals;
using agreement::violation_of;

namespace {

std::vector<pid_t> children_of_this_thread() {
  std::ifstream list("/proc/thread-self/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

/// Kills children of the thread that has made it, one each `period`, the first after the first period, at most `count`.
class Killer {
 public:
  Killer(std::chrono::microseconds period, unsigned count)
      : list_("/proc/" + std::to_string(getpid()) + "/task/" + std::to_string(gettid()) + "/children"),
        thread_([this, period, count] {
          std::set<pid_t> before;
          while (!over_ && killed_ < count) {
            std::this_thread::sleep_for(period);
            std::ifstream list(list_);
            pid_t child = 0;
            while (list >> child && before.contains(child)) child = 0;  // Dead, and not yet reaped.
            if (over_ || child == 0 || kill(child, SIGKILL) != 0) continue;
            before.insert(child);
            ++killed_;
          }
        }) {}
  ~Killer() { finish(); }
  unsigned finish() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
    return killed_;
  }

 private:
  const std::string list_;
  std::atomic<bool> over_ = false;
  std::atomic<unsigned> killed_ = 0;
  std::thread thread_;
};

unsigned notes_of_killing(const Report& report) {
  return static_cast<unsigned>(std::ranges::count_if(
      report.notes, [](const std::string& note) { return note.find("was killed (SIGKILL)") != std::string::npos; }));
}

}  // namespace

TEST(Workers, that_are_killed_are_reported_and_their_work_is_done) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "states that are met again by re-execution differ in dead bytes of instrumented frames";
#endif
  const auto program = bench::claim_racy<4, 1>;
  const auto large = bench::claim_racy<3, 3>;
  const Report small_alone = explore(program, stateful()), large_alone = explore(large, stateful());
  unsigned killed = 0;
  for (unsigned round = 0; round < 8; ++round) {
    SCOPED_TRACE(round);
    const bool use_large = round % 2 == 1;
    Killer killer(1ms + round * 5'300us, 2);
    const Report report = explore(use_large ? std::function<void()>(large) : program, with_workers(3));
    const unsigned now = killer.finish();
    killed += now;
    // Transitions of the dead were made again.
    Report expected = use_large ? large_alone : small_alone;
    EXPECT_GE(report.transitions, report.complete ? expected.states - 1 : 0);
    expected.transitions = report.transitions;
    expect_same(report, expected);
    EXPECT_LE(notes_of_killing(report), now);  // The last may have had nothing left to do.
  }
  EXPECT_GT(killed, 3u);
}

TEST(Workers, that_are_killed_while_all_find_violations_lose_none) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "states that are met again by re-execution differ in dead bytes of instrumented frames";
#endif
  const auto program = [] {
    mixed();
    atomic<int> x{0};
    known::run_threads(4, [&](int i) {
      for (int k = 0; k < 4; ++k) x.fetch_add(i);
    });
  };
  const Report alone = explore(program, stateful());
  for (unsigned round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    Killer killer(2ms + round * 9'100us, 1);
    const Report report = explore(program, with_workers(2));
    EXPECT_EQ(report.states, alone.states);
    EXPECT_EQ(report.executions, alone.executions);
    EXPECT_EQ(report.complete, alone.complete);
    EXPECT_EQ(outcomes_of(report), outcomes_of(alone));
    EXPECT_EQ(violated_in(report), violated_in(alone));
  }
}

// Each state but the last is reached in one way alone, so that whatever a dead worker has lost is missing in the end.
TEST(Workers, that_are_killed_in_a_tree_of_states_lose_no_branch) {
  const auto program = [] {
    std::uint32_t way = 0;
    for (int i = 0; i < 9; ++i) way = way * 3 + choose(3);
    observe("way", way % 5);
  };
  const Report alone = explore(program, stateful());
  EXPECT_GT(alone.states, 9'841u);  // 1 + 3 + ... + 3^8, and the ends.
  for (unsigned round = 0; round < 8; ++round) {
    SCOPED_TRACE(round);
    Killer killer(1ms + round * 2'300us, 2);
    const Report report = explore(program, with_workers(3));
    killer.finish();
    EXPECT_EQ(report.states, alone.states);
    EXPECT_EQ(report.executions, alone.executions);
    EXPECT_EQ(report.complete, alone.complete);
    EXPECT_EQ(outcomes_of(report), outcomes_of(alone));
  }
}

TEST(Workers, that_are_killed_under_optimal_dpor_lose_no_execution) {
#ifdef RACEWALK_ASAN
  constexpr unsigned enough = 1;
#else
  constexpr unsigned enough = 2;
#endif
  unsigned died = 0;
  for (unsigned round = 0; died < enough && round < 20; ++round) {
    SCOPED_TRACE(round);
    Options options = with_workers(3);
    options.strategy = Strategy::optimal_dpor;
    options.max_memory_bytes = std::uint64_t{1} << 30;  // No more than all living have.
    Killer killer(5ms + round % 5 * 11'300us, 2);
    const Report report = explore(bench::claim_racy<4, 1>, options);
    killer.finish();
    EXPECT_TRUE(report.complete) << report.reason;
    EXPECT_EQ(report.executions, 939'752u);
    EXPECT_EQ(report.blocked_executions, 0u);
    ASSERT_LE(report.notes.size(), 1u);
    if (report.notes.empty()) continue;  // Those that were killed had ended, and were not collected.
    ++died;
    EXPECT_TRUE(report.notes[0].ends_with("died; what it was exploring was explored again")) << report.notes[0];
  }
  EXPECT_EQ(died, enough);
}

TEST(Workers, that_are_all_killed_prove_nothing) {
  Killer killer(5ms, 2);
  const Report report = explore(bench::claim_racy<4, 2>, with_workers(2));
  ASSERT_EQ(killer.finish(), 2u);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_FALSE(report.complete);
  EXPECT_NE(report.reason.find("every worker was killed"), std::string::npos) << report.reason;
  EXPECT_EQ(notes_of_killing(report), 2u);
}

TEST(Workers, that_die_give_their_memory_back) {
  workers::Team team(2);
  team.start([](workers::Worker& worker) -> Report {
    worker.seat().memory_bytes.store(1'000 + worker.index());
    if (worker.index() == 0) kill(getpid(), SIGKILL);
    return {};
  });
  workers::Team::Duties duties;
  unsigned buried = 0;
  duties.bury = [&](const workers::Team::Death& death) {
    ++buried;
    EXPECT_EQ(death.worker, 0u);
    EXPECT_EQ(team.control().seats[death.worker].memory_bytes, 0u);
  };
  duties.note = [](unsigned, const Report&) {};
  duties.look = [] {};
  duties.is_nothing_left = [] { return false; };
  team.supervise(duties);
  EXPECT_EQ(buried, 1u);
}

TEST(Workers, that_die_with_a_piece_of_work_half_taken_leave_it) {
  workers::Exchange exchange(100);
  const auto write = [](std::span<std::byte> room) {
    room[0] = std::byte{7};
    return std::size_t{1};
  };
  ASSERT_TRUE(exchange.leave(0, write));
  ASSERT_TRUE(exchange.take(1).has_value());
  EXPECT_EQ(exchange.waiting(), 0u);
  EXPECT_FALSE(exchange.is_empty());
  exchange.repair(2);
  EXPECT_FALSE(exchange.take(0).has_value());
  exchange.repair(1);
  EXPECT_EQ(exchange.waiting(), 1u);
  const auto place = exchange.take(0);
  ASSERT_TRUE(place.has_value());
  EXPECT_EQ(exchange.bytes(*place)[0], std::byte{7});
  exchange.has_taken(*place);
  EXPECT_TRUE(exchange.is_empty());
}

TEST(Workers, that_the_program_kills_show_how) {
  const auto program = [](auto fault) {
    return [fault] {
      atomic<int> x{0, "x"};
      known::run_threads(3, [&](int i) {
        for (int k = 0; k < 3; ++k) {
          if (x.fetch_add(1) == 7 && i == 0) fault();  // Not on the first schedule: it runs in the parent.
        }
      });
    };
  };
  const Report by_signal = explore(program([] { kill(getpid(), SIGTERM); }), with_workers(2));
  EXPECT_EQ(by_signal.verdict, Verdict::violated);
  const Violation signal = violation_of(by_signal, "signal");
  EXPECT_TRUE(signal.detail.starts_with("SIGTERM ended the process that explored")) << signal.detail;
  ASSERT_EQ(signal.schedule.size(), 8u);
  EXPECT_EQ(signal.schedule.choices()[7].value, 1u);
  EXPECT_EQ(signal.trace.scheduled_steps(), 7u);
  const Report by_exit = explore(program([] { _exit(3); }), with_workers(2));
  EXPECT_EQ(violation_of(by_exit, "exit").detail, "the program ended the process that explored, with status 3");
}

TEST(Workers, that_a_signal_interrupts_alone_stop_all) {
  struct sigaction old {};
  struct sigaction action {};
  action.sa_handler = [](int) { interrupt(); };
  sigaction(SIGINT, &action, &old);
  Options options = with_workers(2);
  bool sent = false;
  options.progress = [&sent](const Progress&) {
    const std::vector<pid_t> children = children_of_this_thread();
    if (sent || children.empty()) return;
    kill(children.front(), SIGINT);
    sent = true;
  };
  const Report report = explore(bench::claim_racy<4, 2>, options);
  sigaction(SIGINT, &old, nullptr);
  EXPECT_TRUE(sent);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_EQ(report.reason, "interrupted");
}
