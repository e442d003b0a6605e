#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.hpp"

/// Processes of the program under test: named groups of threads that a crash ends together. What is not a process of
/// the program, such as one of the operating system that explores, is never meant.
namespace sim::runtime {

/// Numbers the processes of one execution. All threads that no process was made for belong to process 0.
using ProcessId = std::uint32_t;
inline constexpr ProcessId default_process = 0;
/// Processes of one execution, process 0 included. Sets of them are 64-bit masks.
inline constexpr std::uint32_t max_processes = 64;

/// Creates a process without threads. As the creation of a thread it is no scheduling point, but ordered against
/// others.
ProcessId create_process(std::string_view name);
/// Creates a thread in a process. Requires: the process did not crash; else a violation of `process-misuse`.
ThreadId spawn_in(ProcessId process, std::string_view name, void (*entry)(void* argument), void* argument);

/// The process of the calling thread; outside a program: 0.
ProcessId current_process();
/// The process of any thread that was created.
ProcessId process_of(ThreadId thread);

/// A scheduling point: then all threads of the process end where they stand. Nothing is unwound. Does not return if the
/// calling thread is one of them. Nothing but an event if the process had crashed before.
void crash_process(ProcessId process);
/// The same for one thread, of any process.
void crash_thread(ThreadId thread);
/// Waits until the process has crashed.
void wait_for_crash(ProcessId process);
/// Whether it has. A scheduling point.
bool has_crashed(ProcessId process);

/// Threads that were killed, as a set.
std::uint64_t killed_threads();
/// To be called by an operation that treats killed threads in another way than live ones, with those that concern it,
/// killed or not: its order against their crash matters.
void depend_on_life_of(std::uint64_t threads);

/// What ended.
struct Ended {
  std::uint64_t threads = 0;            ///< They returned, or were killed; the latter will not go on.
  ProcessId process = default_process;  ///< All of them belonged to it.
  bool is_process = false;              ///< The whole process crashed: what it had open is closed.
};

/// What is to be done when threads and processes end. A member of whatever outlives its registration: a filesystem, a
/// table of kernel objects. It must lie in the program's memory, as all that an execution changes.
struct EndHook {
  /// Runs on the stack of the thread that ends, or of the one that crashes others, as a part of its transition. It must
  /// not stop, and must call runtime::access for each object whose state it changes.
  void (*ended)(EndHook& self, const Ended& what) = nullptr;
  /// Whether the end of a thread, as things are, changes anything that others can notice: then it has a transition of
  /// its own behind a join (decision 0019). Null: never.
  bool (*concerns)(const EndHook& self, ThreadId thread) = nullptr;
  EndHook* next = nullptr;  ///< Kept by add_end_hook.
};
/// From now on `hook.ended` is called. Does nothing outside a program, and if it was added already.
void add_end_hook(EndHook& hook);
void remove_end_hook(EndHook& hook);
/// Those that were added, by their place in memory.
EndHook* first_end_hook();

}  // namespace sim::runtime
