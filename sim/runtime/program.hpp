#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "event/footprint.hpp"
#include "event/operation.hpp"
#include "event/step.hpp"

/// What the primitives in sync/ and vfs/ call: the running execution, seen from inside the program under test.
///
/// A primitive announces its operation (and may lose control there), acts on its own state, and says what it touched.
/// Outside an execution all of these do nothing and every announced operation proceeds at once, so that primitives can
/// be used in plain code.
namespace sim::runtime {

/// True iff the caller runs as a thread of a program under test.
bool in_program();
/// True while an abandoned thread is unwound: its operations do nothing.
bool is_unwinding();
/// Memory of the unwound thread's own heap. Requires: is_unwinding().
void* allocate_for_unwinding(std::size_t size);

/// Who wants more of a program than its events. Mostly nobody, so that primitives ask here first.
enum Observer : std::uint8_t { trace_observer = 1, state_observer = 2, name_observer = 4 };
extern std::atomic<std::uint8_t> observers;  ///< A set of them; kept by the running exploration.
inline bool observed_by(Observer observer) {
  return (observers.load(std::memory_order_relaxed) & observer) != 0;
}

bool is_recording();
/// True iff the running execution is recorded for people: names, values and notes are wanted.
inline bool recording() {
  return observed_by(trace_observer) && is_recording();
}

/// Tells whether a blocked operation can execute now. Must only read.
using Ready = bool (*)(const void* argument);

/// The identity of an object that lives at `address`. An object outside the arena is a violation of self-containment,
/// because no snapshot restores it.
ObjectId object_at(const void* address);

/// The identity of a part of an object that can be touched on its own, such as one waiter's token of a condition.
ObjectId part_of(ObjectId object, std::uint32_t part);

/// Stops the calling thread before an operation that is always enabled; returns when it is the thread's turn. The event
/// then exists, with `object` accessed as `mode`.
void announce(OperationKind kind, const void* object, AccessMode mode,
              Synchronization synchronization = Synchronization::none);
/// The same for an operation that is enabled only while `ready(argument)`. `argument` must stay valid.
void announce_blocking(OperationKind kind, const void* object, AccessMode mode, Ready ready, const void* argument,
                       Synchronization synchronization = Synchronization::none);
/// The same with a deadline, `nanoseconds` (at least 0) from now. True: the operation executes. False: it is not ready,
/// and its timer fired; the event then only reads `object`, and synchronises nothing. A ready operation never times
/// out.
bool announce_timed(OperationKind kind, ObjectId object, AccessMode mode, Ready ready, const void* argument,
                    std::int64_t nanoseconds, Synchronization synchronization = Synchronization::none);

/// Before what other threads can notice and is no event of its own: creating a thread, arming a timer, stating an
/// invariant. Right behind a join it would belong to the joined thread's last transition, or to the caller's last one,
/// whichever was later; so there it becomes a scheduling point.
void begin_transition_behind_join();

/// Spares the deadline to a thread that stands in a timed operation: it is ready, or will be.
void disarm(ThreadId thread);

/// The same as `announce` and `announce_blocking`, for an object that has no address of its own: a file, or a part.
void announce_named(OperationKind kind, ObjectId object, AccessMode mode,
                    Synchronization synchronization = Synchronization::both);
void announce_blocking_named(OperationKind kind, ObjectId object, AccessMode mode, Ready ready, const void* argument,
                             Synchronization synchronization);

/// Sets up the initial state: until the scope ends, operations of the calling thread execute at once and leave no
/// event. Only for a thread that is alone.
class InitialState {
 public:
  InitialState();
  ~InitialState();
  InitialState(const InitialState&) = delete;
  InitialState& operator=(const InitialState&) = delete;
};

/// Adds an object to the running event's footprint.
void access(ObjectId object, AccessMode mode);
inline void access(const void* object, AccessMode mode) {
  access(object_at(object), mode);
}
/// False where states are matched: what only footprints need is not to be part of states.
bool wants_footprints();
/// Corrects the first access: a failed compare-exchange only reads.
void set_mode(AccessMode mode, Synchronization synchronization = Synchronization::none);
/// Replaces the first access: which part of an object is touched may turn out only now.
void set_access(ObjectId object, AccessMode mode, Synchronization synchronization);
/// The running event's value (see Event::value).
void set_value(std::uint64_t value);
/// Adds to what the calling thread has read, beyond the event's value: the bytes of a file, for example. Under
/// StateIdentity::logical it is part of the state.
void learned(std::uint64_t word);
/// True iff the logical contents of objects are wanted: then each change of one is reported with object_changed, as
/// hashes of the contents before and after.
inline bool keeps_logical_state() {
  return observed_by(state_observer) && in_program();
}
void object_changed(ObjectId object, std::uint64_t before, std::uint64_t after);
/// The running event's values for people. Call it only if recording().
void set_text(std::string_view text);
/// True iff somebody wants the names of objects: the recorded trace, or the search.
inline bool names_wanted() {
  return recording() || (observed_by(name_observer) && in_program());
}
/// Names the object at `address`. Call it only if names_wanted(). The first `parts` parts of it get the same name.
void name_object(const void* address, std::string_view name, std::string_view type, std::uint32_t parts = 0);
void name_object(ObjectId object, std::string_view name);
/// A log line: an annotation of the current event. Call it only if recording().
void add_note(std::string_view text);
/// Copies the beginning of the calling thread's name to `out`; returns how many characters. Requires: recording().
std::size_t copy_thread_name(std::span<char> out);

/// An explored value below `alternatives` (at least 1), chosen by the calling thread.
std::uint32_t choose(std::uint32_t alternatives);

/// Ends the execution as a violation of `property`. Does not return inside a program; outside one it prints and aborts.
[[noreturn]] void violate(std::string_view property, std::string_view detail);
/// Records a violation of `property` and goes on.
void report_violation(std::string_view property, std::string_view detail);
/// Drops the execution.
[[noreturn]] void assume_failed();
/// Counts a goal of the model as reached. `goal` must be a string literal.
void reach(std::string_view goal);

/// Adds to the execution's outcome.
void observe_integer(std::string_view name, std::int64_t value);
void observe_text(std::string_view name, std::string_view value);

/// Called when an object's life ends: the last moment at which the invariants that read it can be checked, and the
/// liveness properties that read it judged.
void object_ends(const void* object);

/// Virtual time: nanoseconds since the program started. Reading it is history: it makes states differ.
std::int64_t now();
/// Stops the calling thread until `nanoseconds` (at least 0) have passed.
void sleep(std::int64_t nanoseconds);

/// Blocks the calling thread until `predicate(argument)` holds. It is evaluated atomically, whenever the scheduler
/// asks.
void await(bool (*predicate)(const void* argument), const void* argument);
/// Tells what is awaited apart, by its first word. `argument`: of a thread that is stopped in an await, or in anything
/// else of which awaits_objects() is true.
std::uint64_t awaited_code(const void* argument);
/// Evaluates a predicate of the program; an exception that leaves it is a violation.
bool evaluate_safely(bool (*predicate)(const void* argument), const void* argument) noexcept;
/// Registers a property of every state, until the calling thread ends.
void invariant(std::string_view property, bool (*predicate)(const void* argument), const void* argument);
/// Registers a property of every execution: the predicate holds again and again, until the calling thread ends.
void eventually(std::string_view property, bool (*predicate)(const void* argument), const void* argument);

// ---- threads ------------------------------------------------------------------------------------

/// Creates a thread that runs `entry(argument)`. It starts when its creator next stops.
ThreadId spawn(std::string_view name, void (*entry)(void* argument), void* argument);
/// Memory for a thread's closure, in the heap of the thread that `spawn` creates next.
void* allocate_for_next_thread(std::size_t size, std::size_t alignment);
void join(ThreadId thread);
void join_all_others();
ThreadId this_thread();

// ---- served objects: filesystem volumes ---------------------------------------------------------

/// A fiber that performs requests for threads, with a heap of its own. It is no thread: it has no operations and is
/// never scheduled. Serving is part of the requesting thread's transition.
using ServerId = std::uint32_t;
inline constexpr ServerId no_server = ~ServerId{0};

/// Creates a server. `fingerprint`, if not null, points to 16 bytes that identify the server's logical state; they
/// stand for its heap in the identity of states.
ServerId create_server(std::string_view name, const void* fingerprint);
void set_server_fingerprint(ServerId server, const void* fingerprint);
/// Performs `request(argument)` on the server's fiber, allocating from the server's heap, while the caller waits.
void serve(ServerId server, void (*request)(void* argument), void* argument);
/// The same on the caller's own stack, still allocating from the server's heap.
void serve_inline(ServerId server, void (*request)(void* argument), void* argument);

}  // namespace sim::runtime
