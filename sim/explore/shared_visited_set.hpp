#pragma once

#include <atomic>
#include <cstdint>

#include "base/hash128.hpp"
#include "explore/hash_slots.hpp"
#include "explore/pages.hpp"

namespace sim {

/// The states that several processes have seen so far, each with a number: a VisitedSet in shared memory, into which
/// they insert without locks. It grows only while nobody uses it.
///
/// Who finds an empty slot claims it by compare-and-swap, writes the hash, and then the number. Who comes upon a
/// claimed slot waits until it is written: it may be the same state.
class SharedVisitedSet {
 public:
  /// Makes shared memory for at most `most` states. Throws std::bad_alloc.
  explicit SharedVisitedSet(std::uint64_t most);

  struct Lookup {
    bool is_new;
    std::uint32_t number;
  };

  /// Looks the state up and inserts it if it is new, with `number`. `who`: of the process, below 255. `prepare` is
  /// called before anybody can find it there; perhaps in vain, if another process inserts it first. `wait` is called
  /// while another process writes a slot, again and again; it returns true if the set may have grown meanwhile.
  /// Requires: number < most_numbers; the set has room.
  template <class Prepare, class Wait>
  Lookup insert(const Hash128& state, std::uint32_t number, unsigned who, Prepare prepare, Wait wait) {
    HashSlots table = current();
    for (std::size_t at = table.home(state);;) {
      std::atomic_ref<std::uint32_t> value(table.slots[at].value);
      std::uint32_t seen = value.load(std::memory_order_acquire);
      if (seen == 0) {
        prepare();
        if (value.compare_exchange_strong(seen, being_written | who, std::memory_order_acquire)) {
          table.check_end(at);
          table.slots[at].set(state);
          value.store(number + 1, std::memory_order_release);
          return {true, number};
        }
      }
      if ((seen & being_written) != 0) {
        if (wait()) {
          table = current();
          at = table.home(state);
        }
        continue;
      }
      if (table.slots[at].state() == state) return {false, seen - 1};
      ++at;
    }
  }
  static constexpr std::uint32_t most_numbers = (1U << 31) - 1;

  void prefetch(const Hash128& state) const {
    const HashSlots table = current();
    __builtin_prefetch(&table.slots[table.home(state)]);
  }

  /// States that fit until it must grow, and ever.
  std::uint64_t room() const { return HashSlots::most_for(head().homes.load(std::memory_order_relaxed)); }
  std::uint64_t most() const { return HashSlots::most_for(most_homes_); }
  std::uint64_t bytes() const { return HashSlots::bytes_for(head().homes.load(std::memory_order_relaxed)); }

  /// Grows so that `states` fit. Requires: nobody uses it; states <= most().
  void grow(std::uint64_t states);

  /// Empties the slots that a process has claimed and not written, and says whether it has written that of `number`.
  /// Requires: nobody uses it.
  bool repair(unsigned dead, std::uint32_t number);

 private:
  static constexpr std::uint32_t being_written = 1U << 31;

  struct Head {
    std::atomic<std::uint64_t> homes;
  };
  Head& head() const { return *reinterpret_cast<Head*>(head_.data()); }
  HashSlots current() const {
    return {reinterpret_cast<HashSlot*>(slots_.data()), head().homes.load(std::memory_order_acquire)};
  }

  std::uint64_t most_homes_;
  Pages head_, slots_;
};

}  // namespace sim
