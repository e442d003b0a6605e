#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/check.hpp"
#include "base/hash128.hpp"

namespace sim {

/// A place in a table of states. 20 bytes; words of 64 bits would pad it to 24.
struct HashSlot {
  std::uint32_t words[4];
  std::uint32_t value;  ///< 0: the slot is empty.

  void set(const Hash128& state) { std::memcpy(words, &state, sizeof words); }
  Hash128 state() const {
    Hash128 hash;
    std::memcpy(&hash, words, sizeof words);
    return hash;
  }
};

/// A table of states by their hashes: open addressing with linear probing. A state's home is its hash scaled to the
/// number of homes, so that homes are in the order of hashes in a table of any size, and it can grow in place.
struct HashSlots {
  HashSlot* slots = nullptr;
  std::size_t homes = 0;

  // No probing wraps around: behind the last home are more slots. At a load of 0.7 a run of occupied slots is longer
  // than this with a probability below 1e-25.
  static constexpr std::size_t behind_last_home = 1024;

  static std::size_t slots_for(std::size_t homes) { return homes + behind_last_home; }
  static std::size_t bytes_for(std::size_t homes) { return slots_for(homes) * sizeof(HashSlot); }
  /// States that it may hold before it must grow.
  static std::size_t most_for(std::size_t homes) { return homes / 10 * 7; }

  std::size_t home(const Hash128& state) const {
    __extension__ using Product = unsigned __int128;
    return static_cast<std::size_t>(static_cast<Product>(state.low) * homes >> 64);
  }

  /// Index of the state's slot, or of the one that it would get.
  std::size_t find(const Hash128& state) const {
    std::size_t at = home(state);
    while (slots[at].value != 0 && slots[at].state() != state) ++at;
    check_end(at);
    return at;
  }
  /// The last slot stays empty: it ends every probing.
  void check_end(std::size_t at) const { SIM_CHECK(at < slots_for(homes) - 1); }

  /// Grows to `more` homes. Requires: the memory behind the slots is zero, up to slots_for(more).
  ///
  /// From the end: a home moves away from the start, so that what is moved goes where nothing is left to move. Only at
  /// the very start, where a state may lie farther from its home than its home moves, it waits until the end.
  void spread(std::size_t more) {
    const std::size_t slots_before = slots_for(homes);
    homes = more;
    std::vector<HashSlot> waiting;
    for (std::size_t at = slots_before; at-- > 0;) {
      if (slots[at].value == 0) continue;
      const HashSlot slot = slots[at];
      slots[at].value = 0;
      if (home(slot.state()) > at) {
        slots[find(slot.state())] = slot;
      } else {
        waiting.push_back(slot);
      }
    }
    for (const HashSlot& slot : waiting) slots[find(slot.state())] = slot;
  }
};

}  // namespace sim
