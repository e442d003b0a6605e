#include "runtime/snapshot.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/arena.hpp"
#include "runtime/memory.hpp"
#include "runtime/state.hpp"

namespace sim {

using namespace runtime;

namespace {

// The order in a snapshot. `Visitor` copies out, copies back, or adds up sizes; all three walk the same way.
//
//   identity:  core · threads · invariants · for each thread: limit of its heap, heap, occupancy, program's stack
//              · for each server: its fingerprint, or heap and occupancy
//   the rest:  history · for each thread: racewalk's frames · for each server: context, stack, heap and occupancy
//
// Where no state is matched (`apart` is false) each stack is one piece, racewalk's frames included.
template <class Visitor>
void walk(Visitor& visit, const Arena& arena, bool apart, bool clock) {
  WorldState& w = world();
  visit.plain(&w.core, sizeof w.core);
  if (clock) visit.plain(&w.history.now, sizeof w.history.now);
  visit.plain(w.threads, w.core.thread_count * sizeof(ThreadState));
  visit.plain(w.invariants, w.core.invariant_count * sizeof(InvariantState));
  for (ThreadId thread = 0; thread < w.core.thread_count; ++thread) {
    visit.heap(thread, arena);
    const ThreadState& state = w.threads[thread];
    if (state.context == nullptr) continue;
    visit.memory(apart ? state.live : static_cast<const std::byte*>(state.context), Arena::stack_top(thread));
  }
  visit.plain(w.servers, w.core.server_count * sizeof(ServerState));
  for (ServerId server = 0; server < w.core.server_count; ++server) {
    if (w.servers[server].fingerprint == nullptr)
      visit.heap(slot_of_server(server), arena);
    else
      visit.fingerprint(w.servers[server].fingerprint);
  }
  visit.identity_ends();
  visit.history(w.history, w.core.thread_count);
  for (ThreadId thread = 0; apart && thread < w.core.thread_count; ++thread) {
    const ThreadState& state = w.threads[thread];
    if (state.context != nullptr) visit.memory(static_cast<const std::byte*>(state.context), state.live);
  }
  for (ServerId server = 0; server < w.core.server_count; ++server) {
    if (w.servers[server].fingerprint != nullptr) visit.heap(slot_of_server(server), arena);
    visit.memory(static_cast<const std::byte*>(w.servers[server].context), Arena::stack_top(slot_of_server(server)));
  }
}

constexpr std::size_t history_head = offsetof(WorldHistory, objects);
constexpr std::size_t aligned(std::size_t size) {
  return (size + 7) / 8 * 8;
}

struct Sizes {
  std::size_t total = 0;
  bool logical;

  void plain(const void*, std::size_t size) { total += size; }
  void memory(const std::byte* from, const std::byte* to) { total += room_for(static_cast<std::size_t>(to - from)); }
  void heap(Slot slot, const Arena& arena) {
    const std::uint32_t limit = arena.limit(slot);
    total += 8 + room_for(limit * Arena::granule) + Arena::words_for(limit) * sizeof(Arena::Word);
  }
  void fingerprint(const Hash128*) { total += sizeof(Hash128); }
  void identity_ends() {}
  void history(const WorldHistory&, std::uint32_t threads) {
    total += logical ? offsetof(WorldHistory, threads) + threads * sizeof(Hash128) : history_head;
  }
};

struct Writer {
  std::byte* at;
  bool logical;
  const std::byte* identity_end = nullptr;

  void plain(const void* from, std::size_t size) {
    if (size == 0) return;
    std::memcpy(at, from, size);
    at += size;
  }
  void words(Slot slot, std::size_t count) {
    if (count == 1) return plain(Arena::words(slot), sizeof(Arena::Word));  // A heap of up to 1 KiB, mostly: no call.
    plain(Arena::words(slot), count * sizeof(Arena::Word));
  }
  void memory(const std::byte* from, const std::byte* to) {
    const auto size = static_cast<std::size_t>(to - from);
    copy_out(at, from, size);
    at += room_for(size);
  }
  void heap(Slot slot, const Arena& arena) {
    const std::uint64_t limit = arena.limit(slot);
    plain(&limit, sizeof limit);
    if (limit == 0) return;
    memory(Arena::heap(slot), Arena::heap(slot) + limit * Arena::granule);
    words(slot, Arena::words_for(static_cast<std::uint32_t>(limit)));
  }
  void fingerprint(const Hash128* value) { plain(value, sizeof *value); }
  void identity_ends() { identity_end = at; }
  void history(const WorldHistory& state, std::uint32_t threads) {
    plain(&state, logical ? offsetof(WorldHistory, threads) + threads * sizeof(Hash128) : history_head);
  }
};

struct Reader {
  const std::byte* at;
  bool logical;

