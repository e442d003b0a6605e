// Exploring with several processes: they find what one finds, whatever becomes of some of them.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "explore/workers/exchange.hpp"
#include "tests/bench/programs.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace sim;
using namespace std::chrono_literals;
using agreement::outcomes_of;
using agreement::stateful;
using agreement::violated_in;
using agreement::violation_of;

namespace {

std::set<std::string> goals_of(const Report& report) {
  std::set<std::string> goals;
  for (const auto& [goal, count] : report.goals) goals.insert(goal);
  return goals;
}

void expect_same(const Report& one, const Report& other) {
  EXPECT_EQ(one.verdict, other.verdict) << one.reason << " | " << other.reason;
  EXPECT_EQ(one.complete, other.complete) << one.reason << " | " << other.reason;
  EXPECT_EQ(one.executions, other.executions);
  EXPECT_EQ(one.states, other.states);
  EXPECT_EQ(one.transitions, other.transitions);
  EXPECT_EQ(one.assumed_away, other.assumed_away);
  EXPECT_EQ(outcomes_of(one), outcomes_of(other));
  EXPECT_EQ(goals_of(one), goals_of(other));
  EXPECT_EQ(violated_in(one), violated_in(other));
}

/// One worker = two = three. Returns the report of one.
Report expect_same_for_all(const std::function<void()>& program, Options options = stateful()) {
  const Report alone = explore(program, options);
  for (unsigned workers = 2; workers <= 3; ++workers) {
    SCOPED_TRACE(std::to_string(workers) + " workers");
    options.workers = workers;
    const Report together = explore(program, options);
    expect_same(together, alone);
    agreement::expect_replays(program, together, options);
  }
  return alone;
}

Options with_workers(unsigned workers) {
  Options options = stateful();
  options.workers = workers;
  return options;
}

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

/// Races, a failed check, a value that is chosen, and executions that are dropped.
void mixed() {
  atomic<int> x{0, "x"};
  shared<int> plain{0, "plain"};
  const std::uint32_t value = choose(3);
  thread a("a", [&] {
    assume(x.fetch_add(1) != 1);
    plain.store(1);
  });
  thread b("b", [&] {
    check(x.fetch_add(static_cast<int>(value)) != 1, "b-first");
    if (value == 2) plain.store(2);
  });
  a.join();
  b.join();
  observe("x", x.load());
}

/// Waits for a flag by polling, which one more thread never sets in half of the cases.
void polling() {
  atomic<int> flag{0, "flag"}, other{0, "other"};
  thread poller("poller", [&] {
    while (flag.load() == 0) sim::this_thread::yield();
  });
  thread setter("setter", [&] {
    if (other.load() == 0) flag.store(1);
  });
  thread spoiler("spoiler", [&] { other.store(1); });
  poller.join();
  setter.join();
  spoiler.join();
}

}  // namespace

TEST(Workers, find_what_one_finds_in_every_known_program) {
  for (const known::Program& program : known::programs) {
    SCOPED_TRACE(program.name);
    expect_same_for_all(program.run);
  }
}

TEST(Workers, agree_on_violations_values_and_assumptions) {
  const Report report = expect_same_for_all(mixed);
  EXPECT_EQ(violated_in(report), (std::set<std::string>{"b-first", "data-race"}));
  EXPECT_GT(report.assumed_away, 0u);
}

TEST(Workers, agree_on_livelocks) {
  const Report report = expect_same_for_all(polling);
  EXPECT_EQ(violated_in(report), std::set<std::string>{"livelock"});
  Options blind = stateful();
  blind.livelocks = false;
  EXPECT_EQ(expect_same_for_all(polling, blind).verdict, Verdict::holds);
}

TEST(Workers, agree_on_what_the_step_limit_cuts_off) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    const auto body = [&] {
      for (int i = 0; i < 6; ++i) {
        if (x.load() == i) y.fetch_add(1);
        x.store(i);
      }
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
  Options options = stateful();
  for (const std::uint64_t steps : {10u, 20u, 30u}) {
    SCOPED_TRACE(steps);
    options.max_steps = steps;
    const Report alone = explore(program, options);
    for (unsigned workers = 2; workers <= 3; ++workers) {
      options.workers = workers;
      const Report together = explore(program, options);
      EXPECT_EQ(together.states, alone.states);
      EXPECT_EQ(together.executions, alone.executions);
      EXPECT_EQ(together.complete, alone.complete);
      EXPECT_NE(together.reason.find("max_steps"), std::string::npos) << together.reason;
    }
    options.workers = 1;
  }
}

