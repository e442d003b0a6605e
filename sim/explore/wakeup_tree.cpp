#include "explore/wakeup_tree.hpp"

#include <algorithm>
#include <new>

namespace sim {

void WakeupPool::clear() {
  nodes_.assign(1, {});
  free_ = none;
}

WakeupPool::Match WakeupPool::match(const WakeupEntry& child, const std::vector<WakeupEntry>& sequence,
                                    std::size_t begin, const FootprintTable& footprints, std::size_t& at) {
  const WakeupEntry* const first = sequence.data();
  const WakeupEntry* const end = first + sequence.size();
  for (const WakeupEntry* entry = first + begin; entry != end; ++entry) {
    if (entry->thread == child.thread) {
      at = static_cast<std::size_t>(entry - first);
      const bool same = child.variant == 0 || child.variant == entry->variant;
      return same ? Match::found : Match::conflict;
    }
    if (footprints.dependent(entry->footprint, child.footprint)) return Match::conflict;
  }
  return Match::covered;
}

bool WakeupPool::insert(Index& first, std::vector<WakeupEntry>& sequence, Leaf leaf, std::span<const Sleeper> asleep,
                        const FootprintTable& footprints, const Variants& variants) {
  const std::optional<Place> place = find_place(first, sequence, leaf, asleep, footprints, variants);
  if (!place) return false;
  const Index chain = append_chain(sequence, place->begin);
  if (place->last != none)
    nodes_[place->last].links[0] = (nodes_[place->last].links[0] & ~index_mask) | chain;
  else if (place->leaf != none)
    nodes_[place->leaf].links[1] |= chain;
  else
    first = chain;
  return true;
}

bool WakeupPool::covers(Index first, std::vector<WakeupEntry> sequence, Leaf leaf, std::span<const Sleeper> asleep,
                        const FootprintTable& footprints, const Variants& variants) {
  return !find_place(first, sequence, leaf, asleep, footprints, variants);
}

// Where a sequence is to be added; nullopt: it is covered. What was matched on the way comes first in it, then.
//
// What comes before that place, on any level, will sleep when the sequence is explored, unless something in it
// conflicts with that. Where these are all variants of a transition, and each can come first, all that begins with the
// sequence is explored with one of them.
std::optional<WakeupPool::Place> WakeupPool::find_place(Index first, std::vector<WakeupEntry>& sequence, Leaf leaf,
                                                        std::span<const Sleeper> asleep,
                                                        const FootprintTable& footprints, const Variants& variants) {
  std::size_t begin = 0;  // What comes before was matched on the way down.
  std::size_t at = 0;
  passed_.clear();
  for (const Sleeper& sleeper : asleep) {
    if (sleeper.variant == 0 || sleeper.awake) continue;
    const WakeupEntry explored{sleeper.thread, sleeper.footprint, sleeper.variant};
    if (match(explored, sequence, begin, footprints, at) == Match::covered && pass(explored, variants))
      return std::nullopt;
  }
  Index parent = none;
  for (;;) {
    Index last = none;
    Index down = none;
    for (Index child = parent == none ? first : first_child(parent); child != none; child = next_sibling(child)) {
      const WakeupEntry explored = entry(child);
      const Match match = WakeupPool::match(explored, sequence, begin, footprints, at);
      if (match == Match::covered && pass(explored, variants)) return std::nullopt;
      if (match == Match::found) {
        std::rotate(sequence.begin() + static_cast<std::ptrdiff_t>(begin),
                    sequence.begin() + static_cast<std::ptrdiff_t>(at),
                    sequence.begin() + static_cast<std::ptrdiff_t>(at) + 1);
        if (++begin == sequence.size()) return std::nullopt;
        down = child;
        break;
      }
      last = child;
    }
    if (down == none) return Place{last, none, begin};
    if (first_child(down) == none) {
      if (leaf == Leaf::all_that_follows || is_given(down)) return std::nullopt;
      return Place{none, down, begin};
    }
    parent = down;
  }
}

// Notes what is explored before the sequence and does not conflict with it. True iff every variant of it is.
bool WakeupPool::pass(const WakeupEntry& explored, const Variants& variants) {
  if (explored.variant == 0) return true;
  passed_.push_back({explored.thread, false, false, explored.footprint, explored.variant});
  std::vector<ChosenValue> none_chosen;
  return variants.all_asleep(none_chosen, passed_, explored.thread);
}

WakeupPool::Index WakeupPool::append_chain(std::vector<WakeupEntry>& sequence, std::size_t begin) {
  Index below = none;
  for (std::size_t at = sequence.size(); at-- > begin;) {
    const Index node = allocate(sequence[at]);
    nodes_[node].links[1] |= below;
    below = node;
  }
  return below;
}

WakeupPool::Index WakeupPool::take_first(Index& first, WakeupEntry& entry) {
  const Index node = first;
  entry = this->entry(node);
  const Index children = first_child(node);
  first = next_sibling(node);
  release(node);
  return children;
}

WakeupPool::Index WakeupPool::take_child(Index& first, std::uint32_t position, WakeupEntry& entry) {
  if (position == 0) return take_first(first, entry);
  Index before = first;
  while (--position != 0) before = next_sibling(before);
  Index node = next_sibling(before);
  const Index children = take_first(node, entry);
  nodes_[before].links[0] = (nodes_[before].links[0] & ~index_mask) | node;
  return children;
}

void WakeupPool::put_first(Index& first, const WakeupEntry& entry) {
  const Index node = allocate(entry);
  nodes_[node].links[0] |= first;
  first = node;
}

WakeupPool::Index WakeupPool::append(Index& first, Index parent, Index last, const WakeupEntry& entry) {
  const Index node = allocate(entry);
  if (last != none)
    nodes_[last].links[0] |= node;
  else if (parent != none)
    nodes_[parent].links[1] |= node;
  else
    first = node;
  return node;
}

// Not by recursion: a chain is as long as an execution may be.
bool WakeupPool::find_leaf(Index first, std::vector<std::uint32_t>& path) const {
  std::vector<Index> above;  // The nodes at the positions in `path`.
  std::uint32_t position = 0;
  for (Index node = first;;) {
    if (node == none) {
      if (above.empty()) return false;
      node = next_sibling(above.back());
      position = path.back() + 1;
      above.pop_back();
      path.pop_back();
    } else if (const Index below = first_child(node); below != none) {
      above.push_back(node);
      path.push_back(position);
      node = below;
      position = 0;
    } else if (!is_given(node)) {
      path.push_back(position);
      return true;
    } else {
      node = next_sibling(node);
      ++position;
    }
  }
}

WakeupPool::Index WakeupPool::follow(Index first, std::span<const std::uint32_t> path) const {
  Index node = none;
  for (const std::uint32_t position : path) {
    node = node == none ? first : first_child(node);
    for (std::uint32_t at = 0; at < position; ++at) node = next_sibling(node);
  }
  return node;
}

WakeupPool::Index WakeupPool::allocate(const WakeupEntry& entry) {
  Index node = free_;
  if (node != none) {
    free_ = nodes_[node].what;
  } else {
    if (nodes_.size() > index_mask) throw std::bad_alloc();
    node = static_cast<Index>(nodes_.size());
    nodes_.append();
  }
  nodes_[node] = {entry.footprint, {std::uint32_t{entry.thread} << index_bits, 0}};
  if (entry.variant != 0) {
    const Valued valued{entry.footprint, entry.variant};
    const auto known = std::find(valued_.begin(), valued_.end(), valued);
    nodes_[node].what = static_cast<std::uint32_t>(known - valued_.begin());
    nodes_[node].links[1] = valued_bit;
    if (known == valued_.end()) valued_.push_back(valued);
  }
  return node;
}

void WakeupPool::release(Index node) {
  nodes_[node].what = free_;
  free_ = node;
}

}  // namespace sim
