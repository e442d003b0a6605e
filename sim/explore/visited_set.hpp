#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/hash128.hpp"

namespace sim {

/// Upper bound of the probability that among `states` different states any two have equal hashes of `hash_bits` bits,
/// if each value is equally likely: n (n - 1) / 2 pairs, each equal with probability 2^-b, below n^2 / 2^(b + 1).
inline double omission_probability(std::uint64_t states, unsigned hash_bits) {
  const double n = static_cast<double>(states);
  return std::min(1.0, std::ldexp(n * n, -static_cast<int>(hash_bits) - 1));
}

/// The states seen so far: their 128-bit hashes and the smallest depth at which each was met, in one open-addressing
/// table with linear probing. Two states whose hashes collide are taken for one: see omission_probability.
class VisitedSet {
 public:
  static constexpr unsigned hash_bits = 128;  ///< Kept of each state, and all of them compared.

  struct Lookup {
    bool is_new;
    std::uint32_t* depth_plus_one;  ///< Of the smallest depth at which it was met; valid until the next insertion.
  };

  VisitedSet() { resize(1 << 12); }

  /// Looks the state up and inserts it if it is new, at `depth`.
  Lookup insert(const Hash128& state, std::uint32_t depth) {
    if ((size_ + 1) * 10 > slots_.size() * 7) resize(slots_.size() * 2);
    Slot& slot = find(slots_, state);
    if (slot.depth_plus_one != 0) return {false, &slot.depth_plus_one};
    slot.set(state);
    slot.depth_plus_one = depth + 1;
    ++size_;
    return {true, &slot.depth_plus_one};
  }

  std::uint64_t size() const { return size_; }
  std::uint64_t bytes() const { return slots_.capacity() * sizeof(Slot); }
  /// Bytes held, and where the table grows within the next insertions, the old one and the new one together: budgets
  /// are looked at every few hundred insertions, and the peak lies between.
  std::uint64_t bytes_to_grow() const {
    constexpr std::uint64_t insertions_ahead = 1024;
    return (size_ + insertions_ahead) * 10 > slots_.size() * 7 ? bytes() * 3 : bytes();
  }

 private:
  // 20 bytes; words of 64 bits would pad it to 24.
  struct Slot {
    std::uint32_t words[4] = {};
    std::uint32_t depth_plus_one = 0;  ///< 0: the slot is empty.

    void set(const Hash128& state) { std::memcpy(words, &state, sizeof words); }
    Hash128 state() const {
      Hash128 hash;
      std::memcpy(&hash, words, sizeof words);
      return hash;
    }
  };

  static Slot& find(std::vector<Slot>& slots, const Hash128& state) {
    const std::size_t mask = slots.size() - 1;
    std::size_t at = state.low & mask;
    while (slots[at].depth_plus_one != 0 && slots[at].state() != state) {
      at = (at + 1) & mask;
    }
    return slots[at];
  }

  void resize(std::size_t count) {
    std::vector<Slot> larger(count);
    for (const Slot& slot : slots_) {
      if (slot.depth_plus_one != 0) find(larger, slot.state()) = slot;
    }
    slots_.swap(larger);
  }

  std::vector<Slot> slots_;
  std::uint64_t size_ = 0;
};

}  // namespace sim
