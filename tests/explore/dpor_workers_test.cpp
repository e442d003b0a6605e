// Several processes explore one tree under optimal_dpor: what they find together is what one finds.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <set>
#include <string>
#include <thread>

#include <sys/mman.h>
#include <unistd.h>

#include "explore/forked_parts.hpp"
#include "sim.hpp"
#include "tests/bench/programs.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace sim;
using agreement::violated_in;

namespace {

Options with_workers(unsigned workers) {
  Options options;
  options.strategy = Strategy::optimal_dpor;
  options.workers = workers;
  options.stop_at_first_violation = false;
  return options;
}

/// For programs that do something outside of themselves each time.
Options running_everything(unsigned workers) {
  Options options = with_workers(workers);
  options.cache_transitions = Caching::never;
  return options;
}

/// Trees of a few executions are shared, too.
class DporWorkers : public testing::Test {
 protected:
  void SetUp() override { ForkedParts::least_pause = {}; }
  void TearDown() override { ForkedParts::least_pause = before_; }

 private:
  const std::chrono::microseconds before_ = ForkedParts::least_pause;
};

class KnownProgramInParts : public DporWorkers, public testing::WithParamInterface<known::Program> {};

std::string name_of(const testing::TestParamInfo<known::Program>& info) {
  std::string name(info.param.name);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

// What all processes see, and no execution restores.
struct Outside {
  pid_t first = getpid();
  std::atomic<int> executions_elsewhere = 0;
};
Outside& outside() {
  void* const memory = mmap(nullptr, sizeof(Outside), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return *::new (memory) Outside;
}

}  // namespace

TEST_P(KnownProgramInParts, has_the_same_executions_whoever_explores_it) {
  for (const unsigned workers : {2u, 3u, 8u}) {
    const Report report = explore(GetParam().run, with_workers(workers));
    EXPECT_TRUE(report.complete) << report.reason;
    EXPECT_EQ(report.executions, GetParam().traces) << workers;
    EXPECT_EQ(report.blocked_executions, 0u);
    EXPECT_EQ(report.outcomes.size(), GetParam().final_states);
    EXPECT_EQ(report.outcomes.contains("deadlock"), GetParam().deadlocks);
    EXPECT_EQ(violated_in(report), GetParam().deadlocks ? std::set<std::string>{"deadlock"} : std::set<std::string>());
    EXPECT_TRUE(report.notes.empty());
  }
}
INSTANTIATE_TEST_SUITE_P(Litmus, KnownProgramInParts, testing::ValuesIn(known::programs), name_of);

TEST_F(DporWorkers, count_what_one_counts) {
  const Report alone = explore(bench::claim_racy<3, 1>, with_workers(1));
  const Report together = explore(bench::claim_racy<3, 1>, with_workers(4));
  EXPECT_EQ(together.executions, 2'766u);
  EXPECT_EQ(together.executions, alone.executions);
  EXPECT_EQ(together.outcomes, alone.outcomes);
  EXPECT_GE(together.transitions, alone.transitions);  // A part begins with the choices that lead to it.
}

TEST_F(DporWorkers, explore_values_awaits_and_invariants) {
  const auto program = [] {
    atomic<int> x{0, "x"}, y{0, "y"};
    const auto small = [&] { return x.load() + y.load() < 4; };
    invariant("small", small);
    thread writer([&] {
      x.store(static_cast<int>(choose(3)));
      y.store(1);
    });
    thread other([&] {
      await([&] { return y.load() == 1; });
      x.store_add(static_cast<int>(choose(2)) + 1);
    });
    thread third([&] { y.store(static_cast<int>(choose(2))); });
    writer.join();
    other.join();
    third.join();
  };
  const Report alone = explore(program, with_workers(1));
  for (const unsigned workers : {2u, 5u}) {
    const Report together = explore(program, with_workers(workers));
    EXPECT_EQ(together.executions, alone.executions);
    EXPECT_EQ(together.outcomes, alone.outcomes);
    EXPECT_EQ(violated_in(together), violated_in(alone));
    EXPECT_EQ(together.verdict, alone.verdict);
  }
  EXPECT_FALSE(violated_in(alone).empty());
}

TEST_F(DporWorkers, explore_again_what_a_process_left_that_was_killed) {
  for (const Backtracking backtracking : {Backtracking::snapshot, Backtracking::reexecute}) {
    for (const int when : {1, 40, 200}) {
      SCOPED_TRACE(when);
      Outside& seen = outside();
      const auto program = [&seen, when] {
        bench::claim_racy<3, 1>();
        const bool elsewhere = getpid() != seen.first;
        if (elsewhere && seen.executions_elsewhere.fetch_add(1) == when) kill(getpid(), SIGKILL);
      };
      Options options = running_everything(4);
      options.backtracking = backtracking;
      const Report report = explore(program, options);
      EXPECT_TRUE(report.complete) << report.reason;
      EXPECT_EQ(report.executions, 2'766u);
      EXPECT_EQ(report.blocked_executions, 0u);
      ASSERT_EQ(report.notes.size(), 1u);
      EXPECT_EQ(report.notes[0], "1 worker died; what it was exploring was explored again");
    }
  }
}

TEST_F(DporWorkers, give_up_a_part_that_kills_every_process) {
  Outside& seen = outside();
  const auto program = [&seen] {
    if (getpid() != seen.first) kill(getpid(), SIGKILL);
    bench::claim_racy<2, 2>();
  };
  Options options = running_everything(2);
  options.backtracking = Backtracking::reexecute;
  const Report report = explore(program, options);
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_NE(report.reason.find("each of the 3 processes that explored it died"), std::string::npos) << report.reason;
}

TEST_F(DporWorkers, stop_together_at_the_first_violation) {
  const auto program = [] {
    atomic<int> x{0};
    thread a([&] { x.store(x.load() + 1); });
    thread b([&] { x.store(x.load() + 1); });
    thread c([&] { x.store(x.load() + 1); });
    a.join();
    b.join();
    c.join();
    check(x.load() == 3, "no-lost-update");
  };
  Options options = with_workers(4);
  options.stop_at_first_violation = true;
  const Report report = explore(program, options);
  EXPECT_EQ(report.verdict, Verdict::violated);
  EXPECT_TRUE(report.stopped_by_violation);
  EXPECT_EQ(violated_in(report), std::set<std::string>{"no-lost-update"});
  EXPECT_FALSE(report.violations[0].trace.events().empty());
}

TEST_F(DporWorkers, share_a_budget) {
  Options options = with_workers(2);
  options.max_executions = 5'000;
  const Report few = explore(bench::claim_racy<4, 1>, options);
  EXPECT_FALSE(few.complete);
  EXPECT_GE(few.executions, 5'000u);
  EXPECT_LT(few.executions, 50'000u);
  EXPECT_EQ(few.reason, "the budget of 5000 executions ran out (max_executions)");
  options.max_executions = 0;
  options.max_seconds = 0.05;
  const Report brief = explore(bench::claim_racy<4, 2>, options);
  EXPECT_FALSE(brief.complete);
  EXPECT_EQ(brief.reason, "the budget of 0.05 s ran out (max_seconds)");
}

TEST_F(DporWorkers, exceed_a_budget_of_executions_by_what_is_under_way) {
  Options options = with_workers(3);
  options.max_executions = 5'000;
  const Report report = explore(bench::claim_racy<4, 1>, options);
  EXPECT_GE(report.executions, 5'000u);
  EXPECT_LE(report.executions, 5'002u);
}

TEST_F(DporWorkers, stop_soon_when_the_first_is_interrupted_while_it_waits) {
  const pid_t first = getpid();
  // All but the first are slow: it has nothing left to do long before they have.
  const auto program = [first] {
    bench::claim_racy<3, 1>();
    if (getpid() != first) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  };
  Options options = running_everything(2);
  const auto begin = std::chrono::steady_clock::now();
  std::thread interrupter([] {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    interrupt();
  });
  const Report report = explore(program, options);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  interrupter.join();
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_EQ(report.reason, "interrupted");
  EXPECT_GT(report.executions, 0u);
  EXPECT_LT(report.executions, 2'766u);
  EXPECT_LT(seconds.count(), 4);
}

TEST_F(DporWorkers, report_progress_while_the_first_waits) {
  const pid_t first = getpid();
  Outside& seen = outside();
  const auto program = [first, &seen] {
    bench::claim_racy<2, 2>();
    if (getpid() == first) return;
    seen.executions_elsewhere.fetch_add(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  };
  Options options = running_everything(2);
  std::set<std::uint64_t> reported;
  options.progress = [&](const Progress& progress) { reported.insert(progress.executions); };
  const Report report = explore(program, options);
  EXPECT_EQ(report.executions, 402u);
  ASSERT_GT(seen.executions_elsewhere, 40);  // That is, for some tenths of a second.
  EXPECT_GT(reported.size(), 2u);
}

TEST_F(DporWorkers, keep_what_was_violated_before_all_began_again) {
  Outside& seen = outside();
  // Seen once, in a part. That an execution ends there is news, and all begin again.
  const auto program = [&seen] {
    bench::claim_racy<3, 1>();
    const bool elsewhere = getpid() != seen.first;
    check(!elsewhere || seen.executions_elsewhere.fetch_add(1) != 0, "seen-once");
  };
  const Report report = explore(program, running_everything(3));
  EXPECT_GT(seen.executions_elsewhere, 0);
  EXPECT_EQ(violated_in(report), std::set<std::string>{"seen-once"});
  EXPECT_EQ(report.executions, 2'766u);
}

TEST_F(DporWorkers, stop_when_they_have_violated_together_all_that_is_expected) {
  const pid_t first = getpid();
  const auto program = [first] {
    bench::claim_racy<3, 1>();
    check(getpid() != first, "in-the-first");
    check(getpid() == first, "in-another");
  };
  Options options = with_workers(2);
  options.stop_after = {"in-the-first", "in-another"};
  const Report report = explore(program, options);
  EXPECT_TRUE(report.stopped_by_violation);
  EXPECT_EQ(report.reason, "stopped when every expected property was violated");
  EXPECT_EQ(violated_in(report), (std::set<std::string>{"in-the-first", "in-another"}));
  EXPECT_LT(report.executions, 2'000u);
}

TEST(Workers, are_for_strategies_that_can_share) {
  Options options = with_workers(2);
  options.strategy = Strategy::source_dpor;
  EXPECT_THROW((void)explore([] {}, options), std::invalid_argument);
}
