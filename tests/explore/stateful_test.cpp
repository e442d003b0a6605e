// What a search that matches states promises and reports: the probability of omission, and paths that are cut.
#include <gtest/gtest.h>

#include <cmath>

#include "explore/visited_set.hpp"
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

namespace {

// Frames of their own: what the ways leave on the stack must not tell them apart.
[[gnu::noinline]] void go(atomic<int>& x, std::uint32_t steps) {
  for (std::uint32_t step = 0; step < steps; ++step) x.store(static_cast<int>(step));
}
[[gnu::noinline]] void arrive(atomic<int>& x, std::uint32_t first_steps, std::uint32_t second_steps) {
  go(x, choose(2) == 0 ? first_steps : second_steps);
}

}  // namespace

// Depth-first, the long way (12 steps until the two meet) comes first in one of the two programs. Behind the meeting
// are 6 more steps: cut at 12, they are explored because the short way (4 steps) leads there, too.
TEST(StepLimit, lets_a_state_be_expanded_that_is_met_again_at_a_smaller_depth) {
  for (const Order order : {Order::depth_first, Order::breadth_first}) {
    for (const bool long_way_first : {false, true}) {
      const auto program = [long_way_first] {
        atomic<int> x{0};
        arrive(x, long_way_first ? 10 : 2, long_way_first ? 2 : 10);
        forget_dead_frames();
        x.store(-1);
        for (int step = 0; step < 5; ++step) x.fetch_add(1);
        observe("x", x.load());
      };
      Options options = stateful(order);
      const Report whole = explore(program, options);
      EXPECT_EQ(whole.executions, 1u) << "the ways must meet in one state, or nothing is tested";
      options.max_steps = 12;
      const Report report = explore(program, options);
      EXPECT_EQ(report.outcomes, (std::map<std::string, std::uint64_t>{{"x=4", 1}}));
      EXPECT_EQ(report.states, whole.states);
      EXPECT_TRUE(report.complete) << report.reason;
      EXPECT_EQ(report.verdict, Verdict::holds);
      options.max_steps = 9;  // Not even the short way suffices.
      const Report cut = explore(program, options);
      EXPECT_EQ(cut.verdict, Verdict::inconclusive);
      EXPECT_EQ(cut.executions, 0u);
      EXPECT_EQ(cut.outcomes.size(), 0u);
    }
  }
}
