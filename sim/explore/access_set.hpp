#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "event/footprint_table.hpp"

namespace sim {

/// What a sequence of events accesses, to see in a few instructions whether another event depends on any of them.
class AccessSet {
 public:
  explicit AccessSet(const FootprintTable& footprints) : footprints_(footprints) {}

  void clear() {
    ++round_;
    any_ = everything_ = false;
    if (modes_.size() < footprints_.objects()) modes_.resize(footprints_.objects() * 2);
  }
  /// Requires: no object got its number since clear().
  void add(FootprintId footprint) {
    any_ = true;
    if (FootprintTable::is_single(footprint)) return add_access(footprint);
    everything_ = everything_ || footprints_.is_everything(footprint);
    for (const AccessWord word : footprints_.accesses(footprint)) add_access(word);
  }
  /// True iff an event with this footprint depends on one of them.
  bool conflicts_with(FootprintId footprint) const {
    if (everything_) return true;
    if (FootprintTable::is_single(footprint)) return conflicts_with_access(footprint);
    if (any_ && footprints_.is_everything(footprint)) return true;
    return std::ranges::any_of(footprints_.accesses(footprint), [this](auto it) { return conflicts_with_access(it); });
  }

 private:
  static constexpr unsigned mode_bits = 4;
  static constexpr std::uint64_t set_of(AccessMode mode) { return std::uint64_t{1} << static_cast<unsigned>(mode); }
  static constexpr std::uint64_t conflicting(AccessMode mode) {
    const std::uint64_t all = set_of(AccessMode::read) | set_of(AccessMode::add) | set_of(AccessMode::write);
    return mode == AccessMode::write ? all : mode == AccessMode::none ? 0 : all & ~set_of(mode);
  }

  // Of no object for the empty footprint, which is entered there as nothing.
  void add_access(AccessWord word) {
    std::uint64_t& modes = modes_[object_of(word)];
    if (modes >> mode_bits != round_) modes = round_ << mode_bits;
    modes |= set_of(mode_of(word));
  }
  bool conflicts_with_access(AccessWord word) const {
    const std::uint64_t modes = modes_[object_of(word)];
    return modes >> mode_bits == round_ && (modes & conflicting(mode_of(word))) != 0;
  }

  const FootprintTable& footprints_;
  std::vector<std::uint64_t> modes_;  ///< Object -> set of modes, below the round in which they were added.
  std::uint64_t round_ = 0;
  bool any_ = false, everything_ = false;
};

}  // namespace sim
