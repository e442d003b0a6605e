// Laws over random programs. RC_PARAMS sets how many, for example RC_PARAMS="max_success=100000 seed=7".
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>

#include "tests/explore/agreement.hpp"
#include "tests/property/generator.hpp"

using namespace sim;
using agreement::outcomes_of;
using agreement::to_the_end;
using agreement::violated_in;
using property::Enumeration;
using property::Op;
using property::RandomProgram;

namespace {

// RapidCheck reads it at its first use.
#ifdef RACEWALK_ASAN
const int default_parameters = setenv("RC_PARAMS", "max_success=100 seed=1", 0);
#else
const int default_parameters = setenv("RC_PARAMS", "max_success=1200 seed=1", 0);
#endif

rc::Gen<RandomProgram> basic_programs() {
  return property::programs_of(property::basic_theme(), 4'000);
}

// Outcomes of executions with a data race say so behind everything else.
std::map<std::string, std::uint64_t> without_races(const Report& report) {
  std::map<std::string, std::uint64_t> outcomes;
  for (const auto& [outcome, count] : report.outcomes) {
    const bool alone = outcome == "data-race";
    const std::size_t at = outcome.rfind(" data-race");
    outcomes[alone                                                  ? ""
             : at != std::string::npos && at + 10 == outcome.size() ? outcome.substr(0, at)
                                                                    : outcome] += count;
  }
  return outcomes;
}

Options options_for(const RandomProgram& program, Strategy strategy) {
  Options options = to_the_end(strategy);
  options.time = program.free_time ? Time::free : Time::urgent;
  return options;
}

bool sleeps(const RandomProgram& program) {
  return property::uses(program, Op::sleep);
}

auto as_program(const RandomProgram& program) {
  return [&program] { property::run(program); };
}

void require_same(const Report& one, const Report& other) {
  RC_ASSERT(one.executions == other.executions);
  RC_ASSERT(one.outcomes == other.outcomes);
  RC_ASSERT(violated_in(one) == violated_in(other));
}

void require_replays(const RandomProgram& program, const Report& report, const Options& options) {
  for (const Violation& violation : report.violations) {
    const Report again = replay(as_program(program), violation.schedule, options);
    RC_ASSERT(violated_in(again).contains(violation.property));
  }
}

}  // namespace

TEST(RandomPrograms, have_the_executions_and_outcomes_that_an_enumeration_without_the_engine_finds) {
  EXPECT_TRUE(rc::check("dfs = enumeration", [] {
    const RandomProgram program = *basic_programs();
    const Enumeration expected = property::enumerate(program);
    const Report report = explore(as_program(program), options_for(program, Strategy::dfs));
    RC_TAG(expected.violated.empty() ? "holds" : "violated");
    RC_ASSERT(report.complete);
    RC_ASSERT(report.executions == expected.executions);
    RC_ASSERT(without_races(report) == expected.outcomes);
    std::set<std::string> violated = violated_in(report);
    violated.erase("data-race");
    RC_ASSERT(violated == expected.violated);
  }));
}

TEST(RandomPrograms, have_the_same_executions_without_snapshots) {
  EXPECT_TRUE(rc::check("snapshots = few snapshots = re-execution", [] {
    const RandomProgram program = *basic_programs();
    Options options = options_for(program, Strategy::dfs);
    const Report restored = explore(as_program(program), options);
    require_replays(program, restored, options);
    options.snapshot_budget_bytes = *rc::gen::element<std::uint64_t>(1, 5'000, 20'000);
    require_same(explore(as_program(program), options), restored);
    options.backtracking = Backtracking::reexecute;
    require_same(explore(as_program(program), options), restored);
  }));
}

TEST(RandomPrograms, have_the_same_outcomes_and_violations_when_states_are_matched) {
  EXPECT_TRUE(rc::check("stateful = dfs", [] {
    const RandomProgram program = *basic_programs();
    const Report all = explore(as_program(program), options_for(program, Strategy::dfs));
    const bool races = violated_in(all).contains("data-race");
    Options options = options_for(program, Strategy::stateful);
    for (const Order order : {Order::depth_first, Order::breadth_first}) {
      options.order = order;
      for (const StateIdentity identity : {StateIdentity::memory, StateIdentity::logical}) {
        options.identity = identity;
        options.snapshot_budget_bytes = *rc::gen::element<std::uint64_t>(1 << 30, 5'000);
        const Report matched = explore(as_program(program), options);
        RC_ASSERT(matched.complete);
        // What only urgent time orders is a data race by clocks, but never co-enabled.
        RC_ASSERT(violated_in(matched).contains("data-race") == races || (races && sleeps(program)));
        if (!races) {
          RC_ASSERT(outcomes_of(matched) == outcomes_of(all));
          RC_ASSERT(violated_in(matched) == violated_in(all));
        }
        require_replays(program, matched, options);
      }
    }
  }));
}

TEST(RandomPrograms, have_as_many_logical_states_in_both_orders) {
  EXPECT_TRUE(rc::check("depth first = breadth first", [] {
    const RandomProgram program = *basic_programs();
    Options options = options_for(program, Strategy::stateful);
    options.identity = StateIdentity::logical;
    const Report depth = explore(as_program(program), options);
    options.order = Order::breadth_first;
    options.backtracking = Backtracking::reexecute;
    const Report breadth = explore(as_program(program), options);
    RC_ASSERT(breadth.states == depth.states);
    RC_ASSERT(breadth.executions == depth.executions);
  }));
}

TEST(RandomPrograms, have_the_executions_within_a_bound_that_the_enumeration_counts) {
  EXPECT_TRUE(rc::check("bounded = enumeration", [] {
    const RandomProgram program = *basic_programs();
    const Enumeration expected = property::enumerate(program);
    for (const Strategy strategy : {Strategy::preemption_bounded, Strategy::delay_bounded}) {
      std::vector<std::uint64_t> counts =
          strategy == Strategy::preemption_bounded ? expected.by_preemptions : expected.by_delays;
      Options options = options_for(program, strategy);
      const Report all = explore(as_program(program), options);
      RC_ASSERT(all.complete);
      RC_ASSERT(all.bound->exhausted);
      RC_ASSERT(all.bound->executions == counts);
      RC_ASSERT(without_races(all) == expected.outcomes);
      options.bound = *rc::gen::inRange<std::uint32_t>(0, 4);
      const Report part = explore(as_program(program), options);
      counts.resize(part.bound->executions.size());
      RC_ASSERT(part.bound->executions == counts);
      RC_ASSERT(part.bound->executions.size() <= *options.bound + 1);
      RC_ASSERT(!violated_in(part).empty() || part.bound->holds == part.bound->completed - 1);
    }
  }));
}

TEST(RandomPrograms, show_only_what_is_possible_when_they_are_sampled) {
  EXPECT_TRUE(rc::check("samples are among all", [] {
    const RandomProgram program = *basic_programs();
    const Enumeration expected = property::enumerate(program);
    for (const Strategy strategy : {Strategy::random_walk, Strategy::pct, Strategy::pos, Strategy::surw}) {
      Options options = options_for(program, strategy);
      options.max_executions = 50;
      options.seed = *rc::gen::arbitrary<std::uint64_t>();
      options.pct_depth = *rc::gen::inRange<std::uint32_t>(1, 6);
      const Report sample = explore(as_program(program), options);
      RC_ASSERT(sample.executions == 50);
      for (const auto& [outcome, count] : without_races(sample)) RC_ASSERT(expected.outcomes.contains(outcome));
      require_replays(program, sample, options);
    }
  }));
}
