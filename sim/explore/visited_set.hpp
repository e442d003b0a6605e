#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/check.hpp"
#include "base/hash128.hpp"
#include "explore/pages.hpp"

namespace sim {

/// Upper bound of the probability that among `states` different states any two have equal hashes of `hash_bits` bits,
/// if each value is equally likely: n (n - 1) / 2 pairs, each equal with probability 2^-b, below n^2 / 2^(b + 1).
inline double omission_probability(std::uint64_t states, unsigned hash_bits) {
  const double n = static_cast<double>(states);
  return std::min(1.0, std::ldexp(n * n, -static_cast<int>(hash_bits) - 1));
}

/// The states seen so far: their hashes, and with each a number that is not 0. Two states whose hashes collide are
/// taken for one: see omission_probability.
///
/// One open-addressing table with linear probing. A state's home is its hash scaled to the size of the table, so that
/// homes are in the order of hashes in a table of any size: it grows in place, by half, in one pass from its end. 29 to
/// 43 bytes a state.
class VisitedSet {
 public:
  static constexpr unsigned hash_bits = 128;  ///< Kept of each state, and all of them compared.

  struct Lookup {
    bool is_new;
    std::uint32_t* value;  ///< Valid until the next insertion.
  };

  VisitedSet() { set_capacity(1 << 12); }

  /// Looks the state up and inserts it if it is new, with `value`. Requires: `value` is not 0.
  Lookup insert(const Hash128& state, std::uint32_t value) {
    if (size_ == most_) grow();
    Slot& slot = slots_[find(state)];
    if (slot.value != 0) return {false, &slot.value};
    slot.set(state);
    slot.value = value;
    ++size_;
    return {true, &slot.value};
  }

  /// Brings the memory near that a look-up of `state` needs first.
  void prefetch(const Hash128& state) const { __builtin_prefetch(&slots_[home(state)]); }

  bool contains(const Hash128& state) const { return slots_[find(state)].value != 0; }

  template <class Writer>
  void save(Writer& to) const {
    to.number(size_);
    for (std::size_t at = 0; at < capacity_ + behind_last_home; ++at) {
      if (slots_[at].value != 0) to.bytes(&slots_[at], sizeof(Slot));
    }
  }
  /// Adds what was saved.
  template <class Reader>
  void load(Reader& from) {
    for (std::uint64_t left = from.count(sizeof(Slot)); left > 0; --left) {
      Slot slot;
      from.bytes(&slot, sizeof slot);
      if (slot.value != 0) insert(slot.state(), slot.value);
    }
  }

  std::uint64_t size() const { return size_; }
  std::uint64_t bytes() const { return bytes_for(capacity_); }
  /// Bytes held, and where the table grows within the next insertions, what it will then hold: budgets are looked at
  /// every few hundred insertions.
  std::uint64_t bytes_to_grow() const {
    constexpr std::uint64_t insertions_ahead = 1024;
    return size_ + insertions_ahead >= most_ ? bytes_for(larger(capacity_)) : bytes();
  }

 private:
  // 20 bytes; words of 64 bits would pad it to 24.
  struct Slot {
    std::uint32_t words[4];
    std::uint32_t value;  ///< 0: the slot is empty.

    void set(const Hash128& state) { std::memcpy(words, &state, sizeof words); }
    Hash128 state() const {
      Hash128 hash;
      std::memcpy(&hash, words, sizeof words);
      return hash;
    }
  };

  // No probing wraps around: behind the last home are more slots. At the highest load a run of occupied slots is longer
  // than this with a probability below 1e-25.
  static constexpr std::size_t behind_last_home = 1024;

  static std::size_t larger(std::size_t capacity) { return capacity + capacity / 2; }
  static std::size_t bytes_for(std::size_t capacity) { return (capacity + behind_last_home) * sizeof(Slot); }

  std::size_t home(const Hash128& state) const {
    __extension__ using Product = unsigned __int128;
    return static_cast<std::size_t>(static_cast<Product>(state.low) * capacity_ >> 64);
  }

  /// Index of the state's slot, or of the one that it would get.
  std::size_t find(const Hash128& state) const {
    std::size_t at = home(state);
    while (slots_[at].value != 0 && slots_[at].state() != state) ++at;
    SIM_CHECK(at < capacity_ + behind_last_home - 1);  // The last one stays empty: it ends every probing.
    return at;
  }

  void set_capacity(std::size_t capacity) {
    pages_.resize(bytes_for(capacity));
    slots_ = reinterpret_cast<Slot*>(pages_.data());
    capacity_ = capacity;
    most_ = capacity / 10 * 7;
  }

  // From the end: a home moves away from the start, so that what is moved goes where nothing is left to move. Only at
  // the very start, where a state may lie farther from its home than its home moves, it waits until the end.
  void grow() {
    const std::size_t slots_before = capacity_ + behind_last_home;
    set_capacity(larger(capacity_));
    std::vector<Slot> waiting;
    for (std::size_t at = slots_before; at-- > 0;) {
      if (slots_[at].value == 0) continue;
      const Slot slot = slots_[at];
      slots_[at].value = 0;
      if (home(slot.state()) > at) {
        slots_[find(slot.state())] = slot;
      } else {
        waiting.push_back(slot);
      }
    }
    for (const Slot& slot : waiting) slots_[find(slot.state())] = slot;
  }

  Pages pages_;
  Slot* slots_ = nullptr;
  std::size_t capacity_ = 0;  ///< Homes.
  std::size_t most_ = 0;      ///< States that it holds before it grows.
  std::uint64_t size_ = 0;
};

}  // namespace sim
