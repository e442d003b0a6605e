// What a search that matches states promises and reports: the probability of omission.
#include <gtest/gtest.h>

#include <cmath>

#include "explore/visited_set.hpp"
#include "tests/bench/programs.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace sim;
using agreement::stateful;
using agreement::to_the_end;

TEST(Omission, has_the_probability_that_two_of_n_hashes_are_equal) {
  EXPECT_EQ(omission_probability(0, 128), 0);
  EXPECT_DOUBLE_EQ(omission_probability(1'000'000'000, 128), 1e18 / std::ldexp(1, 129));
  EXPECT_DOUBLE_EQ(omission_probability(1 << 16, 40), 1.0 / 512);  // (2^16)^2 / 2^41
  EXPECT_EQ(omission_probability(std::uint64_t{1} << 40, 16), 1.0) << "a probability is at most 1";
}

TEST(Omission, is_reported_with_the_bits_that_are_compared) {
  for (const bool isolate : {false, true}) {  // From a child, a report comes as bytes.
    Options options = stateful();
    options.isolate = isolate;
    const Report report = explore(known::increment<3>, options);
    EXPECT_EQ(report.hash_bits, 128u);
    EXPECT_GT(report.states, 10u);
    EXPECT_DOUBLE_EQ(report.omission_probability,
                     static_cast<double>(report.states * report.states) / std::ldexp(1, 129));
  }
  const Report report = explore(known::increment<3>, to_the_end(Strategy::dfs));
  EXPECT_EQ(report.hash_bits, 0u) << "nothing is omitted where no states are matched";
  EXPECT_EQ(report.omission_probability, 0);
}

TEST(Stateful, meets_the_same_states_however_it_comes_back) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "states that are met again by re-execution differ in dead bytes of instrumented frames";
#endif
  // Thread stacks that earlier executions have used must not show through where threads are created again.
  const auto program = [] { bench::claim_racy<3, 2>(); };
  const Report all = explore(program, stateful());
  EXPECT_EQ(all.reexecutions, 0u);
  for (const Order order : {Order::depth_first, Order::breadth_first}) {
    Options few = stateful(order), none = stateful(order);
    few.snapshot_budget_bytes = 20'000;
    none.backtracking = Backtracking::reexecute;
    for (const Options& options : {few, none}) {
      const Report report = explore(program, options);
      EXPECT_GT(report.reexecutions, 0u);
      EXPECT_EQ(report.states, all.states);
      EXPECT_EQ(report.transitions, all.transitions);
    }
  }
}
