// Exploring with several processes: they find what one finds.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/programs.hpp"
#include "tests/explore/detour.hpp"
#include "tests/explore/workers.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace workers_test;
using namespace std::chrono_literals;

namespace {

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

/// Fills much of what lies below the stack.
[[gnu::noinline]] void litter(int value) {
  volatile unsigned char bytes[20'000];
  for (volatile unsigned char& byte : bytes) byte = static_cast<unsigned char>(value + 1);
}

/// Stops with frames on the stack that leave `size` bytes of themselves unwritten.
template <std::size_t size>
[[gnu::noinline]] int stop_above_a_gap(atomic<int>& x) {
  volatile unsigned char bytes[size];
  bytes[0] = 1;
  const int before = x.fetch_add(1);
  return before + bytes[0];
}

/// What threads leave on their stacks is not what they find there later.
template <std::size_t size>
void littering() {
  atomic<int> x{0, "x"}, y{0, "y"};
  const auto body = [&] {
    litter(x.load());
    y.store(1);
    if (stop_above_a_gap<size>(x) == 2) reach("two");
    stop_above_a_gap<size / 2>(y);
    if (choose(2) == 1) reach("one");
    stop_above_a_gap<size / 4>(x);
  };
  thread a("a", body), b("b", body);
  a.join();
  b.join();
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

// Before there are workers the program is run once: as far as the step limit, and no further.
TEST(Workers, agree_on_programs_that_never_end) {
  const auto program = [] {
    atomic<int> x{0, "x"};
    const auto count = [&x](int to) {
      for (;;) {
        x.store(to);
        reach("counted");
      }
    };
    thread one("one", count, 1), two("two", count, 2);
    one.join();
    two.join();
  };
  const Report report = expect_same_for_all(program);
  EXPECT_EQ(report.verdict, Verdict::holds) << report.reason;
  EXPECT_EQ(report.executions, 0u);
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

TEST(Workers, agree_on_what_the_step_limit_cuts_off_and_a_shorter_way_reaches) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "the two ways leave different dead bytes in instrumented frames, and never meet";
#endif
  for (const std::uint32_t long_value : {0u, 1u}) {  // Whichever is explored first.
    const auto detour = detour_test::detour(10, 5, long_value, 1, 30'000'000);
    Options options = stateful();
    options.max_steps = 12;
    const Report alone = explore(detour, options);
    EXPECT_TRUE(alone.complete) << alone.reason;
    for (unsigned workers = 2; workers <= 3; ++workers) {
      options.workers = workers;
      const Report together = explore(detour, options);
      EXPECT_TRUE(together.complete) << together.reason;
      EXPECT_EQ(together.states, alone.states);
      EXPECT_EQ(together.executions, 1u);
      EXPECT_TRUE(together.outcomes.contains("end=4"));
    }
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
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "states that are met again by re-execution differ in dead bytes of instrumented frames";
#endif
  Options options = stateful();
  options.snapshot_budget_bytes = 20'000;
  expect_same_for_all(known::last_zero<6>, options);
}

TEST(Workers, agree_where_nothing_is_kept) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "states that are met again by re-execution differ in dead bytes of instrumented frames";
#endif
  Options options = stateful();
  options.backtracking = Backtracking::reexecute;
  expect_same_for_all(known::philosophers<4>, options);
}

TEST(Workers, work_in_an_isolated_process) {
  Options options = stateful();
  options.isolate = true;
  expect_same_for_all(known::philosophers<3>, options);
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
  EXPECT_LE(report.executions, 101u);  // What was under way.
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

// A state and a choice determine the next state: otherwise their number depends on the order in which they are met.
TEST(Workers, states_do_not_depend_on_the_order) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "the stacks of AddressSanitizer are not cleared";
#endif
  for (void (*const program)() : {littering<64>, littering<600>, littering<3'000>, littering<12'000>}) {
    Options options = stateful();
    const Report deep = expect_same_for_all(program, options);
    options.order = Order::breadth_first;
    expect_same(explore(program, options), deep);
  }
}
