// The strategy that docs/how-to/add-a-strategy.md shows.
#include "sticky_walk.cpp"  // Shown as a whole, so it is no header.

#include <gtest/gtest.h>

namespace {

TEST(StickyWalk, is_a_sample_of_as_many_executions_as_asked_for) {
  StickyWalk walk(1, 50);
  std::uint64_t left = 0;
  while (walk.begin_execution()) ++left;
  EXPECT_EQ(left, 50u);
  EXPECT_FALSE(walk.is_complete());
  EXPECT_FALSE(walk.matches_states());
}

TEST(StickyWalk, chooses_an_enabled_thread_and_mostly_the_last) {
  StickyWalk walk(1, 1);
  unsigned stays = 0;
  for (int i = 0; i < 800; ++i) {
    const sim::Point point{.enabled = 0b1010, .thread = 3, .execution = sim::Execution::instance()};
    const sim::Decision decision = walk.choose(point);
    EXPECT_TRUE(decision.choice == 1 || decision.choice == 3);
    stays += decision.choice == 3;
  }
  EXPECT_GT(stays, 600u);
  EXPECT_LT(stays, 800u);
}

}  // namespace
