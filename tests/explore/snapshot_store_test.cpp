#include "explore/snapshot_store.hpp"

#include <gtest/gtest.h>

#include <cstdint>

using namespace sim;

TEST(SnapshotStore, uses_the_buffers_of_what_was_freed_between_others) {
  const Execution& execution = Execution::instance();  // Nothing was started: its state is small.
  SnapshotStore store(1 << 20);
  for (PointId id = 1; id <= 3; ++id) store.keep(id, static_cast<std::uint32_t>(id), execution);
  const std::uint64_t bytes = store.bytes();
  ASSERT_GT(bytes, 0U);
  store.free(2);
  store.free_after(1);
  for (PointId id = 4; id <= 5; ++id) store.keep(id, static_cast<std::uint32_t>(id), execution);
  EXPECT_EQ(store.bytes(), bytes);
  EXPECT_NE(store.find(1), nullptr);
  EXPECT_EQ(store.find(2), nullptr);
  EXPECT_EQ(store.find(3), nullptr);
  EXPECT_NE(store.find(4), nullptr);
  EXPECT_NE(store.find(5), nullptr);
}

TEST(SnapshotStore, beyond_its_budget_drops_every_second_one_and_goes_on) {
  const Execution& execution = Execution::instance();
  SnapshotStore one(1 << 20);
  one.keep(1, 1, execution);
  SnapshotStore store(one.bytes() * 4);
  for (PointId id = 1; id <= 64; ++id) store.keep(id, static_cast<std::uint32_t>(id), execution);
  EXPECT_TRUE(store.is_thinned());
  EXPECT_LE(store.bytes(), one.bytes() * 4);
  EXPECT_NE(store.find(64), nullptr);
  std::uint32_t depth = 0;
  EXPECT_NE(store.nearest_before(64, depth), nullptr);
  store.free_after(0);
  EXPECT_LE(store.bytes(), one.bytes() * 4);
}
