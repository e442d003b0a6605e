// Snapshots where no state is matched: nothing is hashed, so that whole blocks are copied. What lies around a live
// piece is dead stack, or zero. Each stack is one piece, racewalk's frames included.
//
//   core, threads · notes: history, limit of each thread's heap · what few programs have: invariants, servers, logical
//   history · for each thread, and each server: heap, occupancy, stack
//
// A program of a few threads has a snapshot of some 2 KiB, made and put back for nearly every execution.
#include <cstring>

#include "runtime/arena.hpp"
#include "runtime/memory.hpp"
#include "runtime/snapshot.hpp"
#include "runtime/state.hpp"

namespace sim {

using namespace runtime;

#ifndef RACEWALK_ASAN

namespace {

constexpr std::size_t block_bytes = sizeof(Snapshot::Block);
constexpr std::size_t in_blocks(std::size_t size) {
  return (size + block_bytes - 1) / block_bytes * block_bytes;
}

std::byte* bytes_of(const void* place) {
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
constexpr std::size_t limits_at_once = 8;
constexpr std::size_t bytes_of_notes(std::uint32_t threads) {
  static_assert(thread_slots % limits_at_once == 0);
  const std::size_t limits = (threads + limits_at_once - 1) / limits_at_once * limits_at_once;
  return in_blocks(offsetof(WorldHistory, objects) + limits * sizeof(std::uint32_t));
}

// `Copier` copies out or copies back; both walk the same way.
template <class Copier>
[[gnu::noinline]] Copier walk_rare(Copier copy, WorldState& w, bool logical) {
  copy.plain(w.invariants, w.core.invariant_count * sizeof(InvariantState));
  copy.plain(w.servers, w.core.server_count * sizeof(ServerState));
  if (logical) {
    constexpr std::size_t head = offsetof(WorldHistory, objects);
    const std::size_t size = offsetof(WorldHistory, threads) + w.core.thread_count * sizeof(Hash128);
    copy.plain(bytes_of(&w.history) + head, size - head);
  }
  for (ServerId server = 0; server < w.core.server_count; ++server) {
    copy.limit(slot_of_server(server));
    copy.slot(slot_of_server(server), w.servers[server].context);
  }
  return copy;
}

template <class Copier>
[[gnu::always_inline]] inline void walk(Copier& copy, bool logical) {
  WorldState& w = world();
  const std::uint32_t threads = copy.threads(w);
  const std::size_t head = in_blocks(offsetof(WorldState, threads) + threads * sizeof(ThreadState));
  copy.make_room(head + bytes_of_notes(threads));
  copy.blocks(&w, head);
  copy.notes(w.history, threads);
  if (logical || (w.core.invariant_count | w.core.server_count) != 0) [[unlikely]]
    copy = walk_rare(copy, w, logical);  // By value: whose address is known is kept in memory.
  const ThreadState* state = w.threads;
  for (ThreadId thread = 0; thread < threads; ++thread, ++state) copy.slot(thread, state->context);
  leave_wide_registers();
}

// The pieces of a slot. An exited thread mostly has none.
template <class Copier>
[[gnu::always_inline]] inline void walk_slot(Copier& copy, Slot slot, std::uint32_t limit, const void* context) {
  constexpr std::uint32_t one_block = block_bytes / Arena::granule;
  if (limit != 0 && limit <= one_block) {  // The closure of a thread, say.
    copy.make_room(2 * block_bytes);
    copy.block(Arena::heap(slot));
    copy.block(Arena::words(slot));
  } else if (limit != 0) {
    const std::size_t heap = in_blocks(limit * Arena::granule);
    const std::size_t words = in_blocks(Arena::words_for(limit) * sizeof(Arena::Word));
    copy.make_room(heap + words);
    copy.blocks(Arena::heap(slot), heap);
    copy.blocks(Arena::words(slot), words);
  }
  if (context != nullptr) {
    std::byte* const from = bytes_of(context) - reinterpret_cast<std::uintptr_t>(context) % block_bytes;
    const auto size = static_cast<std::size_t>(Arena::stack_top(slot) - from);
    copy.make_room(size);
    copy.blocks(from, size);
  }
}

}  // namespace

// Copies out, and makes room as it goes.
class Snapshot::BlockWriter {
 public:
  explicit BlockWriter(Snapshot& snapshot)
      : snapshot_(&snapshot),
        limits_(Arena::instance().limits()),
        at_(snapshot.begin()),
        end_(snapshot.begin() + snapshot.capacity()) {}

