#include "explore/arrival_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <unistd.h>
#include "tests/temporary_folder.hpp"

using namespace sim;
using Kind = ArrivalTree::Kind;

namespace {

constexpr ArrivalTree::Id start = ArrivalTree::start;

/// As a search makes one: depth first, parents lie on the way to the arrival before; breadth first, they come in order.
ArrivalTree random_tree(bool depth_first, unsigned seed, int size) {
  std::mt19937 engine(seed);
  const auto random = [&engine] { return static_cast<std::uint32_t>(engine()); };
  ArrivalTree tree(true, depth_first);
  ArrivalTree::Id parent = start;
  std::uint32_t states = 0;
  for (int i = 0; i < size; ++i) {
    const auto last = static_cast<ArrivalTree::Id>(tree.size() - 1);
    if (i != 0 && depth_first) {
      parent = last;
      for (unsigned up = random() % 3 == 0 ? random() % 40 : random() % 2; up > 0 && tree.parent(parent) != start;
           --up) {
        parent = tree.parent(parent);
      }
    } else if (i != 0) {
      const ArrivalTree::Id first = parent == start ? 0 : parent;
      parent = random() % 50 == 0 ? last : std::min(last, first + random() % 3);
    }
    const Choice choice = {random() % 4 == 0 ? random() & 0x7fffffff : random() % 5, random() % 3 == 0};
    if (i != 0 && random() % 10 == 0) {
      tree.add_again(parent, choice, random() % states);
    } else {
      constexpr Kind kinds[] = {Kind::expanded, Kind::ended, Kind::cut};
      tree.add(parent, choice, kinds[i == 0 ? 0 : random() % 3]);
      ++states;
    }
  }
  return tree;
}

class ArrivalTrees : public testing::TestWithParam<bool> {};

TEST_P(ArrivalTrees, are_read_as_they_were_written) {
  const TemporaryFolder folder;
  const std::string file = folder.file("arrivals");
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const ArrivalTree written = random_tree(GetParam(), seed, 3000);
    checkpoint::Writer to(file);
    written.save(to);
    to.commit();
    ArrivalTree read(true, GetParam());
    const checkpoint::File bytes(file);
    checkpoint::Reader from = bytes.reader();
    read.load(from);
    EXPECT_EQ(from.left(), 0U);
    ASSERT_EQ(read.size(), written.size());
    for (ArrivalTree::Id id = 0; id < read.size(); ++id) {
      ASSERT_EQ(read.parent(id), written.parent(id)) << id;
      ASSERT_EQ(read.choice(id), written.choice(id)) << id;
      ASSERT_EQ(read.kind(id), written.kind(id)) << id;
    }
    EXPECT_EQ(read.states(), written.states());
  }
}

TEST_P(ArrivalTrees, are_walked_depth_first) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const ArrivalTree tree = random_tree(GetParam(), seed, 2000);
    ArrivalWalk walk(tree);
    std::set<ArrivalTree::Id> seen;
    std::vector<ArrivalTree::Id> way;
    while (const auto id = walk.next()) {
      ASSERT_LE(walk.depth(), way.size());
      way.resize(walk.depth());
      ASSERT_EQ(tree.parent(*id), way.empty() ? start : way.back());
      way.push_back(*id);
      ASSERT_EQ(tree.way_to(*id), way);
      ASSERT_TRUE(seen.insert(*id).second);
    }
    EXPECT_EQ(seen.size(), tree.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, ArrivalTrees, testing::Bool(),
                         [](const auto& row) { return row.param ? "depth_first" : "breadth_first"; });

TEST(ArrivalTree, of_small_choices_takes_a_byte_for_each_arrival) {
  const TemporaryFolder folder;
  const std::string file = folder.file("arrivals");
  ArrivalTree tree(true, true);
  for (int i = 0; i < 10'000; ++i) tree.add(static_cast<ArrivalTree::Id>(i - 1), {i % 4U, false}, Kind::expanded);
  checkpoint::Writer to(file);
  tree.save(to);
  to.commit();
  EXPECT_LE(std::filesystem::file_size(file), 10'000U + 100);
}

}  // namespace
