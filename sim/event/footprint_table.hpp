#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "event/footprint.hpp"

namespace sim {

/// A footprint as one word: equal footprints of one table have equal words. 0 is the empty footprint.
using FootprintId = std::uint32_t;

/// One access of a footprint: the object's number in the table, shifted by 2, and the mode.
using AccessWord = std::uint32_t;

constexpr std::uint32_t object_of(AccessWord access) {
  return access >> 2;
}
constexpr AccessMode mode_of(AccessWord access) {
  return static_cast<AccessMode>(access & 3);
}
constexpr bool conflict(AccessMode a, AccessMode b) {
  return a != AccessMode::none && b != AccessMode::none && (a != b || a == AccessMode::write);
}

/// Numbers footprints, so that exploration keeps one word an event and decides dependence in a few instructions.
///
/// Objects that a predicate reads together form a *group* (an invariant, or what a thread awaits): writes to any two of
/// them are dependent, because the predicate can tell their order. A group is a pseudo-object that each such write
/// writes, too (ALGORITHMS: properties under reduction).
class FootprintTable {
 public:
  FootprintTable() { clear(); }
  void clear();

  /// The footprint of one access. Empty if it touches nothing.
  FootprintId id_of(const Access& access) {
    if (access.object == no_object || access.mode == AccessMode::none) return 0;
    const AccessWord word = word_of(access);
    return grouped_.empty() ? word : with_groups(word);
  }
  /// The footprint of several, in any order. `everything`: it conflicts with every event.
  FootprintId id_of(std::span<const Access> accesses, bool everything = false);
  FootprintId joined(FootprintId a, FootprintId b);

  /// True iff the order of two events with these footprints matters.
  bool dependent(FootprintId a, FootprintId b) const {
    if (((a | b) & is_list) == 0) return object_of(a) == object_of(b) && a != 0 && (a != b || is_write(a));
    return lists_conflict(a, b);
  }

  /// The accesses of a footprint, by object; `single` holds the only one of a footprint that needs no list.
  std::span<const AccessWord> accesses(const FootprintId& single) const {
    if (single == 0) return {};
    if ((single & is_list) == 0) return {&single, 1};
    const List& list = lists_[single & ~is_list];
    return {words_.data() + list.begin, list.count};
  }
  /// The same with the objects' own names, which mean something elsewhere, too; without groups.
  void spell_out(FootprintId id, std::vector<Access>& accesses) const;
  /// True iff the footprint is empty or one access: the word of that access.
  static bool is_single(FootprintId id) { return (id & is_list) == 0; }
  /// True iff the footprint conflicts with every event.
  bool is_everything(FootprintId id) const { return (id & is_list) != 0 && lists_[id & ~is_list].everything; }

  /// The objects in the order of their numbers; that of number 0 stands for none. And numbers them in that order.
  std::span<const ObjectId> names() const { return names_; }
  void number_in_order(std::span<const ObjectId> names) {
    for (const ObjectId name : names) {
      if (name != no_object) number_of(name);
    }
  }

  std::uint32_t objects() const { return static_cast<std::uint32_t>(known_); }

  /// Adds `objects` to a group, which goes by the name of a pseudo-object. True if the group grew. Requires: at most 64
  /// groups.
  bool group(ObjectId group, std::span<const ObjectId> objects);
  bool is_group(std::uint32_t object) const {
    return std::ranges::find(group_numbers_, object) != group_numbers_.end();
  }

 private:
  static constexpr std::uint32_t is_list = std::uint32_t{1} << 31;
  struct List {
    std::uint32_t begin, count;
    bool everything;
  };
  static bool is_write(AccessWord word) { return mode_of(word) == AccessMode::write; }

  AccessWord word_of(const Access& access) {
    return number_of(access.object) << 2 | static_cast<std::uint32_t>(access.mode);
  }
  std::uint32_t number_of(ObjectId object) {
    std::size_t at = (object * 0x9e3779b1U) >> shift_;
    while (places_[at].object != object) {
      if (places_[at].object == no_object) return add_object(object);
      at = (at + 1) & (places_.size() - 1);
    }
    return places_[at].number;
  }
  std::uint32_t add_object(ObjectId object);
  void insert_place(ObjectId object, std::uint32_t number);
  bool lists_conflict(FootprintId a, FootprintId b) const;
  FootprintId with_groups(AccessWord word);
  FootprintId intern(bool everything);

  struct Place {
    ObjectId object = no_object;
    std::uint32_t number = 0;
  };
  std::vector<Place> places_;    ///< A hash table, open addressing.
  std::vector<ObjectId> names_;  ///< By number.
  std::uint32_t shift_ = 0;
  std::size_t known_ = 0;
  std::vector<AccessWord> words_;
  std::vector<List> lists_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> list_by_hash_;  ///< Looked up, never iterated.
  std::vector<std::uint64_t> grouped_;                                  ///< Object -> set of groups (at most 64).
  std::vector<ObjectId> groups_;
  std::vector<std::uint32_t> group_numbers_;
  std::vector<AccessWord> scratch_;
};

}  // namespace sim
