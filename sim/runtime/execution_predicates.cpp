// Predicates of the program: what threads wait for, invariants, and what each of them reads.
#include <algorithm>
#include <bit>

#include "runtime/execution.hpp"
#include "runtime/modules.hpp"

namespace sim {

using namespace runtime;

// Those whose operation is not always enabled, too.
std::uint64_t Execution::ask_threads() {
  WorldState& w = world();
  std::uint64_t enabled = w.core.unconditional;
  if (w.core.conditional != 0) {
    aside_.evaluating = true;
    for (std::uint64_t rest = w.core.conditional; rest != 0; rest &= rest - 1) {
      const auto thread = static_cast<ThreadId>(std::countr_zero(rest));
      const ThreadState& state = w.threads[thread];
      const bool is_await = awaits_objects(state.kind);
      current_heap = is_await ? thread : outside;
      reading_ = is_await && watches_reads_ ? &read_sets_[read_set_of(key_of(state, thread))].objects : nullptr;
      if (state.ready(state.argument)) enabled |= std::uint64_t{1} << thread;
    }
    reading_ = nullptr;
    current_heap = outside;
    aside_.evaluating = false;
  }
  if (w.core.timed != 0) [[unlikely]]
    enabled |= due_timers(enabled);
  return enabled;
}

void Execution::check_invariants() {
  const Slot heap = current_heap;
  if (!invariants_hold()) end_with(Stop::violation);
  current_heap = heap;
}

bool Execution::invariants_hold() {
  const WorldState& w = world();
  bool any_must_recur = false;
  for (std::uint32_t i = 0; i < w.core.invariant_count; ++i) {
    if (w.invariants[i].must_recur()) {
      any_must_recur = true;
      continue;
    }
    aside_.evaluating = true;
    current_heap = w.invariants[i].owner;
    reading_ = watches_reads_ ? &read_sets_[read_set_of(key_of(w.invariants[i]))].objects : nullptr;
    const bool holds = evaluate_safely(w.invariants[i].predicate, w.invariants[i].argument);
    reading_ = nullptr;
    current_heap = outside;
    aside_.evaluating = false;
    if (!holds) {
      finding_ = {std::string(w.invariants[i].name, w.invariants[i].name_size), "the invariant is false", depth(),
                  true};
      return false;
    }
  }
  if (any_must_recur && decide_on_explorer_) note_unmet();
  return true;
}

// An await that goes on has read what its predicate reads: evaluated once more, now with its footprint.
void Execution::track_predicate(const ThreadState& waiting) {
  aside_.evaluating = tracking_ = true;
  current_heap = current_;
  waiting.ready(waiting.argument);
  current_heap = outside;
  aside_.evaluating = tracking_ = false;
  touch_read_set(key_of(waiting, current_));
}

// ---- what predicates read -----------------------------------------------------------------------

// Where two threads await by the same code, each reads its own objects. Keys mean the same to another process.
std::uint64_t Execution::key_of(const ThreadState& waiting, ThreadId thread) {
  return mix({LoadedModules::instance().relocated(awaited_code(waiting.argument)), thread}, 1).low;
}

std::uint64_t Execution::key_of(const InvariantState& invariant) {
  const LoadedModules& modules = LoadedModules::instance();
  return mix({modules.relocated(reinterpret_cast<std::uintptr_t>(invariant.predicate)),
              modules.relocated(reinterpret_cast<std::uintptr_t>(invariant.argument))},
             invariant.owner)
      .low;
}

ObjectId Execution::learn_read_set(std::uint64_t key, const std::vector<ObjectId>& objects) {
  const std::size_t at = read_set_of(key);
  std::vector<ObjectId>& known = read_sets_[at].objects;
  for (const ObjectId object : objects) {
    if (std::ranges::find(known, object) == known.end()) known.push_back(object);
  }
  return read_set_object(at);
}

std::size_t Execution::read_set_of(std::uint64_t key) {
  for (std::size_t at = 0; at < read_sets_.size(); ++at) {
    if (read_sets_[at].key == key) return at;
  }
  const OutsideProgram racewalk;
  read_sets_.push_back({key, {}});
  return read_sets_.size() - 1;
}

void Execution::note_read(ObjectId object) {
  if (reading_ == nullptr || std::ranges::find(*reading_, object) != reading_->end()) return;
  const OutsideProgram racewalk;
  reading_->push_back(object);
}

// The running step depends on everything that the predicate may read.
void Execution::touch_read_set(std::uint64_t key) {
  if (!watches_reads_) return;
  const ObjectId object = read_set_object(read_set_of(key));
  const OutsideProgram racewalk;
  add_access({object, AccessMode::read});
}

void Execution::add_invariant(const InvariantState& invariant) {
  WorldState& w = world();
  if (w.core.invariant_count == max_invariants) {
    end_with_violation("invariant-limit", "more than 32 invariants");
  }
  // By owner, since of several that are false the first is reported: that must not depend on who stated one first.
  InvariantState* const end = w.invariants + w.core.invariant_count++;
  InvariantState* const at = std::upper_bound(w.invariants, end, invariant.owner,
                                              [](ThreadId owner, const auto& it) { return owner < it.owner; });
  std::move_backward(at, end, end + 1);
  *at = invariant;
  if (!invariant.must_recur()) touch_read_set(key_of(invariant));
}

}  // namespace sim
