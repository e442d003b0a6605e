#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "event/schedule.hpp"
#include "explore/checkpoint.hpp"

namespace sim {

/// The transitions by which a search that matches states came to states that it did not know. Each goes out from the
/// state that an earlier one led to, so that they form a tree.
///
/// Another process that makes these transitions again, and no others, meets the same states in the same order, whatever
/// their hashes are there: that is how such a search is resumed.
class ArrivalTree {
 public:
  using Id = std::uint32_t;
  /// Where the program starts: the parent of the first arrival.
  static constexpr Id start = ~Id{0};

  /// What an arrival led to.
  enum class Kind : std::uint8_t {
    expanded,  ///< A new state.
    ended,     ///< A new state, in which nothing can be done.
    cut,       ///< A new state, at which the step limit ended the execution.
    again,     ///< A state that was known, and is expanded once more as it was met at a smaller depth.
    counted,   ///< Any state: what the program has done on this way identifies a logical state.
    waiting,   ///< Any state: it was not looked up yet.
    open,      ///< A new state, which is still to be expanded. With several workers.
  };
  static constexpr std::uint64_t kinds = 7;

  /// `keeps_kinds`: of an exploration that is kept in a file. Otherwise all that is asked for is path_to().
  /// `depth_first`: each parent is the arrival before, or lies on the way to that.
  ArrivalTree(bool keeps_kinds, bool depth_first) : keeps_kinds_(keeps_kinds), depth_first_(depth_first) {}

  bool keeps_kinds() const { return keeps_kinds_; }
  /// Requires: a value below 2^31; fewer than 2^32 - 1 arrivals.
  Id add(Id parent, const Choice& choice, Kind kind) {
    const auto id = static_cast<Id>(arrivals_.size());
    arrivals_.push_back({parent, choice.value | (choice.is_value ? value_flag : 0)});
    if (keeps_kinds_) kinds_.push_back(kind);
    return id;
  }
  /// The same for a state that is known, with its number.
  Id add_again(Id parent, const Choice& choice, std::uint32_t state);
  /// Forgets all arrivals but the first `count`. Requires: none of the others is of kind `again`.
  void cut_to(std::size_t count);

  void reserve(std::size_t count) {
    arrivals_.reserve(count);
    if (keeps_kinds_) kinds_.reserve(count);
  }

  std::size_t size() const { return arrivals_.size(); }
  Id parent(Id id) const { return arrivals_[id].parent; }
  Choice choice(Id id) const { return {arrivals_[id].choice & ~value_flag, (arrivals_[id].choice & value_flag) != 0}; }
  Kind kind(Id id) const { return kinds_[id]; }
  /// The arrivals on the way to `id`, and itself.
  std::vector<Id> way_to(Id id) const;
  std::vector<Choice> path_to(Id id) const;
  /// By arrival: the state to which it led, in the order in which they were met. Of kind `counted` or `waiting`: any.
  std::vector<std::uint32_t> states() const;

  std::uint64_t bytes() const {
    return arrivals_.capacity() * sizeof(Arrival) + kinds_.capacity() + again_.capacity() * sizeof(Again);
  }

  /// Requires: keeps_kinds(). A byte or two for each arrival.
  void save(checkpoint::Writer& to) const;
  /// Replaces everything. Throws checkpoint::Error.
  void load(checkpoint::Reader& from);

 private:
  static constexpr std::uint32_t value_flag = 0x80000000;

  struct Arrival {
    Id parent;
    std::uint32_t choice;
  };
  struct Again {
    Id id;
    std::uint32_t state;
  };

  Id parent_after(std::uint64_t steps) const;

  bool keeps_kinds_, depth_first_;
  std::vector<Arrival> arrivals_;
  std::vector<Kind> kinds_;
  std::vector<Again> again_;
};

/// Goes through an ArrivalTree depth first: what an arrival leads to comes right behind it, so that nothing need be
/// remembered but the way to the last one.
class ArrivalWalk {
 public:
  explicit ArrivalWalk(const ArrivalTree& tree);

  /// None: that was the last one.
  std::optional<ArrivalTree::Id> next();
  /// Transitions before the arrival that next() returned; 0: it is that at the first stop of the program.
  std::uint32_t depth() const { return depth_; }
  /// True iff others go out from it.
  bool leads_on(ArrivalTree::Id id) const { return first_child_[id] != ArrivalTree::start; }

 private:
  const ArrivalTree& tree_;
  std::vector<ArrivalTree::Id> first_child_, next_sibling_;  ///< ArrivalTree::start: none.
  ArrivalTree::Id next_ = ArrivalTree::start;
  std::uint32_t next_depth_ = 0, depth_ = 0;
};

}  // namespace sim
