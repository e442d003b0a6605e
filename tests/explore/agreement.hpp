#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sim/sim.hpp"

/// What every complete way of exploring a program must agree on.
namespace agreement {

inline std::set<std::string> outcomes_of(const sim::Report& report) {
  std::set<std::string> outcomes;
  for (const auto& [outcome, count] : report.outcomes) outcomes.insert(outcome);
  return outcomes;
}

inline std::set<std::string> violated_in(const sim::Report& report) {
  std::set<std::string> properties;
  for (const sim::Violation& violation : report.violations) properties.insert(violation.property);
  return properties;
}

/// The schedule and detail of the violation of `property`, or an empty violation.
inline sim::Violation violation_of(const sim::Report& report, const std::string& property) {
  for (const sim::Violation& violation : report.violations) {
    if (violation.property == property) return violation;
  }
  return {};
}

inline sim::Options to_the_end(sim::Strategy strategy) {
  sim::Options options;
  options.strategy = strategy;
  options.stop_at_first_violation = false;
  return options;
}

inline sim::Options stateful(sim::Order order = sim::Order::depth_first) {
  sim::Options options = to_the_end(sim::Strategy::stateful);
  options.order = order;
  return options;
}

/// The same interleavings with the same outcomes and violations.
inline void expect_same_executions(const sim::Report& one, const sim::Report& other) {
  EXPECT_EQ(one.executions, other.executions);
  EXPECT_EQ(one.assumed_away, other.assumed_away);
  EXPECT_EQ(one.cut_executions, other.cut_executions);
  EXPECT_EQ(one.outcomes, other.outcomes);
  EXPECT_EQ(one.complete, other.complete);
  ASSERT_EQ(violated_in(one), violated_in(other));
  for (const sim::Violation& violation : one.violations) {
    EXPECT_EQ(violation.schedule, violation_of(other, violation.property).schedule) << violation.property;
    EXPECT_EQ(violation.detail, violation_of(other, violation.property).detail);
  }
}

/// Replays each violation of `report`; every one must come back.
template <class P>
void expect_replays(P&& program, const sim::Report& report, const sim::Options& options) {
  for (const sim::Violation& violation : report.violations) {
    const sim::Report again = sim::replay(program, violation.schedule, options);
    EXPECT_EQ(again.verdict, sim::Verdict::violated) << violation.property;
    EXPECT_TRUE(violated_in(again).contains(violation.property)) << violation.property;
  }
}

/// Explores `program` completely in every way there is: depth first from snapshots, from few snapshots and by running
/// it again, and matching states in both orders. All must agree. Returns the report of `dfs`.
template <class P>
sim::Report explore_in_every_way(P&& program, const sim::Options& common = {}) {
  sim::Options options = common;
  options.strategy = sim::Strategy::dfs;
  options.stop_at_first_violation = false;
  const sim::Report all = sim::explore(program, options);
  expect_replays(program, all, options);
  {
    SCOPED_TRACE("few snapshots");
    sim::Options few = options;
    few.snapshot_budget_bytes = 4'000;
    expect_same_executions(sim::explore(program, few), all);
  }
  {
    SCOPED_TRACE("re-execution");
    sim::Options again = options;
    again.backtracking = sim::Backtracking::reexecute;
    expect_same_executions(sim::explore(program, again), all);
  }
  const bool comparable = !violated_in(all).contains("data-race");
  {
    SCOPED_TRACE("optimal DPOR");
    sim::Options reduced = options;
    reduced.strategy = sim::Strategy::optimal_dpor;
    const sim::Report report = sim::explore(program, reduced);
    EXPECT_EQ(outcomes_of(report), outcomes_of(all));
    EXPECT_EQ(violated_in(report), violated_in(all));
    EXPECT_EQ(report.blocked_executions, 0u);
    EXPECT_LE(report.executions, all.executions);
    expect_replays(program, report, reduced);
    SCOPED_TRACE("and nothing run that is known");
    reduced.cache_transitions = sim::Caching::always;
    expect_same_executions(sim::explore(program, reduced), report);
  }
  options.strategy = sim::Strategy::stateful;
  for (const sim::Order order : {sim::Order::depth_first, sim::Order::breadth_first}) {
    for (const std::uint64_t budget : {std::uint64_t{1} << 30, std::uint64_t{4'000}}) {
      SCOPED_TRACE(std::string("stateful, ") + (order == sim::Order::depth_first ? "depth" : "breadth") + " first, " +
                   std::to_string(budget) + " bytes of snapshots");
      options.order = order;
      options.snapshot_budget_bytes = budget;
      const sim::Report matched = sim::explore(program, options);
      EXPECT_EQ(matched.complete, all.complete);
      if (comparable) {
        EXPECT_EQ(outcomes_of(matched), outcomes_of(all));
        EXPECT_EQ(violated_in(matched), violated_in(all));
      }
      expect_replays(program, matched, options);
    }
  }
  return all;
}

}  // namespace agreement
