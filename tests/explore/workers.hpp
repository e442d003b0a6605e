#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/explore/agreement.hpp"

/// What tests of explorations by several processes share.
namespace workers_test {

using namespace sim;
using agreement::outcomes_of;
using agreement::stateful;
using agreement::violated_in;

inline std::set<std::string> goals_of(const Report& report) {
  std::set<std::string> goals;
  for (const auto& [goal, count] : report.goals) goals.insert(goal);
  return goals;
}

inline void expect_same(const Report& one, const Report& other) {
  EXPECT_EQ(one.verdict, other.verdict) << one.reason << " | " << other.reason;
  EXPECT_EQ(one.complete, other.complete) << one.reason << " | " << other.reason;
  EXPECT_EQ(one.executions, other.executions);
  EXPECT_EQ(one.states, other.states);
  EXPECT_EQ(one.transitions, other.transitions);
  EXPECT_EQ(one.assumed_away, other.assumed_away);
  EXPECT_EQ(one.cut_executions, other.cut_executions);
  EXPECT_EQ(outcomes_of(one), outcomes_of(other));
  EXPECT_EQ(goals_of(one), goals_of(other));
  EXPECT_EQ(violated_in(one), violated_in(other));
}

inline Options with_workers(unsigned workers) {
  Options options = stateful();
  options.workers = workers;
  return options;
}

/// Races, a failed check, a value that is chosen, and executions that are dropped.
inline void mixed() {
  atomic<int> x{0, "x"};
  shared<int> plain{0, "plain"};
  const std::uint32_t value = choose(3);
  thread a("a", [&] {
    assume(x.fetch_add(1) != 1);
    plain.store(1);
  });
  thread b("b", [&] {
    check(x.fetch_add(static_cast<int>(value)) != 1, "b-first");
    if (value == 2) plain.store(2);
  });
  a.join();
  b.join();
  observe("x", x.load());
}

}  // namespace workers_test
