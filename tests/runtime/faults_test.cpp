// What would end the process ends the execution: crashes, overflows, exits and hangs become violations with a schedule.
#include <gtest/gtest.h>

#include <cassert>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/explore/agreement.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::violation_of;

namespace {

// A program that does `fault` in one of its two interleavings.
template <class Fault>
auto faulty_second(Fault fault) {
  return [fault] {
    atomic<int> x{0};
    const auto body = [&] {
      if (x.fetch_add(1) == 1)
        fault();
      else
        observe("first", 1);
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
}

template <class Fault>
Violation only_violation_of(Fault fault, const std::string& property) {
  const Report report = explore_in_every_way(faulty_second(fault));
  EXPECT_EQ(report.verdict, Verdict::violated);
  EXPECT_EQ(report.executions, 2u);
  EXPECT_EQ(agreement::violated_in(report), std::set<std::string>{property});
  Violation violation = violation_of(report, property);
  EXPECT_EQ(violation.schedule.to_text(), "1 2");
  EXPECT_EQ(violation.trace.scheduled_steps(), 2u);
  // The checker is as good as new.
  EXPECT_EQ(explore(faulty_second([] {})).verdict, Verdict::holds);
  return violation;
}

// Not to be seen through by the compiler.
volatile int zero = 0;
int* volatile nowhere = reinterpret_cast<int*>(16);  // Sanitizers look for null.

[[gnu::noinline]] int recurse(int depth) {
  volatile char frame[200] = {};
  frame[0] = static_cast<char>(depth);
  return depth == 0 ? frame[0] : recurse(depth - 1) + frame[0];
}

[[gnu::noinline]] int recurse_in_pages(int depth) {
  volatile char frame[3 * 4096];
  frame[sizeof frame - 1] = static_cast<char>(depth);
  return depth == 0 ? frame[sizeof frame - 1] : recurse_in_pages(depth - 1) + frame[sizeof frame - 1];
}

}  // namespace

TEST(Faults, of_memory_are_violations) {
  EXPECT_EQ(only_violation_of([] { *nowhere = 1; }, "signal").detail, "SIGSEGV at address 0x10");
}

TEST(Faults, of_arithmetic_are_violations) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "UndefinedBehaviorSanitizer ends the process first";
#endif
  const Violation violation = only_violation_of([] { observe("quotient", 1000 / zero); }, "signal");
  EXPECT_TRUE(violation.detail.starts_with("SIGFPE at address 0x")) << violation.detail;
}

TEST(Faults, of_instructions_are_violations) {
  const Violation violation = only_violation_of([] { __builtin_trap(); }, "signal");
  EXPECT_TRUE(violation.detail.starts_with("SIGILL at address 0x")) << violation.detail;
}

TEST(Faults, of_mapped_files_are_violations) {
  char name[] = "/tmp/racewalk-empty-XXXXXX";
  const int file = mkstemp(name);
  ASSERT_GE(file, 0);
  void* const beyond = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ASSERT_NE(beyond, MAP_FAILED);
  const Violation violation = only_violation_of([beyond] { *static_cast<volatile char*>(beyond) = 1; }, "signal");
  EXPECT_TRUE(violation.detail.starts_with("SIGBUS at address 0x")) << violation.detail;
  munmap(beyond, 4096);
  close(file);
  unlink(name);
}

TEST(Faults, raised_by_the_program_are_violations) {
  only_violation_of([] { raise(SIGFPE); }, "signal");
  only_violation_of([] { raise(SIGSEGV); }, "signal");
}

TEST(Faults, such_as_abort_are_violations) {
  EXPECT_EQ(only_violation_of([] { std::abort(); }, "signal").detail, "SIGABRT: the program called abort()");
}

TEST(Faults, such_as_a_failed_assertion_are_violations) {
  const Violation violation = only_violation_of([] { assert(zero == 1); }, "assertion");
  EXPECT_TRUE(violation.detail.starts_with("zero == 1 (faults_test.cpp:")) << violation.detail;
}

TEST(Faults, such_as_terminate_are_violations) {
  EXPECT_EQ(only_violation_of([] { std::terminate(); }, "uncaught-exception").detail, "std::terminate was called");
}

TEST(Faults, such_as_exit_are_violations_however_often) {
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(only_violation_of([] { std::exit(0); }, "exit").detail,
              "the program called exit(), which would end the checker");
  }
}

