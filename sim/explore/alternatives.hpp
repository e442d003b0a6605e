#pragma once

#include <bit>
#include <cstdint>

#include "event/schedule.hpp"
#include "runtime/search.hpp"

namespace sim {

/// What can be done in a state.
struct Alternatives {
  std::uint64_t threads = 0;  ///< Enabled; where a value is chosen, the one that asks for it.
  std::uint32_t values = 0;   ///< 0: a thread is chosen; else a value below.
  bool timers_wait = false;   ///< A thread sleeps, and its timer cannot fire because others can run.
  bool timers_fire = false;   ///< A sleeping thread can go on.

  /// Requires: the execution stands at `point`.
  static Alternatives of(const Point& point);

  std::uint32_t count() const { return values != 0 ? values : static_cast<std::uint32_t>(std::popcount(threads)); }
  /// The alternatives in the order in which they are tried: threads by number, or values.
  Choice choice(std::uint32_t alternative) const;
  ThreadId thread(std::uint32_t alternative) const {
    return values != 0 ? static_cast<ThreadId>(std::countr_zero(threads)) : choice(alternative).value;
  }
};

}  // namespace sim
