// Races with what disables an operation without touching what that touches: crashes, and whatever lets a timer wait for
// another one. A crash disables, once and for all, what the threads that it ends were about to do. These
// operations never become events; each would have liked to come before the crash, and if it was not enabled there,
// before whatever had disabled it. That may come after the crash, which is why the crash is left out throughout: as if
// it had come last.
#include <algorithm>
#include <bit>

#include "explore/race_reversal.hpp"
#include "runtime/execution.hpp"

namespace sim {

// Before the crash executes, since then nothing is left of its victims.
void RaceReversal::note_crash(const Point& point, ThreadId thread) {
  const Index depth = point.depth;
  for (ThreadId other = 0; other < point.execution.thread_count(); ++other) {
    const runtime::ThreadState& state = point.execution.thread(other);
    if (other == thread || state.status != runtime::ThreadStatus::stopped) continue;
    if (state.kind == OperationKind::thread_join) continue;
    killed_.emplace_back(depth, pending_of(point.execution, other));
  }
}

// Now that it is known whom each crash ended.
void RaceReversal::keep_killed(const StepLog& log) {
  std::erase_if(killed_, [&](const auto& it) {
    const auto& [crash, event] = it;
    return (log.steps[events_[crash].steps_before].value >> event.thread & 1) == 0;
  });
}

void RaceReversal::reverse_killed() {
  for (const auto& [crash, event] : killed_) {
    collect_candidates(event, static_cast<Index>(events_.size()));
    const auto concurrent = [&, at = crash](Index it) {
      return it > at && !events_.is_before(events_[at], events_[it]);
    };
    std::vector<Index> candidates = {crash};
    std::ranges::copy_if(candidates_, std::back_inserter(candidates), concurrent);
    std::ranges::copy_if(candidates_, std::back_inserter(candidates), [at = crash](Index it) { return it < at; });
    std::vector<Index> accepted;
    for (const Index candidate : candidates) {
      const auto comes_later = [&](Index it) {
        return candidate < it && events_.is_before(events_[candidate], events_[it]);
      };
      if (std::ranges::any_of(accepted, comes_later)) continue;
      if (reverse_without(crash, candidate, event)) accepted.push_back(candidate);
    }
  }
}

// The operation that was killed, behind what happens neither after the crash nor after an event that may have disabled
// it. True iff it is enabled there.
bool RaceReversal::reverse_without(Index crash, Index other, const HappensBefore::Event& killed) {
  const Index first = std::min(crash, other);
  Node& node = nodes_[first];
  if (!node.kept) return false;
  sequence_.clear();
  const auto end = static_cast<Index>(events_.size());
  for (Index at = first + 1; at < end; ++at) {
    const HappensBefore::Event& event = events_[at];
    if (at == crash || at == other || event.kind == OperationKind::choice) continue;
    if (at > crash && events_.is_before(events_[crash], event)) continue;
    if (at > other && events_.is_before(events_[other], event)) continue;
    sequence_.push_back({event.thread, event.footprint, variant_of(at, end)});
  }
  if (is_redundant(node)) return true;
  bool enabled = true;
  plan_with(first, killed, enabled);
  return enabled;
}

// Whoever takes what a thread with an earlier deadline waits for lets that thread wait, and all later timers with it.
// They do not touch what was taken, and when they fire in the end nothing is to be seen of that.
void RaceReversal::note_held_up(const Point& point) {
  const Index before = last_thread_node_before(nodes_.size() - 1);
  if (before == none) return;
  const Node& node = nodes_[before];
  const std::uint64_t chosen = std::uint64_t{1} << node.choice;
  for (std::uint64_t lost = runtime::world().core.timed & node.enabled & ~point.enabled & ~node.asleep & ~chosen;
       lost != 0; lost &= lost - 1) {
    const auto thread = static_cast<ThreadId>(std::countr_zero(lost));
    if (point.execution.thread(thread).status != runtime::ThreadStatus::stopped) continue;
    const HappensBefore::Event timer = pending_of(point.execution, thread);
    // Else their race is seen like any other.
    if (!footprints_.dependent(timer.footprint, events_[before].footprint)) held_up_.emplace_back(before, timer);
  }
}

void RaceReversal::reverse_held_up() {
  for (const auto& [depth, timer] : held_up_) {
    Node& node = nodes_[depth];
    sequence_.clear();
    if (!node.kept || is_redundant(node)) continue;
    bool enabled = true;
    plan_with(depth, timer, enabled);
  }
  held_up_.clear();
}

}  // namespace sim