TEST(Faults, such_as_a_double_free_are_violations) {
#ifdef RACEWALK_ASAN
  if (true) GTEST_SKIP() << "AddressSanitizer's own operator delete comes first";
#endif
  EXPECT_EQ(only_violation_of(
                [] {
                  int* volatile number = new int(7);
                  delete number;
                  delete number;
                },
                "invalid-free")
                .detail,
            "the program frees memory that is not the start of a block in use");
}

TEST(Faults, such_as_freeing_the_middle_of_a_block_are_violations) {
  only_violation_of(
      [] {
        char* const text = new char[100];
        char* volatile middle = text + 32;
        operator delete(middle);
      },
      "invalid-free");
}

TEST(Faults, such_as_deleting_what_was_made_outside_are_violations) {
  auto outer = std::make_unique<std::string>("made outside");
  std::string* const raw = outer.get();
  const Report report = explore(faulty_second([raw] { delete raw; }));
  EXPECT_EQ(violation_of(report, "self-contained").detail,
            "the program deletes an object that was allocated outside it; create inside the program what it owns");
  EXPECT_EQ(*outer, "made outside");
}

TEST(Faults, such_as_deep_recursion_are_stack_overflows) {
  EXPECT_EQ(only_violation_of([] { observe("sum", recurse(1'000'000)); }, "stack-overflow").detail,
            "the thread needs more stack than the 256 KiB that it has");
}

TEST(Faults, such_as_frames_that_step_over_pages_are_stack_overflows) {
  only_violation_of([] { observe("sum", recurse_in_pages(1'000'000)); }, "stack-overflow");
}

TEST(Faults, such_as_one_huge_frame_are_stack_overflows) {
  only_violation_of(
      [] {
        volatile char frame[8 << 20];
        frame[0] = 1;
        observe("byte", frame[0]);
      },
      "stack-overflow");
}

