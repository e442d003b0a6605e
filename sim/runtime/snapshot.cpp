#include "runtime/snapshot.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "runtime/arena.hpp"
#include "runtime/memory.hpp"
#include "runtime/state.hpp"

namespace sim {

using namespace runtime;

namespace {

// The order in a snapshot. `Visitor` copies out or copies back; both walk the same way.
//
//   identity:  core · threads · invariants · for each thread: limit of its heap, heap, occupancy, program's stack
//              · for each server: its fingerprint, or heap and occupancy
//   the rest:  history · for each thread: racewalk's frames · for each server: context, stack, heap and occupancy
//
// Where the processor and the build allow it, whole blocks are copied: snapshot_blocks.cpp, snapshot_matched.cpp.
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

std::size_t bytes_of_history(bool logical, std::uint32_t threads) {
  return bytes_of_plain_history + (logical ? bytes_of_logical_history(threads) : 0);
}

}  // namespace

// Copies out, and makes room as it goes.
class Snapshot::Writer {
 public:
  Writer(Snapshot& snapshot, bool logical)
      : snapshot_(snapshot), at_(snapshot.begin()), end_(snapshot.begin() + snapshot.capacity()), logical_(logical) {}

  std::size_t size() const { return static_cast<std::size_t>(at_ - snapshot_.begin()); }
  std::size_t identity_bytes() const { return identity_bytes_; }

  void plain(const void* from, std::size_t size) {
    if (size == 0) return;
    make_room(size);
    std::memcpy(at_, from, size);
    at_ += size;
  }
  void memory(const std::byte* from, const std::byte* to) {
    const auto size = static_cast<std::size_t>(to - from);
    make_room(room_for(size));
    copy_out(at_, from, size);
    at_ += room_for(size);
  }
  void heap(Slot slot, const Arena& arena) {
    const std::uint64_t limit = arena.limit(slot);
    plain(&limit, sizeof limit);
    if (limit == 0) return;
    memory(Arena::heap(slot), Arena::heap(slot) + limit * Arena::granule);
    plain(Arena::words(slot), Arena::words_for(static_cast<std::uint32_t>(limit)) * sizeof(Arena::Word));
  }
  void fingerprint(const Hash128* value) { plain(value, sizeof *value); }
  void identity_ends() { identity_bytes_ = size(); }
  void history(const WorldHistory& state, std::uint32_t threads) { plain(&state, bytes_of_history(logical_, threads)); }

 private:
  [[gnu::always_inline]] void make_room(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) [[unlikely]]
      grow(size);
  }
  [[gnu::noinline]] void grow(std::size_t size) {
    const std::size_t used = this->size();
    snapshot_.grow(used, used + size);
    at_ = snapshot_.begin() + used;
    end_ = snapshot_.begin() + snapshot_.capacity();
  }
  Snapshot& snapshot_;
  std::byte* at_;
  std::byte* end_;
  std::size_t identity_bytes_ = 0;
  bool logical_;
};

// Copies back.
class Snapshot::Reader {
 public:
  Reader(const Snapshot& snapshot, bool logical) : at_(snapshot.begin()), logical_(logical) {}

  void plain(void* to, std::size_t size) {
    if (size == 0) return;
    std::memcpy(to, at_, size);
    at_ += size;
  }
  void memory(const std::byte* from, const std::byte* to) {
    const auto size = static_cast<std::size_t>(to - from);
    copy_back(const_cast<std::byte*>(from), at_, size);
    at_ += room_for(size);
  }
  void heap(Slot slot, const Arena&) {
    std::uint64_t limit = 0;
    plain(&limit, sizeof limit);
    Arena::instance().set_limit(slot, static_cast<std::uint32_t>(limit));
    if (limit == 0) return;
    memory(Arena::heap(slot), Arena::heap(slot) + limit * Arena::granule);
    plain(Arena::words(slot), Arena::words_for(static_cast<std::uint32_t>(limit)) * sizeof(Arena::Word));
  }
  void fingerprint(const Hash128*) { at_ += sizeof(Hash128); }  // Comes back with the heap that it lies in.
  void identity_ends() {}
  void history(WorldHistory& state, std::uint32_t threads) { plain(&state, bytes_of_history(logical_, threads)); }

 private:
  const std::byte* at_;
  bool logical_;
};

[[gnu::noinline]] void Snapshot::grow(std::size_t used, std::size_t size) {
  const std::size_t blocks = (size + size / 4) / sizeof(Block) + 1;
  auto larger = std::make_unique_for_overwrite<Block[]>(blocks);
  if (used != 0) std::memcpy(larger.get(), blocks_.get(), used);
  blocks_ = std::move(larger);
  capacity_ = blocks * sizeof(Block);
}

void Snapshot::capture(const Execution& execution) {
  mark_ = execution.mark();
  if (copies_blocks) return execution.matches_states() ? capture_matched(execution) : capture_blocks(execution);
  Writer writer(*this, execution.settings().logical);
  walk(writer, Arena::instance(), execution.matches_states(), execution.settings().clock_in_state);
  size_ = writer.size();
  identity_bytes_ = writer.identity_bytes();
}

void Snapshot::restore(Execution& execution) const {
  Arena& arena = Arena::instance();
  WorldState& w = world();
  const std::uint32_t threads_before = w.core.thread_count;
  const std::uint32_t servers_before = w.core.server_count;
  if (copies_blocks && execution.matches_states()) {
    restore_matched(execution);
  } else if (copies_blocks) {
    restore_blocks(execution);
  } else {
    Reader reader(*this, execution.settings().logical);
    walk(reader, arena, execution.matches_states(), execution.settings().clock_in_state);
  }
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

namespace {

/// In front of the bytes of a packed snapshot.
struct PackedHead {
  std::uint64_t size, identity_bytes;
  Execution::Mark mark;
  std::uint32_t reserved;
};

}  // namespace

std::size_t Snapshot::packed_bytes() const {
  return sizeof(PackedHead) + size_;
}

void Snapshot::pack(std::byte* to) const {
  const PackedHead head = {size_, identity_bytes_, mark_, 0};
  std::memcpy(to, &head, sizeof head);
  std::memcpy(to + sizeof head, begin(), size_);
}

void Snapshot::unpack(const std::byte* from) {
  PackedHead head;
  std::memcpy(&head, from, sizeof head);
  if (capacity_ < head.size) grow(0, head.size);
  std::memcpy(begin(), from + sizeof head, head.size);
  size_ = head.size;
  identity_bytes_ = head.identity_bytes;
  mark_ = head.mark;
  WorldCore core;  // Comes first.
  std::memcpy(&core, begin(), sizeof core);
  Arena& arena = Arena::instance();
  for (ThreadId thread = 0; thread < core.thread_count; ++thread) arena.open(thread);
  for (ServerId server = 0; server < core.server_count; ++server) arena.open(slot_of_server(server));
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