  void plain(void* to, std::size_t size) {
    if (size == 0) return;
    std::memcpy(to, at, size);
    at += size;
  }
  void words(Slot slot, std::size_t count) {
    if (count == 1) return plain(Arena::words(slot), sizeof(Arena::Word));
    plain(Arena::words(slot), count * sizeof(Arena::Word));
  }
  void memory(const std::byte* from, const std::byte* to) {
    const auto size = static_cast<std::size_t>(to - from);
    copy_back(const_cast<std::byte*>(from), at, size);
    at += room_for(size);
  }
  void heap(Slot slot, const Arena&) {
    std::uint64_t limit = 0;
    plain(&limit, sizeof limit);
    Arena::instance().set_limit(slot, static_cast<std::uint32_t>(limit));
    if (limit == 0) return;
    memory(Arena::heap(slot), Arena::heap(slot) + limit * Arena::granule);
    words(slot, Arena::words_for(static_cast<std::uint32_t>(limit)));
  }
  void fingerprint(const Hash128*) { at += sizeof(Hash128); }  // Comes back with the heap that it lies in.
  void identity_ends() {}
  void history(WorldHistory& state, std::uint32_t threads) {
    plain(&state, logical ? offsetof(WorldHistory, threads) + threads * sizeof(Hash128) : history_head);
  }
};

}  // namespace

void Snapshot::reserve(std::size_t size) {
  if (size <= capacity_) return;
  capacity_ = aligned(size + size / 4);
  bytes_.reset(new std::byte[capacity_]);
}

void Snapshot::capture(const Execution& execution) {
  const Arena& arena = Arena::instance();
  const bool logical = const_cast<Execution&>(execution).settings().logical;
  Sizes sizes{0, logical};
  const bool apart = execution.matches_states();
  const bool clock = execution.settings().clock_in_state;
  walk(sizes, arena, apart, clock);
  reserve(sizes.total);
  Writer writer{bytes_.get(), logical};
  walk(writer, arena, apart, clock);
  size_ = sizes.total;
  identity_bytes_ = static_cast<std::size_t>(writer.identity_end - bytes_.get());
  mark_ = execution.mark();
}

void Snapshot::restore(Execution& execution) const {
  Arena& arena = Arena::instance();
  WorldState& w = world();
  const std::uint32_t threads_before = w.core.thread_count;
  const std::uint32_t servers_before = w.core.server_count;
  Reader reader{bytes_.get(), execution.settings().logical};
  walk(reader, arena, execution.matches_states(), execution.settings().clock_in_state);
  for (ThreadId thread = w.core.thread_count; thread < threads_before; ++thread) {
    arena.clear(thread);
    std::memset(&w.threads[thread], 0, sizeof(ThreadState));
  }
  // The closure of a thread that was about to be created may lie there.
  if (w.core.thread_count < thread_slots && arena.limit(w.core.thread_count) != 0) arena.clear(w.core.thread_count);
  for (ServerId server = w.core.server_count; server < servers_before; ++server) arena.clear(slot_of_server(server));
#ifdef RACEWALK_ASAN
  for (ThreadId thread = 0; thread < w.core.thread_count; ++thread) {
    const auto stack = arena.stack_of(thread);
    auto* const live = w.threads[thread].context != nullptr ? static_cast<std::byte*>(w.threads[thread].context)
                                                            : Arena::stack_top(thread);
    forget_frames(stack.data(), live);
  }
#endif
  execution.stand_at(mark_);
}

Hash128 logical_identity() {
  const WorldState& w = world();
  Hash128 sum = mix(w.history.objects, w.core.asking);
  for (ThreadId thread = 0; thread < w.core.thread_count; ++thread) {
    const ThreadState& state = w.threads[thread];
    const std::uint64_t next = std::uint64_t{state.object} << 16 | static_cast<std::uint64_t>(state.kind) << 8 |
                               static_cast<std::uint64_t>(state.status);
    const Hash128 history = mix(w.history.threads[thread], thread);
    sum += mix(mix(history, next), static_cast<std::uint64_t>(state.remaining));
  }
  return sum;
}

}  // namespace sim
