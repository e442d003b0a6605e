#pragma once

// Whole blocks, copied out and back. What lies around a live piece is dead stack, or zero. A program of a few threads
// has a snapshot of some 2 KiB, copied for nearly every execution, in pieces so small that a call of memcpy would cost
// as much as the copying.
#include <cstddef>
#include <cstring>

#include "runtime/arena.hpp"
#include "runtime/memory.hpp"
#include "runtime/snapshot.hpp"
#include "runtime/state.hpp"

#ifndef RACEWALK_ASAN  // Which would see what it must not.

namespace sim {
namespace runtime {

inline constexpr std::size_t block_bytes = sizeof(Snapshot::Block);
constexpr std::size_t in_blocks(std::size_t size) {
  return (size + block_bytes - 1) / block_bytes * block_bytes;
}

inline std::byte* bytes_of(const void* place) {
  return static_cast<std::byte*>(const_cast<void*>(place));
}

// The same as copy_blocks() of one.
[[gnu::always_inline]] inline void copy_block(std::byte* to, const std::byte* from) {
  asm volatile(
      "vmovdqa (%[from]), %%ymm0\n\t"
      "vmovdqa 32(%[from]), %%ymm1\n\t"
      "vmovdqa %%ymm0, (%[to])\n\t"
      "vmovdqa %%ymm1, 32(%[to])"
      :
      : [from] "r"(from), [to] "r"(to)
      : "xmm0", "xmm1", "memory");
}

// Limits are copied by eight, which costs no loop for most programs: there are more than `threads` of them.
inline constexpr std::size_t limits_at_once = 8;
constexpr std::size_t bytes_of_notes(std::uint32_t threads) {
  static_assert(thread_slots % limits_at_once == 0);
  const std::size_t limits = (threads + limits_at_once - 1) / limits_at_once * limits_at_once;
  return in_blocks(bytes_of_plain_history + limits * sizeof(std::uint32_t));
}

// Where states are matched: of each thread the first word of its heap's occupancy, and the limit of its heap; then
// virtual time.
inline constexpr std::size_t words_in_table = sizeof(Arena::Word), limits_in_table = sizeof(std::uint32_t);
constexpr std::size_t bytes_of_table(std::uint32_t threads) {
  return in_blocks(threads * (words_in_table + limits_in_table) + sizeof(std::int64_t));
}

// Zeroes, then ones: what is loaded from the middle on keeps all, what is loaded n bytes before it clears n.
struct alignas(block_bytes) Mask {
  std::uint64_t words[16] = {0, 0, 0, 0, 0, 0, 0, 0, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL};
};
inline constexpr Mask mask;

// As copy_block(), but for the first bytes, which become zero.
[[gnu::always_inline]] inline void copy_masked_block(std::byte* to, const std::byte* from, std::size_t cleared) {
  const std::byte* const keep = reinterpret_cast<const std::byte*>(mask.words) + block_bytes - cleared;
  asm volatile(
      "vmovaps (%[from]), %%ymm0\n\t"
      "vmovaps 32(%[from]), %%ymm1\n\t"
      "vandps (%[keep]), %%ymm0, %%ymm0\n\t"
      "vandps 32(%[keep]), %%ymm1, %%ymm1\n\t"
      "vmovaps %%ymm0, (%[to])\n\t"
      "vmovaps %%ymm1, 32(%[to])"
      :
      : [from] "r"(from), [to] "r"(to), [keep] "r"(keep)
      : "xmm0", "xmm1", "memory");
}

}  // namespace runtime

// Copies out, and makes room as it goes.
class Snapshot::BlockWriter {
 public:
  explicit BlockWriter(Snapshot& snapshot)
      : snapshot_(&snapshot),
        limits_(runtime::Arena::instance().limits()),
        at_(snapshot.begin()),
        end_(snapshot.begin() + snapshot.capacity()) {}

  std::size_t size() const { return static_cast<std::size_t>(at_ - snapshot_->begin()); }

