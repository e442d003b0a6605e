#pragma once

#include <cstddef>
#include <cstdint>

#include "base/hash128.hpp"
#include "base/ids.hpp"
#include "event/footprint.hpp"
#include "event/operation.hpp"
#include "event/step.hpp"
#include "runtime/arena.hpp"
#include "runtime/deadline.hpp"
#include "runtime/fiber.hpp"
#include "runtime/process.hpp"
#include "runtime/program.hpp"

/// The part of a state that is neither a stack nor a heap. It lies in the arena, is copied into snapshots and hashed,
/// except where a type says otherwise. Plain data only.
namespace sim::runtime {

/// One observation of a thread, in the thread's own heap: sim::observe.
struct Observation {
  static constexpr std::uint32_t no_text = ~std::uint32_t{0};

  Observation* earlier;
  std::int64_t number;
  std::uint32_t name_size;  ///< Bytes of the name, behind this struct.
  std::uint32_t text_size;  ///< Bytes of text behind the name; no_text: the value is `number`.
};

enum class ThreadStatus : std::uint8_t { none, at_once, stopped, exited };

/// A thread of the program and the operation it takes next.
struct ThreadState {
  Context context;           ///< Where it can be resumed; null while it has no stack.
  const std::byte* live;     ///< Where the program's part of its stack begins. Below are frames of racewalk.
  Ready ready;               ///< Null: the operation is always enabled.
  const void* argument;      ///< Of `ready`.
  void* caught_exceptions;   ///< The two exception globals of the C++ ABI.
  DeadlineState* deadlines;  ///< That it keeps, the innermost first.
  Observation* observations;
  std::int64_t remaining;  ///< Nanoseconds until its timer fires; -1: none armed.
  // The next five lie as in Step, with the thread's number in place of the status: see Execution::begin_step.
  ThreadStatus status;
  OperationKind kind;
  AccessMode mode;
  Synchronization synchronization;
  ObjectId object;
  std::uint32_t uncaught_exceptions;
  std::int32_t error_number;    ///< errno
  std::uint32_t float_control;  ///< Where states are matched.
  std::uint16_t join_target;  ///< The thread that it waits for; max_threads: all others; 0: none. Kept if it is killed.
  std::uint16_t process;      ///< See runtime/process.hpp.
};

/// A fiber that serves requests.
struct ServerState {
  Context context;
  const Hash128* fingerprint;  ///< Stands for its heap in the identity of states; null: its bytes do.
};

/// A property of every state, or of every execution: one that must hold again and again.
struct InvariantState {
  /// Of an invariant, `liveness`; of what must hold again and again, 1 plus its number among the properties that masks
  /// of states tell apart, or unnumbered.
  static constexpr std::uint16_t of_every_state = 0, unnumbered = 0xffff;

  bool (*predicate)(const void*);
  const void* argument;
  const char* name;
  std::uint32_t name_size;
  std::uint16_t owner;  ///< The thread that stated it: it ends with that thread, whose memory the predicate may read.
  std::uint16_t liveness = of_every_state;

  bool must_recur() const { return liveness != of_every_state; }
  /// In masks of states; 0: it is in none.
  std::uint8_t mask() const {
    return must_recur() && liveness != unnumbered ? static_cast<std::uint8_t>(1U << (liveness - 1)) : 0;
  }
};
inline constexpr std::uint32_t max_invariants = 32;

/// What identifies a state, apart from stacks and heaps.
struct WorldCore {
  std::uint32_t thread_count;
  std::uint32_t server_count;
  std::uint32_t invariant_count;
  std::uint32_t asking;         ///< The thread that waits for a chosen value, plus 1; 0: a thread is to be chosen.
  std::uint32_t alternatives;   ///< Of that value.
  std::uint32_t process_count;  ///< Apart from process 0.
  std::uint64_t unconditional;  ///< Stopped threads whose next operation is always enabled.
  std::uint64_t conditional;    ///< Stopped threads that must be asked.
  std::uint64_t timed;          ///< Threads with an armed timer: they sleep, or are conditional as well.
  std::uint64_t exited;
  std::uint64_t joining;  ///< Stopped in a join that is not enabled.
  std::uint64_t killed;   ///< Of those that exited.
  std::uint64_t crashed;  ///< Processes.
  EndHook* end_hooks;
  std::uint64_t at_once;  ///< Threads that go on without a choice: just created, or their join became enabled.
};

/// History: restored with a state, but no part of its identity.
struct WorldHistory {
  std::int64_t now;              ///< Virtual nanoseconds since the start.
  std::uint64_t enabled;         ///< Threads that can run, at the last scheduling point.
  std::uint64_t observations;    ///< Of all threads, together.
  std::uint32_t last_thread;     ///< That took the last transition.
  std::uint32_t unmet;           ///< Where states are matched: the mask of liveness properties that are false here.
  Hash128 objects;               ///< Sum over all objects of their logical contents; only in logical mode.
  Hash128 threads[max_threads];  ///< All that a thread has done and read; only in logical mode.
};
/// Of WorldHistory: what is kept in every mode comes first.
inline constexpr std::size_t bytes_of_plain_history = offsetof(WorldHistory, objects);
constexpr std::size_t bytes_of_logical_history(std::uint32_t threads) {
  return offsetof(WorldHistory, threads) + threads * sizeof(Hash128) - bytes_of_plain_history;
}

struct WorldState {
  WorldCore core;
  ThreadState threads[max_threads];
  ServerState servers[server_slots];
  InvariantState invariants[max_invariants];
  WorldHistory history;
};
static_assert(sizeof(WorldState) <= Arena::world_bytes);

inline WorldState& world() {
  return *static_cast<WorldState*>(Arena::world());
}

/// The state of a thread. GCC would compute the address, a constant plus a multiple, anew for each field.
inline ThreadState& thread_state(ThreadId thread) {
  ThreadState* state = &world().threads[thread];
  asm("" : "+r"(state));
  return *state;
}

constexpr Slot slot_of_server(ServerId server) {
  return thread_slots + server;
}

}  // namespace sim::runtime
