#pragma once

#include <cstdint>

#include "base/ids.hpp"

namespace sim {

/// How an event touches an object. Two `add`s commute: neither reads what the other leaves.
enum class AccessMode : std::uint8_t { none, read, add, write };

/// One object of an event's footprint.
struct Access {
  ObjectId object = no_object;
  AccessMode mode = AccessMode::none;

  friend bool operator==(const Access&, const Access&) = default;
};

/// True iff the order of the two accesses matters.
constexpr bool conflict(const Access& a, const Access& b) {
  if (a.object != b.object || a.mode == AccessMode::none || b.mode == AccessMode::none) return false;
  return a.mode != b.mode || a.mode == AccessMode::write;
}

// ---- objects without a place -------------------------------------------------------------------
//
// Besides what a program declares there is what the runtime keeps: virtual time, the armed timers, the numbers of
// threads. Above the arena's identities, below those that are hashes (0xC0000000 and up).
//
// What makes two transitions depend on each other because of time:
//
//   arming    (part of the transition that stops before a timed operation)  clock: read, queue: add
//   success   of a timed operation, or another thread that spares it the wait     queue: add
//   firing    clock: write, queue: write, and a read of what the operation waits for
//   looking   at the time                                                   clock: read
//
// So firings are ordered among each other and against whatever changes who is armed or looks at the time, while
// armings and successes commute: neither changes the other's deadline, and the time stands still. Two things make a
// firing depend on more, and then it writes `everything_object`, which conflicts with every event whatsoever:
//
//   urgent time     it fires because nothing else can run, and every event may change that;
//   an overdue one  in free time a timer waits for those with earlier deadlines, unless their operations are ready,
//                   since a ready operation never times out. A firing that passes such an operation by depends on all
//                   that could make it unready again. With no earlier timer armed nothing of the kind can happen:
//                   arming one conflicts with the firing by the queue.

inline constexpr ObjectId virtual_clock_object = 0xB0000000;
inline constexpr ObjectId timer_queue_object = 0xB0000001;
inline constexpr ObjectId everything_object = 0xB0000002;    ///< A write of it is a full barrier.
inline constexpr ObjectId thread_table_object = 0xB0000003;  ///< Spawning writes it: it numbers threads and processes.

/// What a crash of a process writes, and what each event of its threads reads, and whatever starts one of them or would
/// have let one go on. Not of process 0, where all threads are that no process was made for: a crash there writes
/// `everything_object`.
constexpr ObjectId process_object(std::uint32_t process) {
  return 0xB1000000 + process;
}

/// True for the objects above. They order events, and synchronise nothing.
constexpr bool is_reserved(ObjectId object) {
  return (object & 0xF0000000) == 0xB0000000;
}

}  // namespace sim
