// Exploring in a forked child: what kills it is a violation with the schedule that it was executing.
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>

#include <unistd.h>

#include "explore/report_codec.hpp"
#include "runtime/execution.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace sim;
using agreement::to_the_end;
using agreement::violation_of;

namespace {

Options isolated(Strategy strategy, Order order = Order::depth_first) {
  Options options = to_the_end(strategy);
  options.isolate = true;
  options.order = order;
  return options;
}

template <class Fault>
auto faulty_third(Fault fault) {
  return [fault] {
    atomic<int> x{0, "x"};
    const auto body = [&] {
      for (int i = 0; i < 2; ++i) {
        if (x.fetch_add(1) == 2 && sim::this_thread::get_id() == thread::id(1)) fault();
      }
    };
    thread a("a", body), b("b", body);
    a.join();
    b.join();
  };
}

}  // namespace

TEST(Isolation, gives_the_report_that_exploring_here_gives) {
  for (const Strategy strategy : {Strategy::dfs, Strategy::stateful}) {
    for (const auto program : {known::philosophers<3>, known::increment<3>}) {
      Options options = isolated(strategy);
      const Report there = explore(program, options);
      options.isolate = false;
      const Report here = explore(program, options);
      agreement::expect_same_executions(there, here);
      EXPECT_EQ(there.verdict, here.verdict);
      EXPECT_EQ(there.states, here.states);
      EXPECT_EQ(there.transitions, here.transitions);
      if (here.violations.empty()) continue;
      ASSERT_EQ(there.violations[0].trace.events().size(), here.violations[0].trace.events().size());
      EXPECT_EQ(there.violations[0].trace.thread_names()[1], here.violations[0].trace.thread_names()[1]);
    }
  }
}

TEST(Isolation, survives_a_program_that_kills_its_process) {
  for (const Options& options : {isolated(Strategy::dfs), isolated(Strategy::stateful, Order::breadth_first)}) {
    const Report report = explore(faulty_third([] { kill(getpid(), SIGTERM); }), options);
    EXPECT_EQ(report.verdict, Verdict::violated);
    EXPECT_FALSE(report.complete);
    const Violation violation = violation_of(report, "signal");
    EXPECT_TRUE(violation.detail.starts_with("SIGTERM ended the process that explored")) << violation.detail;
    ASSERT_EQ(violation.schedule.size(), 3u);
    EXPECT_EQ(violation.schedule.choices()[2].value, 1u);
    EXPECT_EQ(violation.trace.scheduled_steps(), 2u);
    EXPECT_EQ(violation.trace.object_name(violation.trace.events().back().operation.object), "x");
  }
}

TEST(Isolation, survives_a_program_that_exits_at_once) {
  const Report report = explore(faulty_third([] { _exit(3); }), isolated(Strategy::dfs));
  EXPECT_EQ(violation_of(report, "exit").detail, "the program ended the process that explored, with status 3");
  EXPECT_EQ(violation_of(report, "exit").schedule.size(), 3u);
}

TEST(Isolation, survives_a_program_that_writes_over_the_memory_of_the_checker) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "AddressSanitizer's own memory is written over, too";
#endif
  const auto program = faulty_third([] {
    // The snapshots, the visited states and the explorer itself lie on the stack and heap of the caller.
    char* const heap = static_cast<char*>(sbrk(0));
    std::memset(heap - (64 << 10), 0x5a, 64 << 10);
    auto* const execution = reinterpret_cast<char*>(&Execution::instance());
    std::memset(static_cast<void*>(execution), 0x5a, sizeof(Execution));
  });
  const Report report = explore(program, isolated(Strategy::dfs));
  EXPECT_EQ(report.verdict, Verdict::violated);
  EXPECT_EQ(violation_of(report, "signal").schedule.size(), 3u);
  EXPECT_EQ(explore(known::increment<3>, to_the_end(Strategy::dfs)).executions, 90u);
}

TEST(Isolation, reports_progress_and_can_be_interrupted) {
  Options options = isolated(Strategy::random_walk);
  options.max_seconds = 60;
  int calls = 0;
  options.progress = [&calls](const Progress& progress) {
    EXPECT_GT(progress.executions, 0u);
    if (++calls == 2) interrupt();
  };
  const Report report = explore(known::increment<3>, options);
  EXPECT_EQ(report.reason, "interrupted");
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_GE(calls, 2);
}

TEST(ReportCodec, reads_what_it_wrote_and_nothing_else) {
  const Report report = explore(known::philosophers<3>, to_the_end(Strategy::dfs));
  const std::string bytes = encode(report);
  const auto read = decode(bytes);
  ASSERT_TRUE(read);
  agreement::expect_same_executions(*read, report);
  EXPECT_EQ(encode(*read), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size)));
  EXPECT_FALSE(decode(bytes + "x"));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ 0x80);
    decode(broken);  // Whatever it gives, it gives it.
  }
}
