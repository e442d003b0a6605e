// The table of states: what was inserted is found, at any size and with hashes that crowd together.
#include "explore/visited_set.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.hpp"
#include "explore/pages.hpp"

using namespace sim;

namespace {

// Inserts each hash with its number, twice, and then looks all of them up.
void expect_all_found(const std::vector<Hash128>& hashes) {
  VisitedSet set;
  for (std::uint32_t i = 0; i < hashes.size(); ++i) {
    const auto [is_new, value] = set.insert(hashes[i], i + 1);
    ASSERT_TRUE(is_new) << i;
    ASSERT_EQ(*value, i + 1);
    ASSERT_FALSE(set.insert(hashes[i], 1).is_new) << i;
  }
  ASSERT_EQ(set.size(), hashes.size());
  for (std::uint32_t i = 0; i < hashes.size(); ++i) {
    const auto [is_new, value] = set.insert(hashes[i], 1);
    ASSERT_FALSE(is_new) << i;
    ASSERT_EQ(*value, i + 1);
  }
  EXPECT_EQ(set.size(), hashes.size());
}

Hash128 random_hash(Random& random) {
  return {random.next(), random.next()};
}

}  // namespace

TEST(VisitedSet, finds_what_was_inserted_however_often_it_has_grown) {
  Random random(1);
  std::vector<Hash128> hashes;
  for (int i = 0; i < 500'000; ++i) hashes.push_back(random_hash(random));
  expect_all_found(hashes);
}

TEST(VisitedSet, compares_all_bits) {
  std::vector<Hash128> hashes = {{}};
  for (unsigned bit = 0; bit < 64; ++bit) {
    hashes.push_back({std::uint64_t{1} << bit, 0});
    hashes.push_back({0, std::uint64_t{1} << bit});
  }
  EXPECT_EQ(hashes.size(), VisitedSet::hash_bits + 1);
  expect_all_found(hashes);
}

TEST(VisitedSet, grows_in_place_where_states_lie_far_from_their_homes) {
  Random random(2);
  std::vector<Hash128> hashes;
  for (const std::uint64_t crowd : {std::uint64_t{0}, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    for (std::uint64_t i = 0; i < 300; ++i) hashes.push_back({crowd ^ i, i});  // One home for all of a crowd.
  }
  for (int i = 0; i < 20'000; ++i) hashes.push_back(random_hash(random));
  expect_all_found(hashes);
}

TEST(VisitedSet, takes_at_most_48_bytes_a_state_and_grows_without_a_second_table) {
  Random random(3);
  VisitedSet set;
  for (std::uint32_t i = 1; i <= 1'000'000; ++i) {
    set.insert(random_hash(random), i);
    if (i < 10'000) continue;
    ASSERT_LE(set.bytes_to_grow(), 48 * set.size() + (1 << 15)) << set.size();
    ASSERT_GE(set.bytes_to_grow(), set.bytes());
  }
}

TEST(Pages, are_zero_and_keep_their_contents_when_they_grow) {
  Pages pages;
  std::size_t filled = 0;
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{5000}, std::size_t{9} << 20}) {
    pages.resize(bytes);
    ASSERT_GE(pages.size(), bytes);
    for (std::size_t at = 0; at < pages.size(); ++at) {
      ASSERT_EQ(pages.data()[at], std::byte{at < filled ? std::uint8_t{7} : std::uint8_t{0}}) << at;
      pages.data()[at] = std::byte{7};
    }
    filled = pages.size();
  }
}