  static std::uint32_t threads(const runtime::WorldState& w) { return w.core.thread_count; }
  // Before blocks(), block(), masked_block(), notes() and table().
  [[gnu::always_inline]] void make_room(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) >= size) [[likely]]
      return;
    const std::size_t used = this->size();
    snapshot_->grow(used, used + size);
    at_ = snapshot_->begin() + used;
    end_ = snapshot_->begin() + snapshot_->capacity();
  }
  [[gnu::always_inline]] void blocks(const void* from, std::size_t size) {
    at_ = runtime::copy_blocks(at_, static_cast<const std::byte*>(from), size);
  }
  [[gnu::always_inline]] void block(const void* from) {
    runtime::copy_block(at_, static_cast<const std::byte*>(from));
    at_ += runtime::block_bytes;
  }
  [[gnu::always_inline]] void notes(const runtime::WorldHistory& history, std::uint32_t threads) {
    constexpr std::size_t head = runtime::bytes_of_plain_history, some = runtime::limits_at_once * sizeof *limits_;
    std::memcpy(at_, &history, head);
    for (std::uint32_t first = 0; first < threads; first += runtime::limits_at_once)
      std::memcpy(at_ + head + first * sizeof *limits_, limits_ + first, some);
    at_ += runtime::bytes_of_notes(threads);
  }
  [[gnu::always_inline]] std::uint32_t noted_limit(runtime::Slot slot) const { return limits_[slot]; }
  void plain(const void* from, std::size_t size) {
    make_room(runtime::in_blocks(size));
    std::memcpy(at_, from, size);
    at_ += runtime::in_blocks(size);
  }
  std::uint32_t limit(runtime::Slot slot) {
    padded(limits_ + slot, sizeof *limits_);
    return limits_[slot];
  }
  // What is part of the identity has no gaps.
  void padded(const void* from, std::size_t size) {
    if (size == 0) return;
    make_room(runtime::in_blocks(size));
    std::memset(at_ + runtime::in_blocks(size) - runtime::block_bytes, 0, runtime::block_bytes);
    std::memcpy(at_, from, size);
    at_ += runtime::in_blocks(size);
  }
  [[gnu::always_inline]] void table(std::uint32_t threads, std::int64_t clock) {
    const std::size_t size = runtime::bytes_of_table(threads);
    std::memset(at_ + size - runtime::block_bytes, 0, runtime::block_bytes);
    std::byte* const first_limit = at_ + threads * runtime::words_in_table;
    for (ThreadId thread = 0; thread < threads; ++thread) {
      const std::uint32_t limit = limits_[thread];
      runtime::Arena::Word word = {0, 0};
      if (limit != 0) word = *runtime::Arena::words(thread);
      std::memcpy(at_ + thread * runtime::words_in_table, &word, sizeof word);
      std::memcpy(first_limit + thread * runtime::limits_in_table, &limit, sizeof limit);
    }
    std::memcpy(first_limit + threads * runtime::limits_in_table, &clock, sizeof clock);
    at_ += size;
  }
  [[gnu::always_inline]] void masked_block(const std::byte* from, std::size_t cleared) {
    runtime::copy_masked_block(at_, from, cleared);
    at_ += runtime::block_bytes;
  }
  [[gnu::always_inline]] void frames(const std::byte* from, const std::byte* to) {
    const std::byte* const first = from - reinterpret_cast<std::uintptr_t>(from) % runtime::block_bytes;
    const std::size_t size = runtime::in_blocks(static_cast<std::size_t>(to - first));
    make_room(size);
    blocks(first, size);
  }
  void fingerprint(const Hash128& value) { padded(&value, sizeof value); }
  void identity_ends() { identity_bytes_ = size(); }
  std::size_t identity_bytes() const { return identity_bytes_; }

 private:
  Snapshot* snapshot_;
  const std::uint32_t* limits_;
  std::byte* at_;
  std::byte* end_;
  std::size_t identity_bytes_ = 0;
};

// Copies back.
class Snapshot::BlockReader {
 public:
  explicit BlockReader(const Snapshot& snapshot) : arena_(&runtime::Arena::instance()), at_(snapshot.begin()) {}

  std::uint32_t threads(const runtime::WorldState&) const {
    static_assert(offsetof(runtime::WorldState, core) == 0 && offsetof(runtime::WorldCore, thread_count) == 0);
    std::uint32_t count = 0;
    std::memcpy(&count, at_, sizeof count);
    return count;
  }
  static void make_room(std::size_t) {}
  [[gnu::always_inline]] void blocks(void* to, std::size_t size) {
    runtime::copy_blocks(static_cast<std::byte*>(to), at_, size);
    at_ += size;
  }
  [[gnu::always_inline]] void block(void* to) {
    runtime::copy_block(static_cast<std::byte*>(to), at_);
    at_ += runtime::block_bytes;
  }
  [[gnu::always_inline]] void notes(runtime::WorldHistory& history, std::uint32_t threads) {
    constexpr std::size_t head = runtime::bytes_of_plain_history;
    std::memcpy(static_cast<void*>(&history), at_, head);
    limits_ = at_ + head;
    at_ += runtime::bytes_of_notes(threads);
  }
  [[gnu::always_inline]] std::uint32_t noted_limit(runtime::Slot slot) {
    return set_limit(slot, limits_ + slot * sizeof(std::uint32_t));
  }
  void padded(void* to, std::size_t size) { plain(to, size); }
  void plain(void* to, std::size_t size) {
    std::memcpy(to, at_, size);
    at_ += runtime::in_blocks(size);
  }
  std::uint32_t limit(runtime::Slot slot) {
    at_ += runtime::block_bytes;
    return set_limit(slot, at_ - runtime::block_bytes);
  }
  [[gnu::always_inline]] void table(std::uint32_t threads, std::int64_t) {
    limits_ = at_ + threads * runtime::words_in_table;
    for (ThreadId thread = 0; thread < threads; ++thread) {
      if (noted_limit(thread) != 0)
        std::memcpy(runtime::Arena::words(thread), at_ + thread * runtime::words_in_table, runtime::words_in_table);
    }
    at_ += runtime::bytes_of_table(threads);
  }
  [[gnu::always_inline]] void masked_block(std::byte* to, std::size_t) { block(to); }
  [[gnu::always_inline]] void frames(const std::byte* from, const std::byte* to) {
    std::byte* const first = runtime::bytes_of(from) - reinterpret_cast<std::uintptr_t>(from) % runtime::block_bytes;
    const std::size_t size = runtime::in_blocks(static_cast<std::size_t>(to - first));
    blocks(first, size);
  }
  void fingerprint(const Hash128&) { at_ += runtime::block_bytes; }  // Comes back with the heap that it lies in.
  static void identity_ends() {}

 private:
  [[gnu::always_inline]] std::uint32_t set_limit(runtime::Slot slot, const std::byte* from) {
    std::uint32_t limit = 0;
    std::memcpy(&limit, from, sizeof limit);
    arena_->set_limit(slot, limit);
    return limit;
  }

  runtime::Arena* arena_;
  const std::byte* at_;
  const std::byte* limits_ = nullptr;
};

namespace runtime {

// What lies in the history behind what every mode keeps.
template <class Copier>
void walk_logical_history(Copier& copy, WorldState& w) {
  copy.plain(bytes_of(&w.history) + bytes_of_plain_history, bytes_of_logical_history(w.core.thread_count));
}

}  // namespace runtime
}  // namespace sim

#endif
