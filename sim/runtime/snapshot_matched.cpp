// Snapshots where states are matched. What identifies the state comes first, and has no byte that does not: its hash is
// one run over it. What lies behind the last block in use of a heap is zero, and so is the dead stack; of the block in
// which racewalk's frames end and the program's begin, the part of racewalk's is cleared in the copy.
//
//   identity:  core, threads · table: of each thread the first word of its heap's occupancy, and the heap's limit; time
//              · what few programs have: invariants, servers, for each server its fingerprint, or heap and occupancy
//              · for each thread: heap, the rest of its occupancy, program's stack
//   the rest:  history · for each thread: racewalk's frames · logical history, for each server: heap and occupancy,
//              stack
#include "runtime/snapshot_copiers.hpp"

namespace sim {

#ifndef RACEWALK_ASAN

using namespace runtime;

namespace {

// `Copier` copies out or copies back; both walk the same way.

// The first word of the occupancy is elsewhere.
template <class Copier>
[[gnu::always_inline]] inline void walk_heap(Copier& copy, Slot slot, std::uint32_t limit) {
  if (limit <= block_bytes / Arena::granule) {  // The closure of a thread, say.
    copy.make_room(block_bytes);
    return copy.block(Arena::heap(slot));
  }
  const std::size_t heap = in_blocks(limit * Arena::granule);
  copy.make_room(heap);
  copy.blocks(Arena::heap(slot), heap);
  if (limit <= 64) [[likely]]
    return;
  const std::size_t words = in_blocks(Arena::words_for(limit) * sizeof(Arena::Word));
  copy.make_room(words);
  copy.blocks(Arena::words(slot), words);
}

template <class Copier>
void walk_server_heap(Copier& copy, Slot slot) {
  const std::uint32_t limit = copy.limit(slot);
  if (limit == 0) return;
  copy.make_room(block_bytes);
  copy.block(Arena::words(slot));
  walk_heap(copy, slot, limit);
}

template <class Copier>
[[gnu::noinline]] Copier walk_rare(Copier copy, WorldState& w) {
  copy.padded(w.invariants, w.core.invariant_count * sizeof(InvariantState));
  copy.padded(w.servers, w.core.server_count * sizeof(ServerState));
  for (ServerId server = 0; server < w.core.server_count; ++server) {
    if (const Hash128* const fingerprint = w.servers[server].fingerprint) {
      copy.fingerprint(*fingerprint);
    } else {
      walk_server_heap(copy, slot_of_server(server));
    }
  }
  return copy;
}

template <class Copier>
[[gnu::noinline]] Copier walk_rare_rest(Copier copy, WorldState& w, bool logical) {
  if (logical) walk_logical_history(copy, w);
  for (ServerId server = 0; server < w.core.server_count; ++server) {
    const Slot slot = slot_of_server(server);
    if (w.servers[server].fingerprint != nullptr) walk_server_heap(copy, slot);
    const auto* const context = static_cast<const std::byte*>(w.servers[server].context);
    if (context != nullptr) copy.frames(context, Arena::stack_top(slot));
  }
  return copy;
}

template <class Copier>
[[gnu::always_inline]] inline void walk(Copier& copy, bool logical, bool clock) {
  WorldState& w = world();
  const Arena& arena = Arena::instance();
  const std::uint32_t threads = copy.threads(w);
  const std::size_t head = in_blocks(offsetof(WorldState, threads) + threads * sizeof(ThreadState));
  copy.make_room(head + bytes_of_table(threads));
  copy.blocks(&w, head);
  copy.table(threads, clock ? w.history.now : 0);
  const bool rare = logical || (w.core.invariant_count | w.core.server_count) != 0;
  if (rare) [[unlikely]]
    copy = walk_rare(copy, w);
  const ThreadState* state = w.threads;
  for (ThreadId thread = 0; thread < threads; ++thread, ++state) {
    if (const std::uint32_t limit = arena.limit(thread); limit != 0) walk_heap(copy, thread, limit);
    if (state->context == nullptr) continue;
    const std::size_t apart = reinterpret_cast<std::uintptr_t>(state->live) % block_bytes;
    std::byte* const from = bytes_of(state->live) - apart;
    const auto size = static_cast<std::size_t>(Arena::stack_top(thread) - from);
    copy.make_room(size);
    copy.masked_block(from, apart);
    if (size != block_bytes) copy.blocks(from + block_bytes, size - block_bytes);
  }
  copy.identity_ends();
  copy.plain(&w.history, bytes_of_plain_history);
  state = w.threads;
  for (ThreadId thread = 0; thread < threads; ++thread, ++state) {
    if (state->context != nullptr) copy.frames(static_cast<const std::byte*>(state->context), state->live);
  }
  if (rare) [[unlikely]]
    copy = walk_rare_rest(copy, w, logical);
  leave_wide_registers();
}

}  // namespace

void Snapshot::capture_matched(const Execution& execution) {
  BlockWriter writer(*this);
  walk(writer, execution.settings().logical, execution.settings().clock_in_state);
  size_ = writer.size();
  identity_bytes_ = writer.identity_bytes();
}

void Snapshot::restore_matched(const Execution& execution) const {
  BlockReader reader(*this);
  walk(reader, execution.settings().logical, false);
}

#else

void Snapshot::capture_matched(const Execution&) {}
void Snapshot::restore_matched(const Execution&) const {}

#endif

}  // namespace sim