TEST(Workers, agree_on_programs_that_read_the_time_or_sleep) {
  expect_same_for_all([] {
    atomic<int> x{0};
    const auto body = [&](int times) {
      for (int i = 0; i < times; ++i) {
        const auto begin = virtual_clock::now();
        sim::this_thread::sleep_for(1ms * times);
        if (virtual_clock::now() - begin > 2ms) x.fetch_add(1);
      }
    };
    thread a(body, 2), b(body, 3);
    a.join();
    b.join();
    observe("x", x.load());
  });
}

TEST(Workers, initialise_function_local_statics_alike) {
  // Each is met first on another schedule, perhaps by another process.
  const Report report = expect_same_for_all([] {
    atomic<int> x{0};
    const auto body = [&](int me) {
      const int before = x.exchange(me);
      if (before == 1 && me == 3) {
        static const std::string* const late = new std::string("a text that does not fit into the object itself");
        observe("late", late->size());
      }
      if (before == 2) {
        static const std::vector<int> other(100, 7);
        observe("other", other[5]);
      }
    };
    known::run_threads(4, body);
  });
  EXPECT_TRUE(report.complete);
}

TEST(Workers, agree_where_few_snapshots_fit) {
  Options options = stateful();
  options.snapshot_budget_bytes = 20'000;
  expect_same_for_all(known::last_zero<6>, options);
}

TEST(Workers, agree_where_nothing_is_kept) {
  Options options = stateful();
  options.backtracking = Backtracking::reexecute;
  expect_same_for_all(known::philosophers<4>, options);
}

TEST(Workers, work_in_an_isolated_process) {
  Options options = stateful();
  options.isolate = true;
  expect_same_for_all(known::philosophers<3>, options);
}

TEST(Workers, that_are_killed_are_reported_and_their_work_is_done) {
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

TEST(Workers, that_are_all_killed_prove_nothing) {
  Killer killer(5ms, 2);
  const Report report = explore(bench::claim_racy<4, 2>, with_workers(2));
  ASSERT_EQ(killer.finish(), 2u);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_FALSE(report.complete);
  EXPECT_NE(report.reason.find("every worker was killed"), std::string::npos) << report.reason;
  EXPECT_EQ(notes_of_killing(report), 2u);
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

TEST(Workers, stop_at_the_first_violation) {
  Options options = with_workers(2);
  options.stop_at_first_violation = true;
  const Report report = explore(known::increment<4>, options);
  const Report none = explore(known::philosophers<7>, options);
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(none.verdict, Verdict::violated);
  EXPECT_FALSE(none.complete);
  EXPECT_TRUE(none.stopped_by_violation);
  EXPECT_EQ(none.reason, "stopped at the first violation");
}

TEST(Workers, keep_to_their_budgets) {
  const auto large = bench::claim_racy<4, 2>;
  Options options = with_workers(2);
  options.max_seconds = 0.1;
  Report report = explore(large, options);
  EXPECT_EQ(report.reason, "the budget of 0.1 s ran out (max_seconds)");
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_LT(report.seconds, 1.0);
  options.max_seconds = 0;
  options.max_memory_bytes = 4 << 20;
  report = explore(large, options);
  EXPECT_EQ(report.reason, "the budget of 4 MiB of memory ran out (max_memory)");
  EXPECT_LT(report.peak_memory_bytes, 8u << 20);
  options.max_memory_bytes = 0;
  options.max_executions = 100;
  report = explore(known::last_zero<10>, options);
  EXPECT_EQ(report.reason, "the budget of 100 executions ran out (max_executions)");
  EXPECT_GE(report.executions, 100u);
}

TEST(Workers, report_progress_of_all_and_stop_when_interrupted) {
  Options options = with_workers(2);
  Progress last;
  options.progress = [&last](const Progress& progress) {
    EXPECT_GE(progress.states, last.states);
    last = progress;
    if (progress.states != 0) interrupt();
  };
  const Report report = explore(bench::claim_racy<4, 2>, options);
  EXPECT_EQ(report.reason, "interrupted");
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_GT(last.states, 0u);
  EXPECT_GT(last.memory_bytes, 0u);
  EXPECT_GE(report.states, last.states);
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

TEST(Workers, are_refused_where_they_cannot_be) {
  const auto refused = [](const Options& options) {
    try {
      explore(known::abba, options);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  Options options = with_workers(65);
  EXPECT_EQ(refused(options), "sim::Options: workers must be at most 64");
  options = with_workers(2);
  options.strategy = Strategy::random_walk;
  EXPECT_EQ(refused(options),
            "sim::Options: random_walk explores with one worker; leave workers at 1, or use optimal_dpor or stateful");
  options = with_workers(2);
  options.order = Order::breadth_first;
  EXPECT_NE(refused(options).find("breadth_first explores with one worker"), std::string::npos);
  options = with_workers(2);
  options.count_logical_states = true;
  EXPECT_NE(refused(options).find("count_logical_states needs one worker"), std::string::npos);
}
