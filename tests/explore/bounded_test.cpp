// Preemption and delay bounding, against counts that do without them.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "explore/explorer.hpp"
#include "explore/report_codec.hpp"
#include "explore/strategies.hpp"
#include "tests/explore/sampling.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace sim;
using agreement::to_the_end;
using agreement::violation_of;
using Counts = std::vector<std::uint64_t>;

namespace {

constexpr Strategy both[] = {Strategy::preemption_bounded, Strategy::delay_bounded};

Options at_most(Strategy strategy, std::uint32_t bound) {
  Options options = to_the_end(strategy);
  options.bound = bound;
  return options;
}

/// The first `count` of them.
Counts first_of(const Counts& counts, std::size_t count) {
  return {counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(std::min(count, counts.size()))};
}

std::uint64_t sum(const Counts& counts) {
  std::uint64_t total = 0;
  for (const std::uint64_t count : counts) total += count;
  return total;
}

/// Explores everything, depth first, and counts the preemptions and delays of each execution as it goes by.
class CountingSearch : public Search {
 public:
  std::optional<Branch> begin_execution() override { return all_->begin_execution(); }

  Decision choose(const Point& point) override {
    const Decision decision = all_->choose(point);
    preemptions_.resize(point.depth);
    delays_.resize(point.depth);
    preemptions_.push_back(0);
    delays_.push_back(0);
    if (point.alternatives != 0) return decision;
    const auto enabled = [&](ThreadId thread) { return (point.enabled >> thread & 1) != 0; };
    if (decision.choice != point.thread && enabled(point.thread)) preemptions_.back() = 1;
    for (ThreadId thread = point.thread; thread != decision.choice; thread = (thread + 1) % 64) {
      delays_.back() += enabled(thread) ? 1 : 0;
    }
    return decision;
  }

  bool end_execution(Ending ending, const Execution& execution, const Hash128* state) override {
    preemptions_.resize(execution.depth());
    delays_.resize(execution.depth());
    count(by_preemptions, preemptions_);
    count(by_delays, delays_);
    return all_->end_execution(ending, execution, state);
  }

  Counts by_preemptions, by_delays;

 private:
  static void count(Counts& counts, const Counts& path) {
    const std::uint64_t total = sum(path);
    if (counts.size() <= total) counts.resize(total + 1);
    ++counts[total];
  }

  std::unique_ptr<Search> all_ = make_depth_first({});
  Counts preemptions_, delays_;  ///< Of each choice on the way.
};

/// Executions with exactly 0, 1, 2, ... preemptions and delays.
std::pair<Counts, Counts> counted(const known::Program& program) {
  // Its own Explorer: what sim::explore does for a strategy of its own choice.
  CountingSearch search;
  const Options options = to_the_end(Strategy::dfs);
  detail::erased(program.run, [&](const detail::Program& erased) {
    runtime::Arena::instance().set_stack_bytes(options.stack_bytes);
    Execution::instance().begin_exploration();
    Explorer(erased, options, search).run();
    return 0;
  });
  return {search.by_preemptions, search.by_delays};
}

TEST(Bounded, has_a_bound_under_no_other_strategy) {
  Options options;
  options.bound = 2;
  EXPECT_THROW((void)explore([] {}, options), std::invalid_argument);
  options.strategy = Strategy::delay_bounded;
  EXPECT_EQ(explore([] {}, options).verdict, Verdict::holds);
}

}  // namespace

// Two threads of m steps: interleavings of r runs have r - 2 preemptions, because one switch follows the end of a
// thread; 2 C(m-1, j-1)^2 have r = 2 j runs, 2 C(m-1, j) C(m-1, j-1) have r = 2 j + 1. Those that begin with the second
// thread have one delay more, as the first is passed over.
TEST(Bounded, counts_two_threads_as_the_formula_does) {
  const Report preemptions = explore(sampling::steppers({3, 3}), to_the_end(Strategy::preemption_bounded));
  EXPECT_EQ(preemptions.bound->executions, (Counts{2, 4, 8, 4, 2}));
  const Report delays = explore(sampling::steppers({3, 3}), to_the_end(Strategy::delay_bounded));
  EXPECT_EQ(delays.bound->executions, (Counts{1, 3, 6, 6, 3, 1}));
}

