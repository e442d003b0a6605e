// Virtual time and timers. What a firing depends on stands in event/footprint.hpp.
#include <algorithm>
#include <bit>
#include <limits>

#include "runtime/deadline.hpp"
#include "runtime/execution.hpp"

namespace sim {

using namespace runtime;

namespace {

constexpr std::uint64_t bit(ThreadId thread) {
  return std::uint64_t{1} << thread;
}

/// Calls `use(thread)` for each member of `threads`.
template <class Use>
void for_each(std::uint64_t threads, const Use& use) {
  for (; threads != 0; threads &= threads - 1) use(static_cast<ThreadId>(std::countr_zero(threads)));
}

}  // namespace

// Part of the transition that leads here: the deadline counts from the time at which that ends.
void Execution::arm_timer() {
  world().core.timed |= bit(current_);
  add_access({virtual_clock_object, AccessMode::read});
  add_access({timer_queue_object, AccessMode::add});
}

void Execution::disarm(ThreadId thread) {
  if (!is_timed(thread)) return;
  world().core.timed &= ~bit(thread);
  world().threads[thread].remaining = -1;
  add_access({timer_queue_object, AccessMode::add});
}

// The threads whose timers may fire. A ready operation never times out, and its timer holds up no other.
std::uint64_t Execution::due_timers(std::uint64_t ready) {
  const WorldState& w = world();
  const std::uint64_t waiting = w.core.timed & ~ready;
  if (waiting == 0) return 0;
  if (!settings_.free_time && ready != 0) {
    timers_waited_ = true;
    return 0;
  }
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
  for_each(waiting, [&](ThreadId thread) { earliest = std::min(earliest, w.threads[thread].remaining); });
  std::uint64_t due = 0;
  for_each(waiting, [&](ThreadId thread) {
    if (w.threads[thread].remaining == earliest) due |= bit(thread);
  });
  return due;
}

// The running event is the operation of a thread with an armed timer: the operation itself if it is ready, else the
// timer.
void Execution::end_timed_wait() {
  const ThreadState& self = world().threads[current_];
  if (self.ready != nullptr) {
    aside_.evaluating = true;
    const bool is_ready = self.ready(self.argument);
    aside_.evaluating = false;
    if (is_ready) return disarm(current_);
  }
  timer_event_ = log_.steps.size();
  if (running_step().mode != AccessMode::none) running_step().mode = AccessMode::read;
  running_step().synchronization = Synchronization::none;
  fire_timer(current_);
}

void Execution::fire_timer(ThreadId thread) {
  WorldState& w = world();
  const std::int64_t elapsed = w.threads[thread].remaining;
  bool passes_a_ready_one = false;
  w.core.timed &= ~bit(thread);
  w.threads[thread].remaining = -1;
  for_each(w.core.timed, [&](ThreadId other) {
    std::int64_t& remaining = w.threads[other].remaining;
    passes_a_ready_one = passes_a_ready_one || remaining < elapsed;
    remaining = std::max(remaining - elapsed, std::int64_t{0});  // Overdue ones fire in any order.
  });
  for (ThreadId other = 0; other < w.core.thread_count; ++other) {
    for (DeadlineState* at = w.threads[other].deadlines; at != nullptr; at = at->outer) {
      at->remaining = std::max(at->remaining - elapsed, std::int64_t{0});
    }
  }
  w.history.now += std::min(elapsed, std::numeric_limits<std::int64_t>::max() - w.history.now);
  time_passed_ = time_passed_ || elapsed > 0;
  add_access({virtual_clock_object, AccessMode::write});
  add_access({timer_queue_object, AccessMode::write});
  if (!settings_.free_time || passes_a_ready_one) add_access({everything_object, AccessMode::write});
}

}  // namespace sim
