#include "event/footprint_table.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"
#include "base/hash128.hpp"

namespace sim {

namespace {

constexpr std::uint32_t max_groups = 64;

}  // namespace

void FootprintTable::clear() {
  constexpr std::uint32_t initial_bits = 8;
  places_.assign(std::size_t{1} << initial_bits, {});
  shift_ = 32 - initial_bits;
  known_ = 1;  // Number 0 stands for no object.
  names_.assign(1, no_object);
  words_.clear();
  lists_.clear();
  list_by_hash_.clear();
  grouped_.clear();
  groups_.clear();
  group_numbers_.clear();
}

std::uint32_t FootprintTable::add_object(ObjectId object) {
  const auto number = static_cast<std::uint32_t>(known_++);
  if (known_ * 2 > places_.size()) {
    std::vector<Place> old(places_.size() * 2);
    old.swap(places_);
    --shift_;
    for (const Place& place : old) {
      if (place.object != no_object) insert_place(place.object, place.number);
    }
  }
  insert_place(object, number);
  names_.push_back(object);
  return number;
}

void FootprintTable::insert_place(ObjectId object, std::uint32_t number) {
  std::size_t at = (object * 0x9e3779b1U) >> shift_;
  while (places_[at].object != no_object) at = (at + 1) & (places_.size() - 1);
  places_[at] = {object, number};
}

FootprintId FootprintTable::id_of(std::span<const Access> accesses, bool everything) {
  scratch_.clear();
  for (const Access& access : accesses) {
    everything = everything || access.object == everything_object;
    if (access.object == no_object || access.mode == AccessMode::none) continue;
    scratch_.push_back(word_of(access));
  }
  return intern(everything);
}

void FootprintTable::spell_out(FootprintId id, std::vector<Access>& accesses) const {
  accesses.clear();
  for (const AccessWord word : this->accesses(id)) {
    if (!is_group(object_of(word)) || mode_of(word) == AccessMode::read) {
      accesses.push_back({names_[object_of(word)], mode_of(word)});
    }
  }
}

FootprintId FootprintTable::with_groups(AccessWord word) {
  scratch_.assign(1, word);
  return intern(false);
}

FootprintId FootprintTable::joined(FootprintId a, FootprintId b) {
  if (a == b || b == 0) return a;
  if (a == 0) return b;
  scratch_.clear();
  for (const AccessWord word : accesses(a)) scratch_.push_back(word);
  for (const AccessWord word : accesses(b)) scratch_.push_back(word);
  return intern(is_everything(a) || is_everything(b));
}

// Numbers what lies in `scratch_`: one access for each object, sorted by object, with the groups that it writes.
FootprintId FootprintTable::intern(bool everything) {
  const std::size_t own = scratch_.size();
  for (std::size_t i = 0; i < own; ++i) {
    const AccessWord word = scratch_[i];
    if (mode_of(word) == AccessMode::read || object_of(word) >= grouped_.size()) continue;
    for (std::uint64_t rest = grouped_[object_of(word)]; rest != 0; rest &= rest - 1) {
      scratch_.push_back(word_of({groups_[static_cast<std::size_t>(std::countr_zero(rest))], AccessMode::write}));
    }
  }
  std::ranges::sort(scratch_);
  std::size_t kept = 0;
  for (const AccessWord word : scratch_) {
    if (kept != 0 && object_of(scratch_[kept - 1]) == object_of(word)) {
      if (scratch_[kept - 1] != word) scratch_[kept - 1] = object_of(word) << 2 | 3;  // A read and an add: a write.
    } else {
      scratch_[kept++] = word;
    }
  }
  scratch_.resize(kept);
  if (!everything && kept < 2) return kept == 0 ? 0 : scratch_[0];
  const std::uint64_t hash = hash_bytes(scratch_.data(), kept * sizeof(AccessWord), everything ? 1 : 0).low;
  const auto [first, last] = list_by_hash_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    const List& list = lists_[it->second];
    if (list.everything == everything &&
        std::ranges::equal(scratch_, std::span(words_.data() + list.begin, list.count))) {
      return it->second | is_list;
    }
  }
  const auto number = static_cast<std::uint32_t>(lists_.size());
  lists_.push_back({static_cast<std::uint32_t>(words_.size()), static_cast<std::uint32_t>(kept), everything});
  words_.insert(words_.end(), scratch_.begin(), scratch_.end());
  list_by_hash_.emplace(hash, number);
  return number | is_list;
}

bool FootprintTable::lists_conflict(FootprintId a, FootprintId b) const {
  if (is_everything(a) || is_everything(b)) return true;
  const std::span<const AccessWord> one = accesses(a);
  const std::span<const AccessWord> other = accesses(b);
  for (std::size_t i = 0, k = 0; i < one.size() && k < other.size();) {
    if (object_of(one[i]) < object_of(other[k])) {
      ++i;
    } else if (object_of(one[i]) > object_of(other[k])) {
      ++k;
    } else {
      if (conflict(mode_of(one[i]), mode_of(other[k]))) return true;
      ++i;
      ++k;
    }
  }
  return false;
}

bool FootprintTable::group(ObjectId group, std::span<const ObjectId> objects) {
  auto known = std::ranges::find(groups_, group);
  if (known == groups_.end()) {
    SIM_CHECK(groups_.size() < max_groups);
    groups_.push_back(group);
    group_numbers_.push_back(number_of(group));
    known = groups_.end() - 1;
  }
  const std::uint64_t bit = std::uint64_t{1} << (known - groups_.begin());
  bool grew = false;
  for (const ObjectId object : objects) {
    const std::uint32_t at = number_of(object);
    if (grouped_.size() <= at) grouped_.resize(at + 1);
    grew = grew || (grouped_[at] & bit) == 0;
    grouped_[at] |= bit;
  }
  return grew;
}

}  // namespace sim
