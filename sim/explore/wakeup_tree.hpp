#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/stack.hpp"
#include "event/footprint_table.hpp"
#include "explore/sleep_set.hpp"

namespace sim {

/// One entry of a sequence that is to be explored: the next transition of a thread. `variant`: the values chosen in it;
/// 0: none, or all of them.
struct WakeupEntry {
  std::uint8_t thread = 0;
  FootprintId footprint = 0;
  VariantId variant = 0;
};

/// The wakeup trees of Optimal DPOR (Abdulla, Aronis, Jonsson, Sagonas: JACM 2017): for each point of the running
/// execution the sequences that are still to be explored from there, as an ordered tree. All trees share one pool of
/// 12-byte nodes.
class WakeupPool {
 public:
  using Index = std::uint32_t;
  static constexpr Index none = 0;

  WakeupPool() { clear(); }
  void clear();

  WakeupEntry entry(Index node) const {
    const Node& it = nodes_[node];
    const auto thread = static_cast<std::uint8_t>(it.links[0] >> index_bits);
    if ((it.links[1] & valued_bit) == 0) [[likely]]
      return {thread, it.what, 0};
    return {thread, valued_[it.what].footprint, valued_[it.what].variant};
  }
  Index first_child(Index node) const { return nodes_[node].links[1] & index_mask; }
  Index next_sibling(Index node) const { return nodes_[node].links[0] & index_mask; }

  /// What a leaf stands for.
  enum class Leaf {
    all_that_follows,
    /// All but what wakes a variant that sleeps there: another variant of that transition may be executed first, which
    /// does not conflict with what wakes this one.
    some_that_follows,
  };
  /// Inserts a sequence below `first`, the first child of a tree's root (or `none`), unless what is there covers it,
  /// together with what sleeps at the root. True if the tree grew. Requires: no whole transition that sleeps there
  /// covers the sequence.
  bool insert(Index& first, std::vector<WakeupEntry>& sequence, Leaf leaf, std::span<const Sleeper> asleep,
              const FootprintTable& footprints, const Variants& variants);
  enum class Match { found, covered, conflict };
  /// Where the child's thread comes in the sequence from `begin` on, and whether it can come first.
  static Match match(const WakeupEntry& child, const std::vector<WakeupEntry>& sequence, std::size_t begin,
                     const FootprintTable& footprints, std::size_t& at);
  /// True iff insert() would leave the tree as it is.
  bool covers(Index first, std::vector<WakeupEntry> sequence, Leaf leaf, std::span<const Sleeper> asleep,
              const FootprintTable& footprints, const Variants& variants);
  /// Takes the first child off: its children become a tree of their own.
  Index take_first(Index& first, WakeupEntry& entry);

  /// Takes a child off in the same way, by its position among its siblings.
  Index take_child(Index& first, std::uint32_t position, WakeupEntry& entry);
  /// Adds a leaf before all others.
  void put_first(Index& first, const WakeupEntry& entry);

  /// Adds a leaf behind `last` (none: it becomes `first`), the last one of the children of `parent` (none: of the
  /// root).
  Index append(Index& first, Index parent, Index last, const WakeupEntry& entry);

  // Leaves can be marked as given: somebody else explores them.
  /// The positions that lead to the first leaf that is not given; false if there is none.
  bool find_leaf(Index first, std::vector<std::uint32_t>& path) const;
  Index follow(Index first, std::span<const std::uint32_t> path) const;
  void give(Index leaf) { nodes_[leaf].links[1] |= given_bit; }
  void take_back(Index leaf) { nodes_[leaf].links[1] &= ~given_bit; }
  bool is_given(Index node) const { return (nodes_[node].links[1] & given_bit) != 0; }

  std::size_t bytes() const { return nodes_.size() * sizeof(Node); }

 private:
  // Two links of 26 bits, with the thread in the 6 bits above the first. Above the second: whether `what` is a number
  // in `valued_` instead of a footprint, and whether the leaf is given.
  static constexpr std::uint32_t index_bits = 26, index_mask = (1U << index_bits) - 1;
  static constexpr std::uint32_t valued_bit = 1U << index_bits, given_bit = 2U << index_bits;
  struct Node {
    std::uint32_t what;
    std::uint32_t links[2];
  };
  struct Valued {
    FootprintId footprint;
    VariantId variant;
    friend bool operator==(const Valued&, const Valued&) = default;
  };
  struct Place {
    Index last;         ///< Of the children beside which it comes; none: it is the first one.
    Index leaf;         ///< Below which it comes; none: it is the first one of the tree.
    std::size_t begin;  ///< Of what is to be added.
  };
  std::optional<Place> find_place(Index first, std::vector<WakeupEntry>& sequence, Leaf leaf,
                                  std::span<const Sleeper> asleep, const FootprintTable& footprints,
                                  const Variants& variants);
  bool pass(const WakeupEntry& explored, const Variants& variants);
  Index append_chain(std::vector<WakeupEntry>& sequence, std::size_t begin);
  Index allocate(const WakeupEntry& entry);
  void release(Index node);

  Stack<Node> nodes_;
  std::vector<Valued> valued_;
  std::vector<Sleeper> passed_;  ///< Variants explored before the sequence, which it does not conflict with.
  Index free_ = none;
};

}  // namespace sim
