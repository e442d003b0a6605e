#pragma once

#include "runtime/arena.hpp"
#include "runtime/execution.hpp"

/// What the program's side of the runtime asks of the execution.
namespace sim::runtime {

inline Execution& execution() {
  return Execution::instance();
}

inline ThreadState& self() {
  return world().threads[execution().current()];
}

// True iff the calling primitive must be scheduled: it runs in a program, and not inside a predicate or an unwinding.
inline bool scheduled() {
  return current_heap != outside && Execution::existing().schedules();
}

// True iff what the caller says counts: also while the initial state is made, where nothing is scheduled.
inline bool acting() {
  return current_heap != outside && !execution().evaluating() && !execution().unwinding();
}

}  // namespace sim::runtime
