// Processes and their crashes.
//
// A crash ends the threads of a process at once. Each event of these threads reads the process's object, and the crash
// writes it: so it depends on all that they do, and on nothing that others do, unless a hook says what it changes for
// them. What a killed thread was about to do is known to searches: ThreadState says it until the crash executes.
#include <bit>
#include <string>

#include "runtime/inside.hpp"
#include "runtime/process.hpp"

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

void Execution::kill(Ended what) {
  WorldCore& core = world().core;
  what.threads &= ~core.exited;
  running_step().value = what.threads;
  const bool ends_itself = (what.threads & bit(current_)) != 0;
  const std::uint64_t others = what.threads & ~bit(current_);
  core.killed |= what.threads;
  const Slot heap = current_heap;
  current_heap = outside;
  if (trace_ != nullptr && what.threads != 0) trace_->mutable_events().back().text = names_of(what.threads);
  for_each(others, [this](ThreadId thread) { kill_other(thread); });
  current_heap = heap;
  call_end_hooks(what);
  current_heap = outside;
  const ThreadId me = current_;
  for_each(others, [this](ThreadId thread) {
    current_ = thread;
    record_at_once(OperationKind::thread_exit, thread);
  });
  current_ = me;
  for_each(others, [this](ThreadId thread) { wake_joiners(thread); });
  if (ends_itself) leave_for_ever();
  current_heap = heap;
}

// "-> ends a, b".
std::string Execution::names_of(std::uint64_t threads) const {
  std::string text;
  for_each(threads,
           [&](ThreadId thread) { text += (text.empty() ? "-> ends " : ", ") + trace_->thread_names()[thread]; });
  return text;
}

void Execution::kill_other(ThreadId thread) {
  WorldCore& core = world().core;
  disarm(thread);
  core.unconditional &= ~bit(thread);
  core.conditional &= ~bit(thread);
  core.joining &= ~bit(thread);
  core.exited |= bit(thread);
  forget_thread(world().threads[thread]);
  drop_invariants_of(thread);
}

void Execution::call_end_hooks(const Ended& what) {
  for (EndHook* hook = world().core.end_hooks; hook != nullptr; hook = hook->next) hook->ended(*hook, what);
}

// Whoever waited for this thread goes on in the transition that runs now: the crash of the waiter's process, had it
// come before, would have kept it from that.
void Execution::depend_on_waiters_for(ThreadId exited) {
  if (exited == 0) return;  // Nobody can join the main thread.
  const WorldState& w = world();
  for_each(w.core.joining | w.core.killed, [&](ThreadId thread) {
    const ThreadState& state = w.threads[thread];
    if (state.join_target == exited || state.join_target == max_threads) depend_on_life_of(thread);
  });
}

// Of a thread of process 0 the crash conflicts with every event as it is.
void Execution::depend_on_life_of(ThreadId thread) {
  const ProcessId process = world().threads[thread].process;
  if (process != default_process) add_access({process_object(process), AccessMode::read});
}

}  // namespace sim

namespace sim::runtime {

ProcessId create_process(std::string_view name) {
  if (!in_program()) return default_process;
  WorldCore& core = world().core;
  if (core.process_count + 1 == max_processes) {
    violate("process-limit", "the program creates more than 63 processes, which is all that racewalk has");
  }
  begin_transition_behind_join();  // Its number depends on what others create meanwhile.
  access(thread_table_object, AccessMode::write);
  const ProcessId process = ++core.process_count;
  if (names_wanted()) {
    name_object(process_object(process), name.empty() ? "process@" + std::to_string(process) : std::string(name));
  }
  return process;
}

ProcessId current_process() {
  return in_program() ? self().process : default_process;
}

ProcessId process_of(ThreadId thread) {
  return world().threads[thread].process;
}

namespace {
void announce_crash(OperationKind kind, ProcessId process) {
  if (process != default_process) {
    announce_named(kind, process_object(process), AccessMode::write, Synchronization::release);
  } else {
    announce_named(kind, no_object, AccessMode::none, Synchronization::release);
    access(everything_object, AccessMode::write);
  }
}
}  // namespace

void crash_process(ProcessId process) {
  announce_crash(OperationKind::process_crash, process);
  if (!scheduled()) return;
  WorldState& w = world();
  std::uint64_t threads = 0;
  for (ThreadId thread = 0; thread < w.core.thread_count; ++thread) {
    if (w.threads[thread].process == process) threads |= std::uint64_t{1} << thread;
  }
  if ((w.core.crashed >> process & 1) != 0) return;
  w.core.crashed |= std::uint64_t{1} << process;
  execution().kill({threads, process, true});
}

void crash_thread(ThreadId thread) {
  if (!scheduled()) return;
  if (thread >= world().core.thread_count) violate("thread-misuse", "a thread is crashed that was never created");
  const ProcessId process = process_of(thread);
  announce_crash(OperationKind::thread_crash, process);
  execution().kill({std::uint64_t{1} << thread, process, false});
}

namespace {
bool is_crashed(const void* process) {
  return (world().core.crashed >> *static_cast<const ProcessId*>(process) & 1) != 0;
}
}  // namespace

void wait_for_crash(ProcessId process) {
  announce_blocking_named(OperationKind::process_wait, process_object(process), AccessMode::read, is_crashed, &process,
                          Synchronization::none);
}

bool has_crashed(ProcessId process) {
  announce_named(OperationKind::process_wait, process_object(process), AccessMode::read, Synchronization::none);
  if (!in_program()) return false;
  const bool crashed = is_crashed(&process);
  set_value(crashed ? 1 : 0);
  return crashed;
}

std::uint64_t killed_threads() {
  return in_program() ? world().core.killed : 0;
}

void depend_on_life_of(std::uint64_t threads) {
  if (!scheduled() || world().core.process_count == 0) return;
  const OutsideProgram racewalk;
  for (; threads != 0; threads &= threads - 1) {
    execution().depend_on_life_of(static_cast<ThreadId>(std::countr_zero(threads)));
  }
}

void add_end_hook(EndHook& hook) {
  if (!acting()) return;
  EndHook** at = &world().core.end_hooks;
  while (*at != nullptr && *at < &hook) at = &(*at)->next;
  if (*at == &hook) return;
  hook.next = *at;
  *at = &hook;
}

void remove_end_hook(EndHook& hook) {
  if (!acting()) return;
  EndHook** at = &world().core.end_hooks;
  while (*at != nullptr && *at != &hook) at = &(*at)->next;
  if (*at != nullptr) *at = hook.next;
}

EndHook* first_end_hook() {
  return in_program() ? world().core.end_hooks : nullptr;
}

}  // namespace sim::runtime
