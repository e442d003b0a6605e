#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "base/hash128.hpp"
#include "explore/hash_slots.hpp"
#include "explore/pages.hpp"

namespace sim {

/// Upper bound of the probability that among `states` different states any two have equal hashes of `hash_bits` bits,
/// if each value is equally likely: n (n - 1) / 2 pairs, each equal with probability 2^-b, below n^2 / 2^(b + 1).
inline double omission_probability(std::uint64_t states, unsigned hash_bits) {
  const double n = static_cast<double>(states);
  return std::min(1.0, std::ldexp(n * n, -static_cast<int>(hash_bits) - 1));
}

/// The states seen so far: their hashes, and with each a number that is not 0. Two states whose hashes collide are
/// taken for one: see omission_probability. It grows in place, by half: 29 to 43 bytes a state.
class VisitedSet {
 public:
  static constexpr unsigned hash_bits = 128;  ///< Kept of each state, and all of them compared.

  struct Lookup {
    bool is_new;
    std::uint32_t* value;  ///< Valid until the next insertion.
  };

  VisitedSet() {
    constexpr std::size_t least = 1 << 12;
    make_room(least);
    table_.homes = least;
    most_ = HashSlots::most_for(least);
  }

  /// Looks the state up and inserts it if it is new, with `value`. Requires: `value` is not 0.
  Lookup insert(const Hash128& state, std::uint32_t value) {
    if (size_ == most_) grow();
    HashSlot& slot = table_.slots[table_.find(state)];
    if (slot.value != 0) return {false, &slot.value};
    slot.set(state);
    slot.value = value;
    ++size_;
    return {true, &slot.value};
  }

  /// Brings the memory near that a look-up of `state` needs first.
  void prefetch(const Hash128& state) const { __builtin_prefetch(&table_.slots[table_.home(state)]); }

  template <class Writer>
  void save(Writer& to) const {
    to.number(size_);
    for (std::size_t at = 0; at < HashSlots::slots_for(table_.homes); ++at) {
      if (table_.slots[at].value != 0) to.bytes(&table_.slots[at], sizeof(HashSlot));
    }
  }
  /// Adds what was saved.
  template <class Reader>
  void load(Reader& from) {
    for (std::uint64_t left = from.count(sizeof(HashSlot)); left > 0; --left) {
      HashSlot slot;
      from.bytes(&slot, sizeof slot);
      if (slot.value != 0) insert(slot.state(), slot.value);
    }
  }

  std::uint64_t size() const { return size_; }
  std::uint64_t bytes() const { return HashSlots::bytes_for(table_.homes); }
  /// Bytes held, and where the table grows within the next insertions, what it will then hold: budgets are looked at
  /// every few hundred insertions.
  std::uint64_t bytes_to_grow() const {
    constexpr std::uint64_t insertions_ahead = 1024;
    return size_ + insertions_ahead >= most_ ? HashSlots::bytes_for(larger()) : bytes();
  }

 private:
  std::size_t larger() const { return table_.homes + table_.homes / 2; }
  void make_room(std::size_t homes) {
    pages_.resize(HashSlots::bytes_for(homes));
    table_.slots = reinterpret_cast<HashSlot*>(pages_.data());
  }
  void grow() {
    const std::size_t homes = larger();
    make_room(homes);
    table_.spread(homes);
    most_ = HashSlots::most_for(homes);
  }

  Pages pages_;
  HashSlots table_;
  std::size_t most_ = 0;  ///< States that it holds before it grows.
  std::uint64_t size_ = 0;
};

}  // namespace sim
