// The state of a stored point comes back from its snapshot, from an earlier one and the steps between, or by running
// the program again: what is found is the same, and so is each exploration of the same program.
#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <optional>
#include <string>

#include "explore/explorer.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace sim;
using agreement::expect_same_executions;
using agreement::explore_in_every_way;
using agreement::stateful;
using agreement::to_the_end;

namespace {

// Chooses values and threads, allocates, and violates something in few of its executions.
void mixed() {
  mutex m;
  std::vector<int> drawn;
  const auto body = [&](int me) {
    const std::uint32_t value = choose(3);
    const std::lock_guard lock(m);
    drawn.push_back(me * 10 + static_cast<int>(value));
  };
  thread a(body, 1), b(body, 2);
  a.join();
  b.join();
  observe("first", drawn[0]);
  observe("second", drawn[1]);
  check(drawn[0] != 21 || drawn[1] != 12, "never-both");
}

/// Leaves the first execution at its third point and goes on from there.
class PausingSearch : public Search {
 public:
  std::optional<Branch> begin_execution() override {
    if (executions_++ == 0) return Branch{};
    return executions_ == 2 ? std::optional(paused_) : std::nullopt;
  }
  Decision choose(const Point& point) override {
    const auto first = static_cast<std::uint32_t>(std::countr_zero(point.enabled));
    if (point.depth != 2) return {first};
    if (executions_ == 2) return {first};
    paused_ = {point.id, point.depth};
    return {0, true, true};
  }
  bool end_execution(Ending ending, const Execution&, const Hash128*) override { return ending == Ending::finished; }

 private:
  Branch paused_;
  int executions_ = 0;
};

void expect_identical(const Report& one, const Report& other) {
  expect_same_executions(one, other);
  EXPECT_EQ(one.transitions, other.transitions);
  EXPECT_EQ(one.states, other.states);
  EXPECT_EQ(one.blocked_executions, other.blocked_executions);
  EXPECT_EQ(one.reexecutions, other.reexecutions);
  EXPECT_EQ(one.peak_memory_bytes, other.peak_memory_bytes);
  EXPECT_EQ(one.reason, other.reason);
}

template <int Steps>
void two_counters() {
  atomic<int> x{0};
  const auto body = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) x.fetch_add(1);
  };
  thread a(body, Steps), b(body, 2);
  a.join();
  b.join();
}

}  // namespace

TEST(Backtracking, finds_the_same_with_all_few_and_no_snapshots) {
  const Report report = explore_in_every_way(mixed);
  EXPECT_EQ(report.executions, 18u);  // 3 * 3 values, which are no scheduling points; 2 orders of the locks.
  EXPECT_EQ(report.outcomes.size(), 18u);
  EXPECT_TRUE(report.outcomes.contains("first=21 second=12 never-both"));
}

TEST(Backtracking, runs_gaps_again_when_the_budget_of_snapshots_is_tiny) {
  for (const std::uint64_t budget : {std::uint64_t{1}, std::uint64_t{4'000}, std::uint64_t{8'000}}) {
    Options options = to_the_end(Strategy::dfs);
    const Report plenty = explore(known::lock_counter<3, 2>, options);
    options.snapshot_budget_bytes = budget;
    const Report tight = explore(known::lock_counter<3, 2>, options);
    expect_same_executions(tight, plenty);
    EXPECT_GT(tight.reexecutions, 0u);
    EXPECT_LT(tight.reexecutions, tight.executions) << "the newest snapshot is kept";
  }
}