TEST(Faults, need_a_recursion_that_is_too_deep_for_the_stack_that_was_asked_for) {
  const auto program = [] { observe("sum", recurse(1'000)); };  // Some 250 KB; more under sanitizers.
  Options options;
  options.stack_bytes = 64 * 1024;
  EXPECT_EQ(violation_of(explore(program, options), "stack-overflow").detail,
            "the thread needs more stack than the 64 KiB that it has");
  options.stack_bytes = 4 * 1024 * 1024;
  EXPECT_EQ(explore(program, options).verdict, Verdict::holds);
  options.stack_bytes = 16 * 1024;
  EXPECT_EQ(explore([] { observe("sum", recurse(5)); }, options).verdict, Verdict::holds);
  options.stack_bytes = 32 * 1024 * 1024;
  EXPECT_EQ(explore([] { observe("sum", recurse(50'000)); }, options).verdict, Verdict::holds);
}

TEST(Faults, such_as_a_loop_without_scheduling_points_are_hangs) {
  Options options;
  options.hang_seconds = 1;
  const auto program = faulty_second([] {
    while (zero == 0) {
    }
  });
  const Report report = explore(program, options);
  EXPECT_EQ(violation_of(report, "hang").detail, "a thread ran for 1.0 s without reaching a scheduling point");
  EXPECT_EQ(violation_of(report, "hang").schedule.to_text(), "1 2");
  EXPECT_EQ(explore(faulty_second([] {}), options).verdict, Verdict::holds);
}

TEST(Faults, such_as_a_wait_in_the_kernel_that_does_not_end_are_hangs) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Options options;
  options.hang_seconds = 0.5;
  char nothing = 0;
  const std::function<void()> waits[] = {[&] { EXPECT_EQ(read(ends[0], &nothing, 1), -1); },
                                         [] { std::this_thread::sleep_for(std::chrono::hours(1)); }};
  for (const std::function<void()>& wait : waits) {
    const auto begin = std::chrono::steady_clock::now();
    const Report report = explore(faulty_second(std::cref(wait)), options);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(violation_of(report, "hang").detail,
              "a thread waited in the kernel for 0.5 s without reaching a scheduling point");
    EXPECT_EQ(violation_of(report, "hang").schedule.to_text(), "1 2");
    EXPECT_LT(seconds.count(), 5);
  }
  close(ends[0]);
  close(ends[1]);
}

TEST(Faults, do_not_include_that_others_use_the_processor) {
  // Others keep the only processor that this thread may use busy: it gets a fifth of it.
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (int processor = 0; CPU_COUNT(&one) == 0; ++processor) {
    if (CPU_ISSET(processor, &before)) CPU_SET(processor, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  pid_t others[4];
  for (pid_t& other : others) {
    other = fork();
    ASSERT_GE(other, 0);
    if (other != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
    }
  }
  const auto seconds_of = [](clockid_t clock) {
    timespec now = {};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  double elapsed = 0;
  const auto program = faulty_second([&] {
    const double begin = seconds_of(CLOCK_MONOTONIC), used = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    while (seconds_of(CLOCK_THREAD_CPUTIME_ID) < used + 0.4) {
    }
    elapsed = seconds_of(CLOCK_MONOTONIC) - begin;
  });
  Options options;
  options.hang_seconds = 1;
  options.check_self_contained = false;  // It tells how long it took.
  const Report report = explore(program, options);
  for (const pid_t other : others) {
    kill(other, SIGKILL);
    waitpid(other, nullptr, 0);
  }
  sched_setaffinity(0, sizeof before, &before);
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_GT(elapsed, 1.3);
}

TEST(Faults, inside_a_predicate_are_violations) {
  for (const bool awaited : {true, false}) {
    const Report report = explore_in_every_way([awaited] {
      atomic<int> x{0};
      const auto crash_at_one = [&] {
        if (x.load() == 1) *nowhere = 1;
        return !zero;
      };
      if (!awaited) invariant("no-crash", crash_at_one);
      thread a([&] { x.store(1); });
      if (awaited) await([&] { return crash_at_one() && x.load() == 2; });
      a.join();
    });
    EXPECT_EQ(agreement::violated_in(report), std::set<std::string>{"signal"});
  }
}

TEST(Faults, while_a_static_is_initialised_are_violations_and_it_can_be_initialised_later) {
  static int attempts;
  attempts = 0;
  const auto program = [] {
    static const int value = [] {
      if (++attempts == 1) *nowhere = 1;
      return 7;
    }();
    observe("value", value);
  };
  Options options;
  options.check_self_contained = false;
  const Report first = explore(program, options);
  EXPECT_TRUE(agreement::violated_in(first).contains("signal"));
  EXPECT_TRUE(explore(program, options).outcomes.contains("value=7"));
}

TEST(Faults, outside_of_a_program_go_to_the_handlers_that_were_there_before) {
  static sig_atomic_t volatile handled = 0;
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_handler = [](int) { handled = handled + 1; };
  sigaction(SIGFPE, &action, &before);
  Options options;
  options.strategy = Strategy::random_walk;
  options.max_seconds = 0.3;
  options.progress = [](const Progress&) {
    if (handled == 0) raise(SIGFPE);
  };
  explore(faulty_second([] {}), options);
  EXPECT_EQ(handled, 1);
  raise(SIGFPE);
  EXPECT_EQ(handled, 2);
  sigaction(SIGFPE, &before, nullptr);
}
