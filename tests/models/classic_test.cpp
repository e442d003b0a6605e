#include "models/classic/programs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "classic_instances.hpp"
#include "exact_probability.hpp"
#include "sim.hpp"
#include "tests/explore/agreement.hpp"

namespace models::classic {
namespace {

using agreement::violated_in;
using sim::Options;
using sim::Report;
using sim::Strategy;
using sim::Verdict;

// Under AddressSanitizer an execution costs some fifty times more.
#ifdef RACEWALK_ASAN
constexpr std::uint64_t most_executions = 10'000;
#else
constexpr std::uint64_t most_executions = 300'000;
#endif

Report explore(const Instance& program, Options options) {
  return sim::explore([&program] { program(); }, options);
}

Report to_the_end(const Instance& program, Strategy strategy, std::uint64_t executions = 0) {
  Options options{.strategy = strategy, .max_executions = executions, .stop_at_first_violation = false};
  return explore(program, options);
}

// ---- exact numbers --------------------------------------------------------------------------------------------------

TEST(ClassicPrograms, have_their_known_interleavings_and_violations) {
  for (const Enumerated& known : enumerated()) {
    if (known.interleavings.all > most_executions) continue;
    const Report report = to_the_end(known.program, Strategy::dfs);
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(report.executions, known.interleavings.all);
    EXPECT_EQ(violating_executions(report), known.interleavings.violating);
  }
}

TEST(ClassicPrograms, have_their_known_traces_under_optimal_dpor) {
  for (const Enumerated& known : enumerated()) {
    const Report report = to_the_end(known.program, Strategy::optimal_dpor);
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(report.executions, known.traces.all);
    EXPECT_EQ(report.blocked_executions, 0u);
    EXPECT_EQ(violating_executions(report), known.traces.violating);
  }
}

TEST(ClassicPrograms, are_violated_by_random_walks_with_their_known_probability) {
  for (const Enumerated& known : enumerated()) {
    if (known.interleavings.all > most_executions) continue;
    const double probability = weigh([&] { known.program(); }, WalkRules(), std::string(differs)).failing;
    EXPECT_NEAR(1 / probability, known.walks, 1e-9 * known.walks);
  }
}

// n philosophers, once, left then right: 2^n - 1 traces, one of them a deadlock.
TEST(ClassicPrograms, have_the_interleavings_and_traces_of_dining_philosophers) {
  for (const auto& [philosophers, interleavings] : {std::pair(3, 168), {4, 98'184}}) {
    const Instance program("dining-philosophers", true, {{"philosophers", std::int64_t{philosophers}}});
    if (static_cast<std::uint64_t>(interleavings) <= most_executions) {
      EXPECT_EQ(to_the_end(program, Strategy::dfs).executions, static_cast<std::uint64_t>(interleavings));
    }
    const Report traces = to_the_end(program, Strategy::optimal_dpor);
    EXPECT_EQ(traces.executions, (1u << philosophers) - 1);
    EXPECT_EQ(traces.outcomes.at("deadlock"), 1u);
  }
}

// ---- verdicts -------------------------------------------------------------------------------------------------------

/// One program, with all that its broken twin violates.
struct Pair {
  std::string_view name;
  std::set<std::string> violated;
  Values values = {};
};

void PrintTo(const Pair& pair, std::ostream* out) {
  *out << pair.name;
}

std::vector<Pair> pairs() {
  using Number = std::int64_t;
  return {{"account", {"balance-correct"}},
          {"atomic-replace", {"old-or-new"}, {{"saves", Number{1}}}},
          {"atomic-replace", {"old-or-new"}},
          {"atomic-replace", {"saved-is-kept"}, {{"bug", "names"}}},
          {"bakery", {"mutual-exclusion"}},
          {"bluetooth-driver", {"no-work-after-stop"}},
          {"bounded-buffer", {"deadlock"}},
          {"bounded-buffer", {"no-underflow"}, {{"bug", "if"}}},
          {"carter01", {"deadlock"}},
          {"circular-buffer", {"items-in-order"}},
          {"deadlock01", {"deadlock"}},
          {"dekker", {"deadlock"}, {{"rounds", Number{1}}}},
          {"dekker", {"deadlock"}},
          {"dining-philosophers", {"deadlock"}},
          {"lazy01", {"data-small"}},
          {"michael-scott-queue", {"no-item-lost"}, {{"takes", Number{0}}}},
          {"michael-scott-queue", {"no-item-lost"}},
          {"peterson", {"mutual-exclusion"}},
          {"queue", {"items-in-order"}},
          {"readers-writers", {"writers-alone"}},
          {"reorder", {"both-or-neither"}},
          {"stack", {"no-underflow"}},
          {"sync01", {"deadlock"}},
          {"token-ring", {"tokens-equal"}},
          {"treiber-stack", {"each-node-once"}},
          {"twostage", {"stages-agree"}},
          {"work-stealing-queue", {"each-item-once"}, {{"attempts", Number{1}}}},
          {"work-stealing-queue", {"each-item-once"}},
          {"wronglock", {"increment-seen"}}};
}

class ClassicPair : public testing::TestWithParam<Pair> {
 protected:
  Instance right() const { return Instance(GetParam().name, false, GetParam().values); }
  Instance broken() const { return Instance(GetParam().name, true, GetParam().values); }
};

TEST_P(ClassicPair, holds_only_where_it_is_not_broken) {
  for (const sim::Order order : {sim::Order::depth_first, sim::Order::breadth_first}) {
    Options options{.strategy = Strategy::stateful, .stop_at_first_violation = false};
    options.order = order;
    const Report holds = explore(right(), options);
    EXPECT_EQ(holds.verdict, Verdict::holds);
    EXPECT_TRUE(holds.complete);
    const Report violated = explore(broken(), options);
    EXPECT_TRUE(violated.complete);
    EXPECT_EQ(violated_in(violated), GetParam().violated);
  }
}

TEST_P(ClassicPair, has_the_same_verdicts_without_matching_states) {
  const Report holds = to_the_end(right(), Strategy::dfs, most_executions);
  EXPECT_NE(holds.verdict, Verdict::violated);
  const Report violated = to_the_end(broken(), Strategy::dfs, most_executions);
  if (violated.complete) {
    EXPECT_EQ(violated_in(violated), GetParam().violated);
  }
  if (!holds.complete || !violated.complete) GTEST_SKIP() << "more interleavings than are run here";
}

TEST_P(ClassicPair, has_the_same_verdicts_with_one_execution_of_each_trace) {
  for (const bool is_broken : {false, true}) {
    const Instance program = is_broken ? broken() : right();
    const Report each_trace = to_the_end(program, Strategy::optimal_dpor);
    EXPECT_TRUE(each_trace.complete);
    EXPECT_EQ(each_trace.blocked_executions, 0u);
    EXPECT_EQ(violated_in(each_trace), is_broken ? GetParam().violated : std::set<std::string>{});
    Options options{
        .strategy = Strategy::dfs, .max_executions = most_executions / 10, .stop_at_first_violation = false};
    options.count_traces = true;
    const Report every_interleaving = explore(program, options);
    if (every_interleaving.complete) {
      EXPECT_EQ(each_trace.executions, every_interleaving.traces);
    }
  }
}

TEST_P(ClassicPair, is_found_broken_by_random_walks_and_replayed) {
  const Instance program = broken();
  const Report report =
      explore(program, {.strategy = Strategy::random_walk, .seed = 3, .max_executions = most_executions});
  ASSERT_EQ(report.violations.size(), 1u);
  EXPECT_TRUE(GetParam().violated.contains(report.violations[0].property));
  const Report again = sim::replay([&program] { program(); }, report.violations[0].schedule);
  EXPECT_EQ(violated_in(again), violated_in(report));
}

std::string name_of(const testing::TestParamInfo<Pair>& info) {
  std::string name = std::string(info.param.name) + "_" + std::to_string(info.index);
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(ClassicPrograms, ClassicPair, testing::ValuesIn(pairs()), name_of);

/// Larger instances of some of them.
std::vector<Pair> larger_pairs() {
  using Number = std::int64_t;
  return {{"bakery", {"mutual-exclusion"}, {{"threads", Number{3}}}},
          {"bounded-buffer", {"deadlock"}, {{"capacity", Number{2}}, {"producers", Number{3}}}},
          {"circular-buffer", {"items-in-order"}, {{"rounds", Number{12}}}},
          {"dekker", {"deadlock"}, {{"rounds", Number{4}}}},
          {"dining-philosophers", {"deadlock"}, {{"philosophers", Number{6}}}},
          {"michael-scott-queue", {"first-in-first-out", "no-item-lost"}, {{"items", Number{2}}}},
          {"peterson", {"mutual-exclusion"}, {{"rounds", Number{4}}}},
          {"queue", {"items-in-order"}, {{"rounds", Number{12}}}},
          {"readers-writers", {"writers-alone"}, {{"readers", Number{3}}, {"writers", Number{2}}}},
          {"reorder", {"both-or-neither"}, {{"setters", Number{4}}}},
          {"stack", {"no-underflow"}, {{"rounds", Number{12}}}},
          {"treiber-stack", {"each-node-once"}, {{"nodes", Number{6}}}},
          {"twostage", {"stages-agree"}, {{"setters", Number{2}}, {"readers", Number{2}}}},
          {"work-stealing-queue", {"each-item-once"}, {{"items", Number{4}}, {"thieves", Number{2}}}},
          {"wronglock", {"increment-seen"}, {{"others", Number{4}}}}};
}

TEST(ClassicPrograms, keep_their_verdicts_with_more_threads_and_rounds) {
  for (const Pair& pair : larger_pairs()) {
#ifdef RACEWALK_ASAN
    if (pair.name != "queue" && pair.name != "stack") continue;
#endif
    const Report holds = to_the_end(Instance(pair.name, false, pair.values), Strategy::stateful);
    EXPECT_EQ(holds.verdict, Verdict::holds) << pair.name;
    const Report violated = to_the_end(Instance(pair.name, true, pair.values), Strategy::stateful);
    EXPECT_TRUE(violated.complete) << pair.name;
    EXPECT_EQ(violated_in(violated), pair.violated) << pair.name;
  }
}

// With one condition, a wake-up can be lost only if there are more threads than twice the places.
TEST(BoundedBuffer, deadlocks_if_there_are_more_threads_than_twice_the_places) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "states match less often, and this takes minutes";
#endif
  using Number = std::int64_t;
  for (const auto& [capacity, producers, consumers] : {std::tuple(1, 1, 1), {1, 1, 2}, {1, 2, 1}, {2, 2, 2}}) {
    const Values values = {{"capacity", Number{capacity}},
                           {"producers", Number{producers}},
                           {"consumers", Number{consumers}},
                           {"items", Number{4}}};
    const Report report = to_the_end(Instance("bounded-buffer", true, values), Strategy::stateful);
    EXPECT_EQ(report.outcomes.contains("deadlock"), producers + consumers > 2 * capacity)
        << capacity << " places, " << producers << " producers, " << consumers << " consumers";
  }
}

// ---- declarations ---------------------------------------------------------------------------------------------------

TEST(ClassicPrograms, have_a_scenario_for_each_twin) {
  const std::filesystem::path folder = RACEWALK_SCENARIOS;
  for (const sim::ModelInfo& program : programs()) {
    const std::string stem = "classic-" + std::string(program.name);
    EXPECT_TRUE(std::filesystem::exists(folder / (stem + ".toml"))) << stem;
    EXPECT_TRUE(std::filesystem::exists(folder / (stem + "-broken.toml"))) << stem;
  }
}

TEST(ClassicPrograms, say_where_they_come_from) {
  for (const sim::ModelInfo& program : programs()) {
    ASSERT_FALSE(program.parameters.empty()) << program.name;
    EXPECT_EQ(program.parameters.front().name, "broken") << program.name;
    EXPECT_FALSE(program.goals.empty()) << program.name;
    for (const sim::ParameterSpec& parameter : program.parameters) {
      EXPECT_FALSE(parameter.source.empty()) << program.name << ": " << parameter.name;
      EXPECT_FALSE(parameter.description.empty()) << program.name << ": " << parameter.name;
    }
  }
}

}  // namespace
}  // namespace models::classic
