#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/ids.hpp"

namespace sim::runtime {

/// A thread's or a server's part of the arena: its heap and its stack.
using Slot = std::uint32_t;
inline constexpr Slot thread_slots = max_threads;
inline constexpr Slot server_slots = 16;
inline constexpr Slot slot_count = thread_slots + server_slots;
inline constexpr Slot outside = ~Slot{0};

/// All memory of the program under test, at fixed addresses, so that a state can be copied, compared and put back.
///
///     base                                                                          (slot_count slots of 256 MiB)
///     | heap of 112 MiB | its bitmaps | guard, at least 100 MiB | stack, grows down | next slot ... | world |
///
/// Each slot has a heap of its own, so that the order in which threads allocate does not change addresses. A heap
/// gives out the lowest free place, in granules of 16 bytes, and zeroes what is freed: the same blocks in use are the
/// same bytes, however they came about.
class Arena {
 public:
  static constexpr std::size_t slot_bytes = std::size_t{256} << 20;
  static constexpr std::size_t heap_bytes = std::size_t{112} << 20;
  static constexpr std::size_t granule = 16;
  static constexpr std::size_t max_stack_bytes = std::size_t{32} << 20;
  static constexpr std::size_t world_bytes = std::size_t{1} << 20;
#ifdef RACEWALK_ASAN
  static constexpr std::uintptr_t base = 0x200000000000;  // Above the shadow memory.
#else
  static constexpr std::uintptr_t base = 0x060000000000;  // Below what Valgrind reserves for itself.
#endif
  static constexpr std::uintptr_t world_base = base + slot_count * slot_bytes;
  static constexpr std::uintptr_t end = world_base + world_bytes;

  /// Occupancy of 64 granules: which are in use, and which of them end a block.
  struct Word {
    std::uint64_t used, last;
  };

  /// The one arena of the process, reserved at the first call. Throws std::runtime_error if the addresses are taken.
  static Arena& instance() {
    if (instance_ == nullptr) [[unlikely]]
      create();
    return *instance_;
  }

  static bool contains(const void* address) {
    const auto place = reinterpret_cast<std::uintptr_t>(address);
    return place >= base && place < end;
  }
  static Slot slot_of(const void* address) {
    return static_cast<Slot>((reinterpret_cast<std::uintptr_t>(address) - base) / slot_bytes);
  }
  static std::byte* heap(Slot slot) {
    return reinterpret_cast<std::byte*>(base + slot * slot_bytes);
  }
  static Word* words(Slot slot) {
    return reinterpret_cast<Word*>(base + slot * slot_bytes + heap_bytes);
  }
  static std::byte* stack_top(Slot slot) {
    return reinterpret_cast<std::byte*>(base + (slot + 1) * slot_bytes);
  }
  std::span<std::byte> stack_of(Slot slot) const {
    return {stack_top(slot) - stack_bytes_, stack_bytes_};
  }
  static void* world() {
    return reinterpret_cast<void*>(world_base);
  }

  /// Sets the size of all stacks, from the next `open` on, and clears what earlier explorations left on them.
  void set_stack_bytes(std::size_t bytes);
  /// Makes a slot usable.
  void open(Slot slot) {
    if (!open_[slot]) open_slowly(slot);
  }

  /// Granules from the start of the slot's heap to the end of its last block.
  std::uint32_t limit(Slot slot) const {
    return limit_[slot];
  }
  /// The limits of all slots.
  const std::uint32_t* limits() const {
    return limit_;
  }
  static std::size_t words_for(std::uint32_t limit) {
    return (limit + 63) / 64;
  }

  /// Returns zeroed memory, or null if the heap is full.
  void* allocate(Slot slot, std::size_t size, std::size_t alignment = granule);
  /// False if `address` is not the start of a block in use.
  bool free(void* address);
  /// Bytes of the block, at least what was asked for. Requires: a block in use.
  std::size_t size_of(const void* address) const;

  /// Empties a heap. The slot stays open.
  void clear(Slot slot) {
    set_limit(slot, 0);
  }
  /// Prepares a heap for contents of `limit` granules that the caller then copies in: zeroes what lies beyond.
  void set_limit(Slot slot, std::uint32_t limit) {
    if (limit < limit_[slot]) cut_to(slot, limit);
    limit_[slot] = limit;
    hint_[slot] = 0;
  }

  // Dead stacks, where states are matched: what earlier calls left below a stack pointer would shine through the gaps
  // of the frames that come to lie there, and would be history in the state.
  /// Clears the dead stack below the caller as deep as any thread was ever seen to stop in this slot, but for the
  /// frames of who is running now, whose stack it is: returns where the caller must go on, up to its own stack pointer.
  std::byte* clear_dead_stack(Slot slot) const;
  /// The same for a stack that nobody is running on, up to its top.
  void clear_stack(Slot slot) const;
  /// A thread has stopped with its stack at `live`. False if that is deeper than was cleared: what the thread found
  /// there is not known. It is cleared from now on.
  bool stops_in_clear(Slot slot, const std::byte* live) {
    if (live >= clear_from_[slot]) [[likely]]
      return true;
    clear_deeper(slot, live);
    return false;
  }
  /// All stacks become zero. They hold nothing that is used.
  void empty_stacks();
  /// Nothing is known about how deep threads stop.
  void forget_depths();
  /// As after each set_limit(): where free memory is looked for leaves traces on the stack of who looks.
  void forget_hints() {
    for (std::uint32_t& hint : hint_) hint = 0;
  }

  /// True iff `address` lies in the guard below a stack.
  bool in_guard(const void* address) const;

 private:
  Arena();
  static void create();
  static inline constinit Arena* instance_ = nullptr;
  void open_slowly(Slot slot);
  void clear_deeper(Slot slot, const std::byte* live);
  void cut_to(Slot slot, std::uint32_t limit);
  bool free_in_first_word(Slot slot, void* address);
  bool free_anywhere(Slot slot, void* address);
  std::uint32_t find_run(Slot slot, std::uint32_t granules, std::uint32_t alignment) const;

  std::size_t stack_bytes_ = 0;
  bool open_[slot_count] = {};
  std::size_t opened_stack_[slot_count] = {};
  std::uint32_t limit_[slot_count] = {};
  std::uint32_t hint_[slot_count] = {};     ///< Invariant: every granule below is in use.
  std::byte* clear_from_[slot_count] = {};  ///< Dead stack is cleared from here on.
};

/// The heap that `operator new` uses now on this thread of the operating system: `outside` while racewalk itself runs.
extern constinit thread_local Slot current_heap;

/// Allocates outside the program for the time of its life: racewalk's own code on a fiber's stack.
class OutsideProgram {
 public:
  OutsideProgram() : saved_(current_heap) { current_heap = outside; }
  ~OutsideProgram() { current_heap = saved_; }
  OutsideProgram(const OutsideProgram&) = delete;
  OutsideProgram& operator=(const OutsideProgram&) = delete;

 private:
  Slot saved_;
};

}  // namespace sim::runtime
