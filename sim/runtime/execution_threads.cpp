// Creation and end of threads, joining, the fibers that serve requests, and the outcome.
#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <exception>

#include "base/check.hpp"
#include "runtime/execution.hpp"
#include "runtime/memory.hpp"

namespace sim {

using namespace runtime;

namespace {

constexpr std::uint64_t bit(ThreadId thread) {
  return std::uint64_t{1} << thread;
}

using ThreadEntry = void (*)(void*);

// Executions that were abandoned left frames on the stack that AddressSanitizer still knows.
void forget_frames_on([[maybe_unused]] Slot slot) {
#ifdef RACEWALK_ASAN
  const auto stack = Arena::instance().stack_of(slot);
  forget_frames(stack.data(), stack.data() + stack.size());
#endif
}

}  // namespace

ThreadId Execution::create_thread(std::string_view name, ThreadEntry entry, void* argument, ProcessId process) {
  WorldState& w = world();
  if (w.core.thread_count == max_threads) {
    end_with_violation("thread-limit", "the program creates more than 64 threads, which is all that racewalk has");
  }
  const ThreadId id = w.core.thread_count++;
  Arena& arena = Arena::instance();
  arena.open(id);
  forget_frames(arena.stack_of(id).data(), Arena::stack_top(id));
  forget_frames_on(id);
  // An earlier execution may have been here, and a thread that is created again is to find what it found at first.
  if (decide_on_explorer_) arena.clear_stack(id);
  ThreadState& state = w.threads[id];
  state.context = make_fiber(Arena::stack_top(id), settings_.stack_bytes, thread_fiber);
  state.live = static_cast<const std::byte*>(state.context);
  state.ready = reinterpret_cast<Ready>(reinterpret_cast<void*>(entry));
  state.argument = argument;
  state.remaining = -1;
  state.process = static_cast<std::uint16_t>(process);
  state.status = ThreadStatus::at_once;
  w.core.at_once |= bit(id);
  if (trace_ != nullptr) {
    const OutsideProgram racewalk;
    trace_->name_thread(id, std::string(name));
  }
  return id;
}

namespace {

// A mutex that it abandons, say, must not be abandoned in another thread's transition. Nor is what it wants to hold
// again and again to be judged there.
bool is_end_noticed(ThreadId thread) {
  for (const EndHook* hook = world().core.end_hooks; hook != nullptr; hook = hook->next) {
    if (hook->concerns != nullptr && hook->concerns(*hook, thread)) return true;
  }
  return false;
}

}  // namespace

void Execution::thread_fiber(Transfer transfer) {
  Execution& execution = existing();
  *execution.arriving_ = transfer.from;
  arrived_in_fiber();
  ThreadState& self = thread_state(execution.current_);
  const auto entry = reinterpret_cast<ThreadEntry>(reinterpret_cast<void*>(self.ready));
  void* const argument = const_cast<void*>(self.argument);
  self.ready = nullptr;
  self.argument = nullptr;
  execution.enter_program();
  bool may_matter = true;
  if (!execution.aside_.unwinding) {
    if (execution.current_ != 0) execution.record_at_once(OperationKind::thread_start, execution.current_);
    if (execution.decide_on_explorer_) clear_dead_stack(execution.current_);
    try {
      entry(argument);
      may_matter = may_end_matter();
      if (may_matter && (is_end_noticed(execution.current_) || execution.has_liveness(execution.current_)))
        begin_transition_behind_join();
    } catch (const Unwind&) {
    } catch (const std::exception& error) {
      execution.end_with_violation("uncaught-exception", error.what());
    } catch (...) {
      execution.end_with_violation("uncaught-exception", "an exception that is no std::exception");
    }
  }
  if (may_matter && !execution.aside_.unwinding) execution.tell_of_exit();
  execution.leave_for_ever();
}

void Execution::enter_program() {
  reset_exception_globals();
  errno = 0;
  current_heap = current_;
}

// All that is left of a thread is that it has ended, and what it observed. Field by field: GCC clears a struct of this
// size by an instruction that takes longer than all the rest here.
void Execution::forget_thread(ThreadState& thread) {
  thread.context = nullptr;
  thread.live = nullptr;
  thread.ready = nullptr;
  thread.argument = nullptr;
  thread.caught_exceptions = nullptr;
  thread.deadlines = nullptr;
  thread.remaining = -1;
  thread.uncaught_exceptions = 0;
  thread.error_number = 0;
  thread.object = no_object;
  thread.kind = OperationKind::none;
  thread.mode = AccessMode::none;
  thread.synchronization = Synchronization::none;
  thread.status = ThreadStatus::exited;
  thread.float_control = 0;
}

// False: nothing is to be told, or judged, when a thread ends.
bool Execution::may_end_matter() {
  const WorldCore& core = world().core;
  return core.invariant_count != 0 || core.end_hooks != nullptr;
}

void Execution::tell_of_exit() {
  judge_liveness_of(current_);
  call_end_hooks({bit(current_), world().threads[current_].process, false});
}

void Execution::leave_for_ever() {
  current_heap = outside;
  WorldState& w = world();
  forget_thread(thread_state(current_));
  w.core.exited |= bit(current_);
  drop_invariants_of(current_);
  if (aside_.unwinding) {
    next_ = to_explorer;
  } else {
    record_at_once(OperationKind::thread_exit, current_);
    wake_joiners(current_);
    next_ = decide();
    if (next_ == keeps_first) {  // Nothing is left of this thread: its stack need not be saved.
      keeper_->keep_point();
      next_ = follow_decision();
    }
  }
  arriving_ = &nowhere_;
  switch_fiber(next_ < 0 ? explorer_ : w.threads[next_].context, nullptr);
  std::terminate();
}

void Execution::drop_some_invariants(ThreadId thread) {
  WorldState& w = world();
  InvariantState* const end = w.invariants + w.core.invariant_count;
  for (const InvariantState* it = w.invariants; it != end; ++it) {
    if (it->owner != thread) continue;
    if (it->must_recur())
      w.history.unmet &= ~std::uint32_t{it->mask()};
    else
      touch_read_set(key_of(*it));
  }
  InvariantState* const kept =
      std::remove_if(w.invariants, end, [thread](const InvariantState& it) { return it.owner == thread; });
  w.core.invariant_count = static_cast<std::uint32_t>(kept - w.invariants);
}

void Execution::wake_joiners(ThreadId exited) {
  WorldState& w = world();
  if ((w.core.killed | w.core.process_count) != 0) [[unlikely]]
    depend_on_waiters_for(exited);
  for (std::uint64_t rest = w.core.joining; rest != 0; rest &= rest - 1) {
    const auto thread = static_cast<ThreadId>(std::countr_zero(rest));
    ThreadState& state = thread_state(thread);
    const auto last_of_all = [&] {
      return (w.core.exited | bit(thread)) == (~std::uint64_t{0} >> (64 - w.core.thread_count));
    };
    if (state.join_target == exited || (state.join_target == max_threads && last_of_all())) {
      state.status = ThreadStatus::at_once;
      w.core.at_once |= bit(thread);
      w.core.joining &= ~bit(thread);
    }
  }
}

void Execution::join(std::uint32_t target) {
  const WorldCore& core = world().core;
  const std::uint64_t awaited =
      target == max_threads ? (~std::uint64_t{0} >> (64 - core.thread_count)) & ~bit(current_) : bit(target);
  if ((core.exited & awaited) != awaited) return block_in_join(target);
  finish_join(target);
}

void Execution::leave() {
  if (settings_.unwind) unwind_threads();
}

void Execution::unwind_threads() {
  aside_.unwinding = true;
  for (ThreadId thread = world().core.thread_count; thread-- > 0;) {
    ThreadState& state = world().threads[thread];
    if (state.status == ThreadStatus::exited || state.context == nullptr) continue;
    current_ = thread;
    run_until_stop(static_cast<int>(thread));
  }
  aside_.unwinding = false;
}

// ---- servers ------------------------------------------------------------------------------------

ServerId Execution::create_server(std::string_view, const void* fingerprint) {
  WorldState& w = world();
  if (w.core.server_count == server_slots) {
    end_with_violation("server-limit", "the program mounts more than 16 volumes, which is all that racewalk has");
  }
  const ServerId id = w.core.server_count++;
  Arena::instance().open(slot_of_server(id));
  forget_frames_on(slot_of_server(id));
  forget_frames(Arena::instance().stack_of(slot_of_server(id)).data(), Arena::stack_top(slot_of_server(id)));
  w.servers[id].fingerprint = static_cast<const Hash128*>(fingerprint);
  w.servers[id].context = make_fiber(Arena::stack_top(slot_of_server(id)), settings_.stack_bytes, server_fiber);
  // Runs to its first wait, so that from now on it always waits at the same place.
  const Transfer transfer = switch_fiber(w.servers[id].context, nullptr);
  w.servers[id].context = transfer.from;
  return id;
}

// The serving loop keeps nothing between requests: its stack is the same bytes whenever it waits.
void Execution::server_fiber(Transfer transfer) {
  Execution& execution = instance();
  arrived_in_fiber();
  for (;;) {
    transfer = switch_fiber(transfer.from, nullptr);
    if (execution.decide_on_explorer_) clear_dead_stack(current_heap);
    execution.request_(execution.request_argument_);
  }
}

void Execution::serve(ServerId server, void (*request)(void*), void* argument) {
  request_ = request;
  request_argument_ = argument;
  current_heap = slot_of_server(server);
  const Transfer transfer = switch_fiber(world().servers[server].context, nullptr);
  world().servers[server].context = transfer.from;
  current_heap = current_;
}

// ---- outcome ------------------------------------------------------------------------------------

namespace {

std::vector<const Observation*> observations_in_order() {
  std::vector<const Observation*> all;
  const WorldState& w = world();
  for (ThreadId thread = 0; thread < w.core.thread_count; ++thread) {
    const std::size_t first = all.size();
    for (const Observation* at = w.threads[thread].observations; at != nullptr; at = at->earlier) all.push_back(at);
    std::reverse(all.begin() + static_cast<std::ptrdiff_t>(first), all.end());
  }
  return all;
}

std::string_view name_of(const Observation& observation) {
  return {reinterpret_cast<const char*>(&observation + 1), observation.name_size};
}

std::string_view text_of(const Observation& observation) {
  return {reinterpret_cast<const char*>(&observation + 1) + observation.name_size, observation.text_size};
}

}  // namespace

std::string Execution::outcome() const {
  std::vector<const Observation*> all = observations_in_order();
  std::ranges::stable_sort(all, {}, [](const Observation* at) { return name_of(*at); });
  std::string text;
  for (const Observation* at : all) {
    if (!text.empty()) text += ' ';
    text += name_of(*at);
    text += '=';
    text += at->text_size != Observation::no_text ? std::string(text_of(*at)) : std::to_string(at->number);
  }
  return text;
}

Hash128 Execution::outcome_hash() const {
  Hash128 hash;
  const WorldState& w = world();
  if (w.history.observations == 0) return hash;
  for (ThreadId thread = 0; thread < w.core.thread_count; ++thread) {
    for (const Observation* at = w.threads[thread].observations; at != nullptr; at = at->earlier) {
      hash = mix(mix(hash, thread), static_cast<std::uint64_t>(at->number));
      hash = mix(hash, hash_bytes(name_of(*at).data(), name_of(*at).size()).low);
      if (at->text_size != Observation::no_text)
        hash = mix(hash, hash_bytes(text_of(*at).data(), text_of(*at).size()).low);
    }
  }
  return hash;
}

}  // namespace sim
