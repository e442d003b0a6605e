// What a wakeup tree takes for covered where transitions choose values.
#include "explore/wakeup_tree.hpp"

#include <gtest/gtest.h>

using namespace sim;

namespace {

/// Threads 1 to 3, each of which touches an object of its own; thread 1 chooses one of two values.
class WakeupTree : public testing::Test {
 protected:
  FootprintId of(std::uint8_t thread) { return footprints_.id_of(Access{thread, AccessMode::write}); }
  VariantId chosen(std::uint32_t value) {
    const ChosenValue values[] = {{value, 2}};
    return variants_.number_of(values);
  }
  WakeupEntry step(std::uint8_t thread) { return {thread, of(thread), 0}; }
  WakeupEntry choice(std::uint32_t value) { return {1, of(1), chosen(value)}; }
  Sleeper sleeping(std::uint32_t value, bool awake = false) { return {1, awake, false, of(1), chosen(value)}; }
  /// True iff the tree grew.
  bool insert(std::vector<WakeupEntry> sequence, std::vector<Sleeper> asleep = {},
              WakeupPool::Leaf leaf = WakeupPool::Leaf::all_that_follows) {
    const bool was_covered = pool_.covers(first_, sequence, leaf, asleep, footprints_, variants_);
    const bool grew = pool_.insert(first_, sequence, leaf, asleep, footprints_, variants_);
    EXPECT_NE(grew, was_covered);
    return grew;
  }
  /// A step of thread 3 that conflicts with any of thread 1.
  WakeupEntry conflicting_with_choices() { return {3, footprints_.joined(of(3), of(1)), 0}; }

 private:
  FootprintTable footprints_;
  Variants variants_;
  WakeupPool pool_;
  WakeupPool::Index first_ = WakeupPool::none;
};

}  // namespace

TEST_F(WakeupTree, does_not_cover_what_follows_a_value_that_is_not_explored) {
  EXPECT_TRUE(insert({choice(0)}));
  EXPECT_TRUE(insert({step(2)}));
}

TEST_F(WakeupTree, covers_what_can_follow_each_value) {
  EXPECT_TRUE(insert({choice(0)}));
  EXPECT_TRUE(insert({choice(1)}));
  EXPECT_FALSE(insert({step(2)}));
}

TEST_F(WakeupTree, covers_what_can_follow_each_value_although_a_later_branch_begins_like_it) {
  EXPECT_TRUE(insert({choice(0)}));
  EXPECT_TRUE(insert({choice(1)}));
  EXPECT_TRUE(insert({step(2), conflicting_with_choices()}));
  EXPECT_FALSE(insert({step(2), step(3)}));
}

TEST_F(WakeupTree, covers_what_can_follow_values_that_are_explored_on_several_levels) {
  EXPECT_TRUE(insert({choice(0)}));
  EXPECT_TRUE(insert({step(2), choice(1)}));
  EXPECT_FALSE(insert({step(2), step(3)}));
}

TEST_F(WakeupTree, covers_what_can_follow_values_of_which_one_sleeps) {
  EXPECT_TRUE(insert({choice(1)}));
  EXPECT_TRUE(insert({step(2)}, {sleeping(0, true)}));
  EXPECT_FALSE(insert({step(3)}, {sleeping(0)}));
}

TEST_F(WakeupTree, covers_all_that_follows_a_leaf_unless_it_wakes_a_value) {
  EXPECT_TRUE(insert({step(2)}));
  EXPECT_FALSE(insert({step(2), step(3)}));
  const auto leaf = WakeupPool::Leaf::some_that_follows;
  EXPECT_TRUE(insert({step(2), conflicting_with_choices()}, {}, leaf));
  EXPECT_FALSE(insert({step(2), conflicting_with_choices()}, {}, leaf));
  EXPECT_TRUE(insert({step(2), choice(1), conflicting_with_choices()}));  // It has become a branch.
}

TEST_F(WakeupTree, has_leaves_at_the_ends_of_long_chains) {
  WakeupPool pool;
  WakeupPool::Index first = WakeupPool::none, parent = WakeupPool::none;
  const auto extend = [&](WakeupPool::Index last) { return pool.append(first, parent, last, step(2)); };
  constexpr std::size_t length = 1'000'000;
  const WakeupPool::Index given = extend(WakeupPool::none);
  pool.give(given);
  WakeupPool::Index last = given;
  for (std::size_t depth = 0; depth < length; ++depth, last = WakeupPool::none) parent = extend(last);
  std::vector<std::uint32_t> path;
  ASSERT_TRUE(pool.find_leaf(first, path));
  ASSERT_EQ(path.size(), length);
  EXPECT_EQ(path.front(), 1u);  // Beside what is given.
  EXPECT_EQ(path.back(), 0u);
  EXPECT_EQ(pool.follow(first, path), parent);
  pool.give(parent);
  path.clear();
  EXPECT_FALSE(pool.find_leaf(first, path));
  EXPECT_TRUE(path.empty());
}