TEST(Backtracking, of_state_matching_runs_gaps_again_when_the_budget_is_tiny) {
  for (const Order order : {Order::depth_first, Order::breadth_first}) {
    Options options = stateful(order);
    options.identity = StateIdentity::logical;  // By memory, gaps that are run again leave other dead bytes.
    const Report plenty = explore(known::philosophers<4>, options);
    EXPECT_EQ(plenty.reexecutions, 0u);
    for (const std::uint64_t budget : {std::uint64_t{1}, std::uint64_t{8'000}}) {
      options.snapshot_budget_bytes = budget;
      const Report tight = explore(known::philosophers<4>, options);
      EXPECT_EQ(tight.states, plenty.states);
      EXPECT_EQ(tight.executions, plenty.executions);
      EXPECT_EQ(tight.outcomes, plenty.outcomes);
      EXPECT_GT(tight.reexecutions, 0u) << budget;
    }
  }
}

TEST(Backtracking, gives_the_same_report_every_time) {
  for (const Strategy strategy : {Strategy::dfs, Strategy::stateful, Strategy::random_walk}) {
    for (const Order order : {Order::depth_first, Order::breadth_first}) {
      Options options = to_the_end(strategy);
      options.order = order;
      options.max_executions = 40;
      const Report first = explore(mixed, options);
      explore(known::philosophers<3>, options);  // Something else in between, that leaves other stacks and heaps.
      expect_identical(explore(mixed, options), first);
    }
  }
}

TEST(Backtracking, of_random_walks_depends_on_the_seed_alone) {
  Options options = to_the_end(Strategy::random_walk);
  options.max_executions = 50;
  const Report one = explore(mixed, options);
  options.backtracking = Backtracking::reexecute;
  EXPECT_EQ(explore(mixed, options).outcomes, one.outcomes);
  options.seed = 2;
  EXPECT_NE(explore(mixed, options).outcomes, one.outcomes);
  EXPECT_EQ(one.executions, 50u);
  EXPECT_FALSE(one.complete);
}

TEST(Backtracking, of_dfs_needs_memory_in_proportion_to_depth) {
  const Options options = to_the_end(Strategy::dfs);
  const Report shallow = explore(two_counters<10>, options);
  const Report deep = explore(two_counters<100>, options);
  EXPECT_EQ(shallow.executions, 66u);  // C(12, 2)
  EXPECT_EQ(deep.executions, 5'151u);  // C(102, 2): 78 times as many.
  EXPECT_GT(deep.peak_memory_bytes, 2 * shallow.peak_memory_bytes);
  EXPECT_LT(deep.peak_memory_bytes, 16 * shallow.peak_memory_bytes);
}

TEST(Backtracking, restores_large_heaps) {
  const Report report = explore_in_every_way([] {
    mutex m;
    std::vector<std::vector<int>> blocks;
    const auto body = [&](int me) {
      for (int i = 0; i < 2; ++i) {
        const std::lock_guard lock(m);
        blocks.emplace_back(static_cast<std::size_t>(10'000 * me), me * 10 + i);
        if (blocks.size() == 3) blocks.erase(blocks.begin());
      }
    };
    thread a(body, 1), b(body, 2);
    a.join();
    b.join();
    int sum = 0;
    for (const auto& block : blocks) sum = sum * 100 + block.front() + static_cast<int>(block.size() % 7);
    observe("sum", sum);
  });
  EXPECT_EQ(report.executions, 6u);
  EXPECT_EQ(report.outcomes.size(), 4u);  // The last two sections are 10 11, 20 21, 11 21 or 21 11.
}

TEST(Backtracking, returns_to_a_point_at_which_the_execution_was_both_kept_and_abandoned) {
  const auto program = [] {
    atomic<int> x{0};
    thread a([&] { x.fetch_add(1), x.fetch_add(1); }), b([&] { x.fetch_add(1), x.fetch_add(1); });
    a.join();
    b.join();
    observe("x", x.load());
  };
  PausingSearch search;
  const Options options = to_the_end(Strategy::dfs);
  const Report report = detail::erased(program, [&](const detail::Program& erased) {
    runtime::Arena::instance().set_stack_bytes(options.stack_bytes);
    Execution::instance().begin_exploration();
    return Explorer(erased, options, search).run();
  });
  EXPECT_EQ(report.executions, 1u);
  EXPECT_EQ(report.reexecutions, 0u);
  EXPECT_EQ(report.outcomes, (std::map<std::string, std::uint64_t>{{"x=4", 1}}));
}