TEST(Bounded, counts_three_threads_of_one_step_by_what_is_passed_over) {
  // No preemption is possible; the last step costs nothing, the second up to one delay, the first up to two.
  EXPECT_EQ(explore(known::writers<3>, to_the_end(Strategy::preemption_bounded)).bound->executions, (Counts{6}));
  EXPECT_EQ(explore(known::writers<3>, to_the_end(Strategy::delay_bounded)).bound->executions, (Counts{1, 2, 2, 1}));
}

#ifdef RACEWALK_ASAN
constexpr std::uint64_t largest = 5'000;
#else
constexpr std::uint64_t largest = 100'000;
#endif

TEST(Bounded, explores_exactly_the_executions_within_the_bound) {
  for (const known::Program& program : known::programs) {
    if (program.interleavings > largest) continue;
    const auto [preemptions, delays] = counted(program);
    ASSERT_EQ(sum(preemptions), program.interleavings);
    for (const Strategy strategy : both) {
      SCOPED_TRACE(std::string(program.name) + " " + std::string(to_text(strategy)));
      const Counts& expected = strategy == Strategy::preemption_bounded ? preemptions : delays;
      const Report all = explore(program.run, to_the_end(strategy));
      EXPECT_EQ(all.bound->executions, expected);
      EXPECT_TRUE(all.bound->exhausted);
      EXPECT_TRUE(all.complete);
      EXPECT_EQ(all.executions, program.interleavings);
      const Report depth_first = explore(program.run, to_the_end(Strategy::dfs));
      EXPECT_EQ(all.outcomes, depth_first.outcomes);
      EXPECT_EQ(agreement::violated_in(all), agreement::violated_in(depth_first));
      agreement::expect_replays(program.run, all, {});
      for (std::uint32_t bound = 0; bound < 3; ++bound) {
        const Report part = explore(program.run, at_most(strategy, bound));
        EXPECT_EQ(part.bound->executions, first_of(expected, bound + 1));
        EXPECT_EQ(part.executions, sum(first_of(expected, bound + 1)));
        EXPECT_EQ(part.bound->exhausted, expected.size() <= bound + 1);
        EXPECT_TRUE(part.complete);
        EXPECT_EQ(part.verdict == Verdict::holds, part.violations.empty());
      }
    }
  }
}

TEST(Bounded, is_the_same_with_few_snapshots_and_by_re_execution) {
  for (const Strategy strategy : both) {
    Options options = at_most(strategy, 2);
    const Report report = explore(known::philosophers<3>, options);
    options.snapshot_budget_bytes = 4'000;
    agreement::expect_same_executions(explore(known::philosophers<3>, options), report);
    options.backtracking = Backtracking::reexecute;
    agreement::expect_same_executions(explore(known::philosophers<3>, options), report);
  }
}

TEST(Bounded, finds_a_violation_of_fewest_preemptions_and_holds_below) {
  Options options;
  options.strategy = Strategy::preemption_bounded;
  const Report report = explore(known::abba, options);
  EXPECT_EQ(report.verdict, Verdict::violated);
  EXPECT_EQ(violation_of(report, "deadlock").trace.preemptions, 1u);
  EXPECT_EQ(report.bound->holds, 0u);
  EXPECT_EQ(report.bound->completed, 1u);
  options.bound = 0;
  const Report none = explore(known::abba, options);
  EXPECT_EQ(none.verdict, Verdict::holds);
  EXPECT_TRUE(none.complete);
  EXPECT_EQ(none.bound->holds, 0u);
  EXPECT_FALSE(none.bound->exhausted);
}

