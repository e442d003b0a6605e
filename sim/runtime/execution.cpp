// Long because what gives up control is inlined into all that does: each call more is a return predicted wrongly.
// The running program. Control flow in one picture:
//
//   explorer's stack      resume(choice) -> run_until_stop ........................... stop() says why it came back
//                                              |  switch_fiber                    ^
//   threads' stacks       program -> announce -> stop -> decide -> (the same thread: just return)
//                                                                    -> (another thread: switch to it)
//                                                                    -> (the explorer must act: switch to it)
//
// `decide` runs on the stack of the thread that stopped. Nothing of its frames is part of the state: wait_for_turn
// notes where the program's own frames begin.
#include "runtime/execution.hpp"

#include <cxxabi.h>
#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <exception>

#include <immintrin.h>

#include "base/check.hpp"
#include "runtime/memory.hpp"

namespace sim {

using namespace runtime;

namespace {

/// __cxa_get_globals (Itanium C++ ABI, 2.2.2): what a thread of the operating system knows of exceptions in flight.
struct ExceptionGlobals {
  void* caught;
  unsigned int uncaught;
};
// Of the operating system's thread that explores; they stay where they are while it does. Looked up when a program
// starts, and not at each switch of fibers.
constinit ExceptionGlobals* exception_globals = nullptr;
constinit int* error_number = nullptr;

void look_up_thread_locals() {
  exception_globals = reinterpret_cast<ExceptionGlobals*>(abi::__cxa_get_globals());
  error_number = &errno;
}

constexpr std::uint64_t bit(ThreadId thread) {
  return std::uint64_t{1} << thread;
}

// Rounding and exception masks of the SSE and x87 units: the switch keeps them, below the program's frames. So it does
// with the sticky flags of past exceptions of the SSE unit, which are history, unless the future must be told
// `exactly`.
std::uint32_t float_control(bool exactly) {
  constexpr std::uint32_t flags = 0x3f;
  std::uint16_t x87 = 0;
  asm volatile("fnstcw %0" : "=m"(x87));
  return (_mm_getcsr() & (exactly ? 0xffffU : 0xffffU & ~flags)) | std::uint32_t{x87} << 16;
}

ThreadId first_in(std::uint64_t set) {
  return static_cast<ThreadId>(std::countr_zero(set));
}

}  // namespace

void Execution::create() {
  static Execution execution;
  instance_ = &execution;
}

// ---- the explorer's side ------------------------------------------------------------------------

void Execution::start(const ExecutionSettings& settings, Search& search, PointKeeper& keeper) {
  prepare(settings, search, keeper);
  create_thread("main", settings_.run, settings_.object);
  run_until_stop(decide());
}

void Execution::prepare(const ExecutionSettings& settings, Search& search, PointKeeper& keeper) {
  Arena& arena = Arena::instance();
  for (Slot slot = 0; slot < slot_count; ++slot) arena.clear(slot);
  std::memset(Arena::world(), 0, sizeof(WorldState));
  settings_ = settings;
  search_ = &search;
  keeper_ = &keeper;
  mirror_ = make_mirror();
  look_up_thread_locals();
  const bool matches = search.matches_states() || settings.recognises_states;
  if (matches && !decide_on_explorer_) arena.empty_stacks();  // Others do not care for dead stacks.
  decide_on_explorer_ = matches;
  wants_footprints_ = !search.matches_states();
  wants_names_ = search.wants_names();
  tell_observers();
  finding_ = {};
  aside_.unwinding = false;
  if (!stops_after_following_) follow_nothing();
  stand_at({});
  occurrences_.assign(max_threads, 0);
}

void Execution::begin_exploration() {
  Arena::instance().forget_depths();
  plain_accesses_ = false;
  follow_nothing();
  record_in(nullptr);
  watches_reads_ = false;
  read_sets_.clear();
  goals_.clear();
}

// Inlined, as switch_away() is.
[[gnu::always_inline]] inline void Execution::switch_to(int next) {
  if (next == to_explorer) return;
  if (decide_on_explorer_) make_room_in_logs();
  const ExceptionGlobals saved = *exception_globals;
  const int saved_errno = *error_number;
  arriving_ = &explorer_;
  const Transfer transfer = switch_fiber(world().threads[next].context, nullptr);
  *arriving_ = transfer.from;
  current_heap = outside;
  *exception_globals = saved;
  *error_number = saved_errno;
}

void Execution::resume(std::uint32_t choice) {
  if (depth_ < followed_) ++repeated_;
  switch_to(commit(choice));
  if (depth_ < followed_) follow_on_explorer();
}

void Execution::run_until_stop(int next) {
  switch_to(next);
  follow_on_explorer();
}

// Under state matching what is followed stops at each choice, as it did when it was chosen. A thread that goes on
// without a switch would leave other bytes in the gaps of its stack, and states along the way would not be the same
// again.
void Execution::follow_on_explorer() {
  while (decide_on_explorer_ && stop_ == Stop::point && depth_ < followed_) {
    ++repeated_;
    switch_to(commit(choices_[depth_].value));
  }
}

// A log that grows while a thread runs would leave its traces on that thread's stack, in one execution and not in
// another that comes by the same state.
void Execution::make_room_in_logs() {
  constexpr std::size_t in_one_transition = 256;
  log_.steps.make_room(in_one_transition);
  log_.more.make_room(in_one_transition);
}

void Execution::stand_at(const Mark& mark) {
  depth_ = mark.depth;
  log_.steps.cut_to(mark.steps);
  log_.more.cut_to(mark.more);
  step_open_ = aside_.evaluating = tracking_ = aside_.initialising = false;
  reading_ = nullptr;
  timer_event_ = 0;
  stop_ = Stop::point;
}

Point Execution::point(PointId id, const Hash128* state) const {
  const WorldState& w = world();
  const bool value = w.core.asking != 0;
  return {id,
          depth(),
          value ? w.core.alternatives : 0,
          w.history.enabled,
          value ? w.core.asking - 1 : w.history.last_thread,
          state,
          *this};
}

// ---- scheduling ---------------------------------------------------------------------------------

// Inlined: each call that returns after a switch was made on another stack, and the processor predicts it wrongly.
// `matches`: decide_on_explorer_.
[[gnu::always_inline]] inline void Execution::switch_away(bool matches) {
  // `next_` names the destination, and is no local variable: a copy of it on this stack would be history in the state.
  ThreadState& self = world().threads[leaving_];
  self.error_number = *error_number;
  if (matches) self.float_control = float_control(settings_.recognises_states);
  self.caught_exceptions = exception_globals->caught;
  self.uncaught_exceptions = exception_globals->uncaught;
  Transfer transfer = {nullptr, nullptr};
  if (next_ == keeps_first) {
    transfer = save_fiber(keep_at, &mirror_);
    if (transfer.data != nullptr) {  // That was to keep it; else it is the thread's turn, in another execution.
      next_ = follow_decision();
      if (next_ == static_cast<int>(leaving_)) return;
      transfer.data = nullptr;
    }
  }
  if (transfer.from == nullptr) {
    arriving_ = &self.context;
    transfer = switch_fiber(next_ < 0 ? explorer_ : world().threads[next_].context, nullptr);
  }
  *arriving_ = transfer.from;
  *exception_globals = {self.caught_exceptions, self.uncaught_exceptions};
  *error_number = self.error_number;
}

// Either goes on at once or gives up control until it is this thread's turn.
[[gnu::always_inline]] inline void Execution::wait_for_turn(bool matches) {
  if (!goes_on()) switch_away(matches);
  if (aside_.unwinding) throw runtime::Unwind{};
}

namespace {

// Calls `wait`, which gives up control until it is this thread's turn, where states are matched. Above `live` lies the
// program's part of the stack, which is the state: the frame of this function begins with all registers that a callee
// must preserve, as they hold variables of the program. What lies below is racewalk's, and is cleared in the end from
// where `wait` says. Written in assembler, as a frame that the compiler lays out has gaps and dead slots. They would
// lie outside the state, and later shine through frames of the program: two executions that come by the same state
// would go on to different ones.
[[gnu::naked, gnu::noinline]] void stop_without_traces(Execution&, std::byte* (*)(Execution&, const std::byte*)) {
  asm("pushq %rbp\n\t"
      ".cfi_adjust_cfa_offset 8\n\t"
      ".cfi_rel_offset %rbp, 0\n\t"
      "pushq %r15\n\t"
      ".cfi_adjust_cfa_offset 8\n\t"
      ".cfi_rel_offset %r15, 0\n\t"
      "pushq %r14\n\t"
      ".cfi_adjust_cfa_offset 8\n\t"
      ".cfi_rel_offset %r14, 0\n\t"
      "pushq %r13\n\t"
      ".cfi_adjust_cfa_offset 8\n\t"
      ".cfi_rel_offset %r13, 0\n\t"
      "pushq %r12\n\t"
      ".cfi_adjust_cfa_offset 8\n\t"
      ".cfi_rel_offset %r12, 0\n\t"
      "pushq %rbx\n\t"
      ".cfi_adjust_cfa_offset 8\n\t"
      ".cfi_rel_offset %rbx, 0\n\t"
      "movq %rsi, %rax\n\t"
      "movq %rsp, %rsi\n\t"
      "pushq $0\n\t"  // Calls are made with the stack aligned to 16 bytes.
      ".cfi_adjust_cfa_offset 8\n\t"
      "call *%rax\n\t"
      "pxor %xmm0, %xmm0\n\t"
      "leaq -48(%rsp), %rcx\n\t"
      "jmp 2f\n\t"
      "1:\n\t"
      "movups %xmm0, (%rax)\n\t"
      "movups %xmm0, 16(%rax)\n\t"
      "movups %xmm0, 32(%rax)\n\t"
      "movups %xmm0, 48(%rax)\n\t"
      "addq $64, %rax\n\t"
      "2:\n\t"
      "cmpq %rcx, %rax\n\t"
      "jb 1b\n\t"
      "jmp 4f\n\t"
      "3:\n\t"
      "movups %xmm0, (%rax)\n\t"
      "addq $16, %rax\n\t"
      "4:\n\t"
      "cmpq %rsp, %rax\n\t"
      "jb 3b\n\t"
      "popq %rcx\n\t"
      ".cfi_adjust_cfa_offset -8\n\t"
      "popq %rbx\n\t"
      ".cfi_adjust_cfa_offset -8\n\t"
      "popq %r12\n\t"
      ".cfi_adjust_cfa_offset -8\n\t"
      "popq %r13\n\t"
      ".cfi_adjust_cfa_offset -8\n\t"
      "popq %r14\n\t"
      ".cfi_adjust_cfa_offset -8\n\t"
      "popq %r15\n\t"
      ".cfi_adjust_cfa_offset -8\n\t"
      "popq %rbp\n\t"
      ".cfi_adjust_cfa_offset -8\n\t"
      "ret");
}

}  // namespace

void Execution::stops_at(const std::byte* live) {
  ThreadState& self = world().threads[current_];
  self.live = live;
  plain_accesses_ |= self.kind == OperationKind::plain_read || self.kind == OperationKind::plain_write;
  if (!Arena::instance().stops_in_clear(current_, live)) stack_is_known_ = false;
}

std::byte* Execution::wait_matching(Execution& execution, const std::byte* live) {
  execution.stops_at(live);
  execution.wait_for_turn(true);
  return Arena::instance().clear_dead_stack(execution.current_);
}

std::byte* Execution::wait_before_operation_matching(Execution& execution, const std::byte* live) {
  execution.stops_at(live);
  execution.become_stopped();
  execution.wait_for_turn(true);
  execution.begin_step();
  current_heap = execution.current_;
  return Arena::instance().clear_dead_stack(execution.current_);
}

// Requires: `kind`, `object` and so on of the current thread's state say what it is about to do.
[[gnu::noinline]] void Execution::stop_before_operation() {
  if (decide_on_explorer_) return stop_without_traces(*this, wait_before_operation_matching);
  become_stopped();
  wait_for_turn(false);
  begin_step();
  current_heap = current_;
}

[[gnu::always_inline]] inline void Execution::become_stopped() {
  WorldState& w = world();
  ThreadState& self = thread_state(current_);
  current_heap = outside;
  self.status = ThreadStatus::stopped;
  if (self.remaining >= 0) [[unlikely]]
    arm_timer();
  if (self.ready != nullptr)
    w.core.conditional |= bit(current_);
  else if (self.remaining < 0)
    w.core.unconditional |= bit(current_);
}

namespace {

// At which begin_step() has more to do than to note the event.
constexpr bool is_special(OperationKind kind) {
  constexpr auto member = [](OperationKind it) { return std::uint64_t{1} << static_cast<unsigned>(it); };
  constexpr std::uint64_t special = member(OperationKind::await) | member(OperationKind::wait_multiple) |
                                    member(OperationKind::plain_read) | member(OperationKind::plain_write);
  static_assert(awaits_objects(OperationKind::await) && awaits_objects(OperationKind::wait_multiple));
  return kind < OperationKind{64} && (special >> static_cast<unsigned>(kind) & 1) != 0;
}

}  // namespace

[[gnu::always_inline]] inline void Execution::begin_step() {
  const ThreadState& self = thread_state(current_);
  std::uint64_t head = 0;
  static_assert(offsetof(ThreadState, object) - offsetof(ThreadState, status) == offsetof(Step, object) &&
                offsetof(ThreadState, synchronization) - offsetof(ThreadState, status) ==
                    offsetof(Step, synchronization));
  std::memcpy(&head, &self.status, sizeof head);
  begin_event((head & ~std::uint64_t{0xff}) | current_);
  const WorldCore& core = world().core;
  if (is_watched_ || is_special(self.kind) || (core.timed | core.process_count) != 0) [[unlikely]]
    begin_step_slowly();
}

std::uint32_t Execution::stop_for_value(std::uint32_t alternatives) {
  WorldState& w = world();
  current_heap = outside;
  w.core.asking = current_ + 1;
  w.core.alternatives = alternatives;
  stop_here();
  const std::uint32_t value = chosen_value_;
  Step& step = begin_event(head_of_event(OperationKind::choice));
  step.value = value;
  event_begun(step);
  current_heap = current_;
  return value;
}

[[gnu::noinline]] void Execution::stop_here() {
  if (decide_on_explorer_) return stop_without_traces(*this, wait_matching);
  wait_for_turn(false);
}

[[gnu::noinline]] void Execution::block_in_join(std::uint32_t target) {
  ThreadState& self = thread_state(current_);
  self.kind = OperationKind::thread_join;
  self.object = no_object;
  self.mode = AccessMode::none;
  self.join_target = static_cast<std::uint16_t>(target);
  self.status = ThreadStatus::stopped;
  world().core.joining |= bit(current_);
  current_heap = outside;
  if (decide_on_explorer_)
    stop_without_traces(*this, wait_matching);
  else
    wait_for_turn(false);
  current_heap = current_;
  finish_join(target);
}

[[gnu::noinline]] bool Execution::goes_on() {
  leaving_ = current_;
  next_ = world().core.asking != 0 ? decide_value() : decide_thread();
  return next_ == static_cast<int>(leaving_);
}

void Execution::switch_to_explorer() {
  leaving_ = current_;
  next_ = to_explorer;
  switch_away(decide_on_explorer_);
}

void Execution::keep_at(Context context) {
  Execution& execution = *instance_;
  world().threads[execution.leaving_].context = context;
  execution.keeper_->keep_point();
}

int Execution::follow_decision() {
  if (decision_.abandon) [[unlikely]] {
    stop_ = Stop::abandoned;
    return to_explorer;
  }
  return commit(decision_.choice);
}

int Execution::decide() {
  return decide_thread();
}

[[gnu::always_inline]] inline int Execution::decide_thread() {
  finish_step();
  WorldState& w = world();
  if (w.core.invariant_count != 0 && !invariants_hold()) {
    stop_ = Stop::violation;
    return to_explorer;
  }
  if (w.core.at_once != 0) {
    const ThreadId thread = first_in(w.core.at_once);
    w.core.at_once &= ~bit(thread);
    current_ = thread;
    return static_cast<int>(thread);
  }
  const std::uint64_t enabled = compute_enabled();
  w.history.enabled = enabled;
  if (enabled == 0) {
    const bool all_exited = w.core.exited == ~std::uint64_t{0} >> (64 - w.core.thread_count);
    stop_ = all_exited ? Stop::finished : Stop::deadlock;
    if (!all_exited) note_deadlock();
    return to_explorer;
  }
  return ask(0, enabled, w.history.last_thread);
}

int Execution::decide_value() {
  finish_step();
  if (world().core.invariant_count != 0 && !invariants_hold()) {
    stop_ = Stop::violation;
    return to_explorer;
  }
  return ask(world().core.alternatives, 0, world().core.asking - 1);
}

// Makes the choice that is due, or leaves it to the explorer.
[[gnu::always_inline]] inline int Execution::ask(std::uint32_t alternatives, std::uint64_t enabled, ThreadId thread) {
  if (depth_ >= asked_here_below_) [[unlikely]]
    return ask_elsewhere(alternatives, enabled);
  decision_ = search_->choose({next_point_, depth(), alternatives, enabled, thread, nullptr, *this});
  if (decision_.keep) return keeps_first;
  if (decision_.abandon) [[unlikely]]
    return follow_decision();
  return commit(decision_.choice, alternatives != 0);
}

// Where the search is not asked, or not here.
int Execution::ask_elsewhere(std::uint32_t alternatives, std::uint64_t enabled) {
  if (depth_ >= settings_.max_steps) {
    stop_ = Stop::step_limit;
    return to_explorer;
  }
  if (depth_ < followed_) {
    const Choice choice = choices_[depth_];
    const bool fits =
        choice.is_value == (alternatives != 0) &&
        (choice.is_value ? choice.value < alternatives : choice.value < 64 && (enabled & bit(choice.value)));
    if (fits && !decide_on_explorer_) {
      ++repeated_;
      return commit(choice.value);
    }
    stop_ = Stop::point;
    if (fits) return to_explorer;
    finding_ = {"self-contained",
                "run again along the same schedule, the program took another course: it depends on "
                "something outside that an execution changes",
                depth(), true};
    stop_ = Stop::violation;
    return to_explorer;
  }
  follow_nothing();
  stop_ = Stop::point;
  return to_explorer;
}

[[gnu::always_inline]] inline int Execution::commit(std::uint32_t choice) {
  return commit(choice, world().core.asking != 0);
}

[[gnu::always_inline]] inline int Execution::commit(std::uint32_t choice, bool is_value) {
  ++progress_;
  if (is_value || is_recorded_ || depth_ == choices_.size()) [[unlikely]] {
    commit_slowly(choice);
    return static_cast<int>(current_);
  }
  choices_[depth_++] = {choice, false};
  go_on_with(choice);
  return static_cast<int>(choice);
}

[[gnu::always_inline]] inline void Execution::go_on_with(ThreadId thread) {
  WorldState& w = world();
  SIM_CHECK((w.history.enabled & bit(thread)) != 0);
  w.core.unconditional &= ~bit(thread);
  w.core.conditional &= ~bit(thread);
  w.history.last_thread = thread;
  current_ = thread;
}

// The same where a value is chosen, or somebody records, or the path is longer than any before.
void Execution::commit_slowly(std::uint32_t choice) {
  WorldState& w = world();
  const bool is_value = w.core.asking != 0;
  if (depth_ == choices_.size()) choices_.resize(depth_ + 1);
  choices_[depth_] = {choice, is_value};
  if (journal_ != nullptr) journal_->record(depth_, choices_[depth_]);
  ++depth_;
  if (is_value) {
    SIM_CHECK(choice < w.core.alternatives);
    chosen_value_ = choice;
    current_ = w.core.asking - 1;
    w.core.asking = w.core.alternatives = 0;
    return;
  }
  if (trace_ != nullptr && choice != w.history.last_thread && (w.history.enabled & bit(w.history.last_thread)) != 0) {
    ++trace_->preemptions;
  }
  go_on_with(choice);
}

void Execution::reset_exception_globals() {
  *exception_globals = {nullptr, 0};
}

}  // namespace sim