  std::size_t size() const { return static_cast<std::size_t>(at_ - snapshot_->begin()); }

  static std::uint32_t threads(const WorldState& w) { return w.core.thread_count; }
  // Before blocks() and notes().
  [[gnu::always_inline]] void make_room(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) >= size) [[likely]]
      return;
    const std::size_t used = this->size();
    snapshot_->grow(used, used + size);
    at_ = snapshot_->begin() + used;
    end_ = snapshot_->begin() + snapshot_->capacity();
  }
  [[gnu::always_inline]] void blocks(const void* from, std::size_t size) {
    at_ = copy_blocks(at_, static_cast<const std::byte*>(from), size);
  }
  [[gnu::always_inline]] void block(const void* from) {
    copy_block(at_, static_cast<const std::byte*>(from));
    at_ += block_bytes;
  }
  [[gnu::always_inline]] void notes(const WorldHistory& history, std::uint32_t threads) {
    constexpr std::size_t head = offsetof(WorldHistory, objects), some = limits_at_once * sizeof *limits_;
    std::memcpy(at_, &history, head);
    for (std::uint32_t first = 0; first < threads; first += limits_at_once)
      std::memcpy(at_ + head + first * sizeof *limits_, limits_ + first, some);
    at_ += bytes_of_notes(threads);
  }
  [[gnu::always_inline]] void slot(Slot slot, const void* context) { walk_slot(*this, slot, limits_[slot], context); }
  void plain(const void* from, std::size_t size) {
    make_room(in_blocks(size));
    std::memcpy(at_, from, size);
    at_ += in_blocks(size);
  }
  void limit(Slot slot) { plain(limits_ + slot, sizeof *limits_); }

 private:
  Snapshot* snapshot_;
  const std::uint32_t* limits_;
  std::byte* at_;
  std::byte* end_;
};

// Copies back.
class Snapshot::BlockReader {
 public:
  explicit BlockReader(const Snapshot& snapshot) : arena_(&Arena::instance()), at_(snapshot.begin()) {}

  std::uint32_t threads(const WorldState&) const {
    static_assert(offsetof(WorldState, core) == 0 && offsetof(WorldCore, thread_count) == 0);
    std::uint32_t count = 0;
    std::memcpy(&count, at_, sizeof count);
    return count;
  }
  static void make_room(std::size_t) {}
  [[gnu::always_inline]] void blocks(void* to, std::size_t size) {
    copy_blocks(static_cast<std::byte*>(to), at_, size);
    at_ += size;
  }
  [[gnu::always_inline]] void block(void* to) {
    copy_block(static_cast<std::byte*>(to), at_);
    at_ += block_bytes;
  }
  [[gnu::always_inline]] void notes(WorldHistory& history, std::uint32_t threads) {
    constexpr std::size_t head = offsetof(WorldHistory, objects);
    std::memcpy(static_cast<void*>(&history), at_, head);
    limits_ = at_ + head;
    at_ += bytes_of_notes(threads);
  }
  [[gnu::always_inline]] void slot(Slot slot, const void* context) {
    if (slot < thread_slots) [[likely]]
      set_limit(slot, limits_ + slot * sizeof(std::uint32_t));
    walk_slot(*this, slot, arena_->limit(slot), context);
  }
  void plain(void* to, std::size_t size) {
    std::memcpy(to, at_, size);
    at_ += in_blocks(size);
  }
  void limit(Slot slot) {
    set_limit(slot, at_);
    at_ += block_bytes;
  }

 private:
  [[gnu::always_inline]] void set_limit(Slot slot, const std::byte* from) {
    std::uint32_t limit = 0;
    std::memcpy(&limit, from, sizeof limit);
    arena_->set_limit(slot, limit);
  }

  Arena* arena_;
  const std::byte* at_;
  const std::byte* limits_ = nullptr;
};

void Snapshot::capture_blocks(const Execution& execution) {
  BlockWriter writer(*this);
  walk(writer, execution.settings().logical);
  size_ = writer.size();
}

void Snapshot::restore_blocks(const Execution& execution) const {
  BlockReader reader(*this);
  walk(reader, execution.settings().logical);
}

#else  // AddressSanitizer would see what it must not.

void Snapshot::capture_blocks(const Execution&) {}
void Snapshot::restore_blocks(const Execution&) const {}

#endif

}  // namespace sim