TEST(Bounded, holds_for_nothing_beyond_the_first_violation) {
  const auto program = [] {
    sampling::StepOrder order;
    const auto body = [&order] {
      sim::atomic<int> own{0};
      for (int i = 0; i < 3; ++i) {
        own.store(i);
        order.took_step();
      }
    };
    thread first(body), second(body);
    first.join();
    second.join();
    expect(order.text() != "121122", "one-kind-of-two-preemptions");
  };
  const Report report = explore(program, to_the_end(Strategy::preemption_bounded));
  EXPECT_EQ(report.bound->executions, (Counts{2, 4, 8, 4, 2}));
  EXPECT_EQ(report.bound->holds, 1u);
  EXPECT_EQ(report.bound->completed, 5u);
  EXPECT_EQ(report.failing_executions, 1u);
}

TEST(Bounded, that_runs_out_of_a_budget_still_holds_for_what_it_completed) {
  Options options = to_the_end(Strategy::preemption_bounded);
  options.max_executions = 10;
  const Report report = explore(sampling::steppers({3, 3}), options);
  EXPECT_EQ(report.executions, 10u);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_EQ(report.bound->executions, (Counts{2, 4, 4}));
  EXPECT_EQ(report.bound->completed, 2u);
  EXPECT_EQ(report.bound->holds, 1u);
}

TEST(Bounded, completes_no_bound_if_an_execution_was_cut) {
  const auto polling = [] {
    sim::atomic<int> x{0};
    thread waiting([&] {
      while (x.load() == 0) {
      }
    });
    thread setting([&] { x.store(1); });
    waiting.join();
    setting.join();
  };
  Options options = at_most(Strategy::preemption_bounded, 1);
  options.max_steps = 20;
  const Report report = explore(polling, options);
  EXPECT_EQ(report.verdict, Verdict::inconclusive);
  EXPECT_EQ(report.bound->completed, 0u);
  EXPECT_FALSE(report.bound->holds);
  EXPECT_NE(report.reason.find("max_steps"), std::string::npos);
}

TEST(Bounded, tries_every_value_at_no_cost) {
  const auto program = [] {
    const std::uint32_t value = choose(3);
    thread other([&] { assume(choose(2) + value != 0); });
    other.join();
    observe("value", value);
  };
  for (const Strategy strategy : both) {
    const Report report = explore(program, to_the_end(strategy));
    EXPECT_EQ(report.bound->executions, (Counts{5}));
    EXPECT_EQ(report.assumed_away, 1u);
  }
}

TEST(Bounded, counts_what_is_assumed_away_once) {
  const auto program = [] {
    sim::atomic<int> x{0};
    const auto body = [&](int own) {
      const int seen = x.load();
      x.store(own);
      assume(seen == 0);
    };
    thread first(body, 1), second(body, 2);
    first.join();
    second.join();
  };
  const Report all = explore(program, to_the_end(Strategy::dfs));
  for (const Strategy strategy : both) {
    const Report report = explore(program, to_the_end(strategy));
    EXPECT_EQ(report.executions, all.executions);
    EXPECT_EQ(report.assumed_away, all.assumed_away);
  }
}

TEST(Bounded, comes_back_from_a_child_process) {
  Options options = at_most(Strategy::delay_bounded, 2);
  const Report here = explore(known::increment<3>, options);
  options.isolate = true;
  const Report child = explore(known::increment<3>, options);
  ASSERT_TRUE(child.bound);
  EXPECT_EQ(child.bound->executions, here.bound->executions);
  EXPECT_EQ(child.bound->completed, 3u);
  EXPECT_EQ(child.bound->holds, here.bound->holds);
  EXPECT_EQ(child.bound->exhausted, here.bound->exhausted);
  EXPECT_FALSE(explore(known::increment<3>, to_the_end(Strategy::dfs)).bound);
}
