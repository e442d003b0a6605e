#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/footprint.hpp"
#include "explore/sleep_set.hpp"

namespace sim {

/// What a process that explored a part of the tree of a partial-order reduction tells its parent, in terms that mean
/// the same to both. No format for files.
struct PartMessage {
  struct Transition {
    std::uint8_t thread = 0;
    bool everything = false;  ///< It conflicts with every event.
    std::vector<Access> accesses;
    std::vector<ChosenValue> values;
  };
  /// To be explored at a point that the parent, or one of its own, shares with the part.
  struct Plan {
    std::uint32_t depth = 0;
    std::vector<Transition> sequence;
  };
  /// What a predicate reads.
  struct ReadSet {
    std::uint64_t key = 0;
    std::vector<ObjectId> objects;
  };
  std::vector<Plan> plans;
  bool looks_ahead = false;
  std::vector<ReadSet> read_sets;

  std::string encode() const;
  /// Requires: encode() wrote it.
  static PartMessage decode(std::string_view bytes);
};

}  // namespace sim
