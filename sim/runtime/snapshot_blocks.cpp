// Snapshots where no state is matched: nothing is hashed. Each stack is one piece, racewalk's frames included.
//
//   core, threads · notes: history, limit of each thread's heap · what few programs have: invariants, servers, logical
//   history · for each thread, and each server: heap, occupancy, stack
#include "runtime/snapshot_copiers.hpp"

namespace sim {

#ifndef RACEWALK_ASAN

using namespace runtime;

namespace {

// `Copier` copies out or copies back; both walk the same way.

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

template <class Copier>
[[gnu::noinline]] Copier walk_rare(Copier copy, WorldState& w, bool logical) {
  copy.plain(w.invariants, w.core.invariant_count * sizeof(InvariantState));
  copy.plain(w.servers, w.core.server_count * sizeof(ServerState));
  if (logical) walk_logical_history(copy, w);
  for (ServerId server = 0; server < w.core.server_count; ++server) {
    const Slot slot = slot_of_server(server);
    walk_slot(copy, slot, copy.limit(slot), w.servers[server].context);
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
  for (ThreadId thread = 0; thread < threads; ++thread, ++state)
    walk_slot(copy, thread, copy.noted_limit(thread), state->context);
  leave_wide_registers();
}

}  // namespace

void Snapshot::capture_blocks(const Execution& execution) {
  BlockWriter writer(*this);
  walk(writer, execution.settings().logical);
  size_ = writer.size();
}

void Snapshot::restore_blocks(const Execution& execution) const {
  BlockReader reader(*this);
  walk(reader, execution.settings().logical);
}

#else

void Snapshot::capture_blocks(const Execution&) {}
void Snapshot::restore_blocks(const Execution&) const {}

#endif

}  // namespace sim
