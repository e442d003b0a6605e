// Properties that must hold again and again: judged where they end, noted where states are matched.
//
// What a predicate reads when it is judged joins the footprint of the transition in which that happens, and so decides
// what partial-order reduction may leave out. Before that nobody asks: unlike that of an invariant, its value in
// between is no reason to tell interleavings apart. A deadlock needs no footprint, being the same state by every
// interleaving of a trace.
#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "runtime/execution.hpp"
#include "runtime/liveness_numbers.hpp"

namespace sim {

using namespace runtime;

namespace runtime {

LivenessNumbers& LivenessNumbers::instance() {
  static LivenessNumbers* const shared = [] {
    void* const memory =
        mmap(nullptr, sizeof(LivenessNumbers), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    return new (memory) LivenessNumbers();
  }();
  return *shared;
}

void LivenessNumbers::forget() {
  for (std::atomic<std::uint64_t>& key : keys_) key.store(0);
  used_up_.store(false);
}

std::vector<std::uint64_t> LivenessNumbers::keys() const {
  std::vector<std::uint64_t> keys;
  for (const std::atomic<std::uint64_t>& key : keys_) {
    if (key.load() != 0) keys.push_back(key.load());
  }
  return keys;
}

void LivenessNumbers::learn(const std::vector<std::uint64_t>& keys, bool are_used_up) {
  forget();
  for (const std::uint64_t key : keys) number_of(key);
  used_up_.store(are_used_up);
}

std::uint32_t LivenessNumbers::number_of(std::uint64_t key) {
  for (std::uint32_t number = 0; number < most; ++number) {
    std::uint64_t known = 0;
    if (keys_[number].compare_exchange_strong(known, key) || known == key) return number;
  }
  used_up_.store(true);
  return most;
}

}  // namespace runtime

// By its name, and its place among those that are stated with that name at the time, so that few numbers are needed
// whichever threads state it.
void Execution::add_liveness(InvariantState property) {
  const WorldState& w = world();
  const std::uint64_t name = hash_bytes(property.name, property.name_size).low;
  std::uint32_t taken = 0;
  for (std::uint32_t i = 0; i < w.core.invariant_count; ++i) taken |= w.invariants[i].mask();
  property.liveness = InvariantState::unnumbered;
  for (std::uint64_t place = 0; place <= LivenessNumbers::most; ++place) {
    const std::uint32_t number = LivenessNumbers::instance().number_of(mix({name, place}, 1).low | 1);
    if (number == LivenessNumbers::most) break;
    if ((taken >> number & 1) != 0) continue;
    property.liveness = static_cast<std::uint16_t>(number + 1);
    break;
  }
  add_invariant(property);
}

bool Execution::has_liveness(ThreadId owner) const {
  const WorldState& w = world();
  return std::any_of(w.invariants, w.invariants + w.core.invariant_count, [owner](const InvariantState& it) {
    return it.must_recur() && (owner == max_threads || it.owner == owner);
  });
}

bool Execution::has_invariants(ThreadId owner) const {
  const WorldState& w = world();
  return std::any_of(w.invariants, w.invariants + w.core.invariant_count,
                     [owner](const InvariantState& it) { return !it.must_recur() && it.owner == owner; });
}

bool Execution::evaluate(const InvariantState& property) {
  const Slot heap = current_heap;
  aside_.evaluating = true;
  current_heap = property.owner;
  const bool holds = evaluate_safely(property.predicate, property.argument);
  current_heap = heap;
  aside_.evaluating = false;
  return holds;
}

void Execution::note_unmet() {
  WorldState& w = world();
  std::uint32_t unmet = 0;
  for (std::uint32_t i = 0; i < w.core.invariant_count; ++i) {
    const std::uint8_t mask = w.invariants[i].mask();
    if (mask != 0 && !evaluate(w.invariants[i])) unmet |= mask;
  }
  w.history.unmet = unmet;
}

// ---- where one ends -----------------------------------------------------------------------------

void Execution::drop_liveness(std::uint32_t index) {
  WorldState& w = world();
  w.history.unmet &= ~std::uint32_t{w.invariants[index].mask()};
  InvariantState* const end = w.invariants + w.core.invariant_count--;
  std::move(w.invariants + index + 1, end, w.invariants + index);
}

// The running transition depends on what decides.
void Execution::judge(std::uint32_t index) {
  const InvariantState property = world().invariants[index];
  tracking_ = true;
  const bool holds = evaluate(property);
  tracking_ = false;
  drop_liveness(index);
  if (!holds) soft_violation({property.name, property.name_size}, "it is false at the end");
}

void Execution::judge_liveness_of(ThreadId thread) {
  for (std::uint32_t i = 0; i < world().core.invariant_count;) {
    const InvariantState& property = world().invariants[i];
    if (property.must_recur() && property.owner == thread)
      judge(i);
    else
      ++i;
  }
}

void Execution::judge_liveness_of_object(ObjectId object) {
  const WorldState& w = world();
  for (std::uint32_t i = 0; i < w.core.invariant_count;) {
    if (!w.invariants[i].must_recur()) {
      ++i;
      continue;
    }
    // Whether it reads the object depends on what it reads before.
    judged_reads_.clear();
    reading_ = &judged_reads_;
    tracking_ = true;
    (void)evaluate(w.invariants[i]);
    tracking_ = false;
    reading_ = nullptr;
    if (std::ranges::find(judged_reads_, object) != judged_reads_.end())
      judge(i);
    else
      ++i;
  }
}

void Execution::note_deadlock() {
  const WorldState& w = world();
  unmet_in_deadlock_.clear();
  for (std::uint32_t i = 0; i < w.core.invariant_count; ++i) {
    const InvariantState& property = w.invariants[i];
    if (!property.must_recur() || evaluate(property)) continue;
    const OutsideProgram racewalk;
    unmet_in_deadlock_.emplace_back(property.name, property.name_size);
  }
}

std::vector<std::string> Execution::liveness_properties(std::uint8_t mask) const {
  std::vector<std::string> names;
  const WorldState& w = world();
  for (std::uint32_t i = 0; i < w.core.invariant_count; ++i) {
    const InvariantState& property = w.invariants[i];
    std::string name(property.name, property.name_size);
    if ((property.mask() & mask) != 0 && std::ranges::find(names, name) == names.end())
      names.push_back(std::move(name));
  }
  return names;
}

}  // namespace sim
