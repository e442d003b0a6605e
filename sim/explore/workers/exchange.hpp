#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "explore/pages.hpp"

namespace sim::workers {

/// Where busy workers leave work for idle ones: a few places, each for one piece of work. What a piece is, only the
/// search knows: here it is bytes. Work that was left is not lost if whoever left it dies, and work that was taken
/// can be taken again if the taker dies before it says that it has it.
class Exchange {
 public:
  static constexpr unsigned places = 64;

  /// Pieces of up to `largest` bytes. Makes shared memory: to be called before workers are forked.
  explicit Exchange(std::size_t largest);

  std::size_t largest() const { return largest_; }
  /// Pieces that wait to be taken.
  std::uint32_t waiting() const { return header().waiting.load(std::memory_order_relaxed); }

  /// Leaves a piece of work; false if there is no place. `write` fills at most largest() bytes and returns how many.
  /// `who`: a worker, or any number below most_workers + 1.
  bool leave(unsigned who, const std::function<std::size_t(std::span<std::byte>)>& write);

  /// Takes a piece of work: the number of its place, whose bytes stay there until `has_taken`.
  std::optional<unsigned> take(unsigned who);
  std::span<const std::byte> bytes(unsigned place) const;
  /// The piece is the taker's responsibility now, and the place is free.
  void has_taken(unsigned place);

  /// True iff no place holds a piece. Meaningful while nobody leaves or takes.
  bool is_empty() const;
  /// What somebody who died had in hand: pieces half left are dropped, pieces half taken wait again. Requires: nobody
  /// leaves or takes meanwhile.
  void repair(unsigned dead);
  /// Visits the pieces that wait. Requires: the same.
  void each_waiting(const std::function<void(std::span<const std::byte>)>& visit) const;

 private:
  enum State : std::uint32_t { free = 0, being_left, waits, being_taken };
  struct Place {
    std::atomic<std::uint32_t> state;  ///< State, and from bit 8 on who does it.
    std::uint32_t reserved;
    std::uint64_t size;
  };
  struct Header {
    alignas(64) std::atomic<std::uint32_t> waiting;
    alignas(64) Place all[places];
  };
  static std::uint32_t by(State state, unsigned who) { return state | who << 8; }

  Header& header() const { return *reinterpret_cast<Header*>(header_.data()); }
  std::byte* room(unsigned place) const { return rooms_.data() + place * largest_; }

  std::size_t largest_;
  Pages header_, rooms_;
};

}  // namespace sim::workers
