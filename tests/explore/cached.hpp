#pragma once

#include <gtest/gtest.h>

#include "tests/explore/agreement.hpp"

namespace cached {

/// The same program explored with all transitions run, and with none run twice. Returns the latter report.
template <class P>
sim::Report explore_both(P&& program, sim::Options options = agreement::to_the_end(sim::Strategy::optimal_dpor)) {
  options.cache_transitions = sim::Caching::never;
  const sim::Report run = sim::explore(program, options);
  EXPECT_EQ(run.foreseen_executions, 0u);
  options.cache_transitions = sim::Caching::always;
  sim::Report looked_up = sim::explore(program, options);
  agreement::expect_same_executions(looked_up, run);
  EXPECT_EQ(looked_up.transitions, run.transitions);
  EXPECT_EQ(looked_up.blocked_executions, run.blocked_executions);
  EXPECT_EQ(looked_up.goals, run.goals);
  EXPECT_EQ(looked_up.failing_executions, run.failing_executions);
  EXPECT_EQ(looked_up.verdict, run.verdict);
  return looked_up;
}

}  // namespace cached
