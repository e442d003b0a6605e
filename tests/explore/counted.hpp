#pragma once

#include "tests/explore/agreement.hpp"
#include "tests/explore/class_counter.hpp"

namespace agreement {

enum class Counts : std::uint8_t { exact, at_least };

// All strategies agree, and optimal DPOR explores each class once; `at_least`: writes to objects of one wait are
// ordered, which the classes do not say. Returns the report of `dfs`.
template <class P>
sim::Report explore_and_count(P program, sim::Time time = sim::Time::urgent, Counts counts = Counts::exact) {
  sim::Options options;
  options.time = time;
  const sim::Report all = explore_in_every_way(program, options);
  const sim::classes::Classes classes = sim::classes::count_classes(program, options);
  EXPECT_TRUE(classes.sound()) << classes.example;
  options.stop_at_first_violation = false;
  for (const sim::Strategy strategy : {sim::Strategy::optimal_dpor, sim::Strategy::source_dpor}) {
    options.strategy = strategy;
    const sim::Report reduced = sim::explore(program, options);
    if (strategy == sim::Strategy::optimal_dpor && counts == Counts::exact)
      EXPECT_EQ(reduced.executions, classes.count());
    else
      EXPECT_GE(reduced.executions, classes.count());
    EXPECT_EQ(outcomes_of(reduced), outcomes_of(all));
    EXPECT_EQ(violated_in(reduced), violated_in(all));
  }
  return all;
}

// The outcomes of a program that runs alone.
template <class P>
std::set<std::string> outcomes_alone(P program) {
  const sim::Report report = explore_in_every_way(program);
  EXPECT_EQ(report.verdict, sim::Verdict::holds);
  return outcomes_of(report);
}

}  // namespace agreement
