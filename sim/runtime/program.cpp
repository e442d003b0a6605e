#include "runtime/program.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include "base/check.hpp"
#include "runtime/arena.hpp"
#include "runtime/deadline.hpp"
#include "runtime/inside.hpp"

namespace sim::runtime {
namespace {

// Requires: scheduled().
void stop(OperationKind kind, ObjectId object, AccessMode mode, Ready ready, const void* argument,
          Synchronization synchronization) {
  Execution& running = Execution::existing();
  ThreadState& state = world().threads[running.current()];
  state.kind = kind;
  state.object = object;
  state.mode = mode;
  state.synchronization = synchronization;
  state.ready = ready;
  state.argument = argument;
  running.stop_before_operation();
}

// A program that catches everything has caught the Unwind, too: it is thrown again at its next operation.
void keep_unwinding() {
  if (execution().unwinding() && std::uncaught_exceptions() == 0) throw Unwind{};
}

// Inside a predicate nothing is scheduled; what it reads may be wanted for a footprint.
void track(ObjectId object) {
  if (current_heap == outside || !execution().evaluating() || object == no_object) return;
  execution().note_read(object);
  if (!execution().tracking()) return;
  const OutsideProgram racewalk;
  execution().add_access({object, AccessMode::read});
}

std::string type_and_number(std::string_view type, ObjectId object) {
  // Unnamed objects are numbered by type in the order of their first appearance in the trace.
  return std::string(type) + "@" + std::to_string(object);
}

}  // namespace

constinit std::atomic<std::uint8_t> observers = 0;

bool in_program() {
  return current_heap != outside;
}

bool is_unwinding() {
  return execution().unwinding();
}

bool is_recording() {
  return current_heap != outside && execution().trace() != nullptr && !execution().evaluating() &&
         !execution().unscheduled();
}

InitialState::InitialState() {
  execution().set_initialising(true);
}
InitialState::~InitialState() {
  execution().set_initialising(false);
}

ObjectId part_of(ObjectId object, std::uint32_t part) {
  return 0xc0000000 | static_cast<ObjectId>(mix({object, part}, 0x9a7).low & 0x3fffffff);
}

ObjectId object_at(const void* address) {
  if (Arena::contains(address)) [[likely]] {
    return static_cast<ObjectId>((reinterpret_cast<std::uintptr_t>(address) - Arena::base) >> 3) + 1;  // 0: no_object.
  }
  if (current_heap != outside) {
    violate("self-contained",
            "an object that was created outside the program is used in it; create it inside, so that each execution "
            "begins with a fresh one");
  }
  return no_object;
}

namespace {
[[gnu::noinline]] void announce_aside(const void* object) {
  keep_unwinding();
  if (object != nullptr && execution().evaluating()) track(object_at(object));
}
}  // namespace

void announce(OperationKind kind, const void* object, AccessMode mode, Synchronization synchronization) {
  if (!scheduled()) [[unlikely]]
    return announce_aside(object);
  stop(kind, object == nullptr ? no_object : object_at(object), mode, nullptr, nullptr, synchronization);
}

void begin_transition_behind_join() {
  if (scheduled() && execution().is_behind_join()) [[unlikely]]
    stop(OperationKind::thread_yield, no_object, AccessMode::none, nullptr, nullptr, Synchronization::none);
}

void announce_named(OperationKind kind, ObjectId object, AccessMode mode, Synchronization synchronization) {
  if (scheduled()) return stop(kind, object, mode, nullptr, nullptr, synchronization);
  keep_unwinding();
  track(object);
}

namespace {
// Where nothing is scheduled, nothing can become ready.
void require_ready(OperationKind kind, Ready ready, const void* argument) {
  keep_unwinding();
  if (execution().evaluating() || execution().unwinding() || ready(argument)) return;
  std::fprintf(stderr, "racewalk: %s would block for ever: no program is being explored here\n",
               std::string(to_text(kind)).c_str());
  std::abort();
}
}  // namespace

void announce_blocking(OperationKind kind, const void* object, AccessMode mode, Ready ready, const void* argument,
                       Synchronization synchronization) {
  if (!scheduled()) return require_ready(kind, ready, argument);
  stop(kind, object == nullptr ? no_object : object_at(object), mode, ready, argument, synchronization);
}

void announce_blocking_named(OperationKind kind, ObjectId object, AccessMode mode, Ready ready, const void* argument,
                             Synchronization synchronization) {
  if (!scheduled()) return require_ready(kind, ready, argument);
  stop(kind, object, mode, ready, argument, synchronization);
}

bool announce_timed(OperationKind kind, ObjectId object, AccessMode mode, Ready ready, const void* argument,
                    std::int64_t nanoseconds, Synchronization synchronization) {
  if (!scheduled()) {
    keep_unwinding();
    return !execution().unwinding() && ready(argument);
  }
  begin_transition_behind_join();
  self().remaining = nanoseconds;
  stop(kind, object, mode, ready, argument, synchronization);
  return !execution().timed_out();
}

void disarm(ThreadId thread) {
  if (!scheduled()) return;
  const OutsideProgram racewalk;
  execution().disarm(thread);
}

void access(ObjectId object, AccessMode mode) {
  if (!scheduled()) return track(object);
  begin_transition_behind_join();
  const OutsideProgram racewalk;
  execution().add_access({object, mode});
}

bool wants_footprints() {
  return in_program() && execution().wants_footprints();
}

void set_access(ObjectId object, AccessMode mode, Synchronization synchronization) {
  if (!scheduled()) return;
  execution().running_step().object = object;
  set_mode(mode, synchronization);
}

void set_mode(AccessMode mode, Synchronization synchronization) {
  if (!scheduled()) return;
  Step& step = execution().running_step();
  step.mode = mode;
  step.synchronization = synchronization;
}

void set_value(std::uint64_t value) {
  if (scheduled()) [[likely]]
    Execution::existing().running_step().value = value;
}

void learned(std::uint64_t word) {
  if (scheduled()) execution().learn(word);
}

void object_changed(ObjectId object, std::uint64_t before, std::uint64_t after) {
  Hash128& sum = world().history.objects;
  sum -= mix({object, before}, before);
  sum += mix({object, after}, after);
}

void set_text(std::string_view text) {
  const OutsideProgram racewalk;
  execution().trace()->mutable_events().back().text = text;
}

void name_object(const void* address, std::string_view name, std::string_view type, std::uint32_t parts) {
  const ObjectId object = object_at(address);
  const OutsideProgram racewalk;
  const std::string spelled = name.empty() ? type_and_number(type, object) : std::string(name);
  name_object(object, spelled);
  for (std::uint32_t part = 0; part < parts; ++part) name_object(part_of(object, part), spelled);
}

void name_object(ObjectId object, std::string_view name) {
  const OutsideProgram racewalk;
  execution().object_named(object, name);
}

void add_note(std::string_view text) {
  const OutsideProgram racewalk;
  if (execution().trace()->events().empty()) return;
  execution().trace()->mutable_events().back().notes.emplace_back(text);
}

std::size_t copy_thread_name(std::span<char> out) {
  const std::span<const std::string> names = execution().trace()->thread_names();
  const ThreadId thread = this_thread();
  return thread < names.size() ? names[thread].copy(out.data(), out.size()) : 0;
}

std::uint32_t choose(std::uint32_t alternatives) {
  if (!acting() || alternatives < 2) return 0;
  begin_transition_behind_join();
  return execution().stop_for_value(alternatives);
}

namespace {
// What ends the execution conflicts with whatever others would have done; where all others have ended, with nothing.
void begin_end_behind_join() {
  if (!scheduled()) return;
  const WorldCore& core = world().core;
  const std::uint64_t all = ~std::uint64_t{0} >> (max_threads - core.thread_count);
  if ((core.exited | std::uint64_t{1} << execution().current()) != all) begin_transition_behind_join();
}
}  // namespace

void violate(std::string_view property, std::string_view detail) {
  if (execution().unwinding()) execution().give_up_unwinding();
  begin_end_behind_join();
  if (current_heap != outside) execution().end_with_violation(property, detail);
  std::fprintf(stderr, "racewalk: %.*s violated outside of an exploration: %.*s\n", static_cast<int>(property.size()),
               property.data(), static_cast<int>(detail.size()), detail.data());
  std::abort();
}

void report_violation(std::string_view property, std::string_view detail) {
  if (!acting()) return;
  execution().soft_violation(property, detail);
  execution().forget_own_frames();
}

void assume_failed() {
  if (acting()) {
    begin_end_behind_join();
    if (world().core.invariant_count != 0) execution().check_invariants();
    execution().end_with(Execution::Stop::assumed_away);
  }
  std::fprintf(stderr, "racewalk: sim::assume failed outside of an exploration\n");
  std::abort();
}

void reach(std::string_view goal) {
  if (!acting()) return;
  execution().goal(goal);
  execution().forget_own_frames();
}

namespace {
void observe(std::string_view name, std::int64_t number, std::string_view text, std::uint32_t text_size) {
  if (!acting()) return;
  void* const memory = ::operator new(sizeof(Observation) + name.size() + text.size());
  auto* const observation =
      new (memory) Observation{self().observations, number, static_cast<std::uint32_t>(name.size()), text_size};
  auto* const characters = reinterpret_cast<char*>(observation + 1);
  std::memcpy(characters, name.data(), name.size());
  if (!text.empty()) std::memcpy(characters + name.size(), text.data(), text.size());
  self().observations = observation;
  ++world().history.observations;
}
}  // namespace

void observe_integer(std::string_view name, std::int64_t value) {
  observe(name, value, {}, Observation::no_text);
}
void observe_text(std::string_view name, std::string_view value) {
  observe(name, 0, value, static_cast<std::uint32_t>(value.size()));
}

std::int64_t now() {
  if (!in_program()) return 0;
  execution().clock_is_read();
  access(virtual_clock_object, AccessMode::read);
  if (keeps_logical_state()) learned(static_cast<std::uint64_t>(world().history.now));
  return world().history.now;
}

void sleep(std::int64_t nanoseconds) {
  if (!scheduled()) return;
  begin_transition_behind_join();
  self().remaining = nanoseconds;
  stop(OperationKind::thread_sleep, no_object, AccessMode::none, nullptr, nullptr, Synchronization::none);
}

Deadline::Deadline(std::int64_t nanoseconds) : state_{nanoseconds, nullptr}, counts_(scheduled()) {
  if (!counts_) return;
  access(virtual_clock_object, AccessMode::read);
  state_.outer = self().deadlines;
  self().deadlines = &state_;
}

Deadline::~Deadline() {
  if (counts_) self().deadlines = state_.outer;
}

// A predicate may throw or crash; what it does belongs to the program, not to the scheduler that asks.
bool evaluate_safely(bool (*holds)(const void*), const void* argument) noexcept {
  try {
    return holds(argument);
  } catch (const std::exception& error) {
    execution().end_with_violation("uncaught-exception", error.what());
  } catch (...) {
    execution().end_with_violation("uncaught-exception", "a predicate throws an exception that is no std::exception");
  }
}

namespace {

struct Predicate {
  bool (*holds)(const void*);
  const void* argument;
};
bool evaluate(const void* predicate) {
  const auto& it = *static_cast<const Predicate*>(predicate);
  return evaluate_safely(it.holds, it.argument);
}

}  // namespace

std::uint64_t awaited_code(const void* argument) {
  std::uint64_t first_word = 0;  // Of a Predicate its code.
  std::memcpy(&first_word, argument, sizeof first_word);
  return first_word;
}

void await(bool (*predicate)(const void* argument), const void* argument) {
  const Predicate wrapped{predicate, argument};
  announce_blocking(OperationKind::await, nullptr, AccessMode::none, evaluate, &wrapped, Synchronization::acquire);
}

namespace {
void judge_at_end_of_object(const void* object) {
  if (!Arena::contains(object)) return;
  begin_transition_behind_join();
  execution().judge_liveness_of_object(object_at(object));
  execution().forget_own_frames();
}
}  // namespace

void invariant(std::string_view property, bool (*predicate)(const void* argument), const void* argument) {
  if (!acting()) return;
  begin_transition_behind_join();
  execution().add_invariant({predicate, argument, property.data(), static_cast<std::uint32_t>(property.size()),
                             static_cast<std::uint16_t>(execution().current())});
}

// No other thread can notice the statement itself, only what comes of it at the end.
void eventually(std::string_view property, bool (*predicate)(const void* argument), const void* argument) {
  if (!acting()) return;
  execution().add_liveness({predicate, argument, property.data(), static_cast<std::uint32_t>(property.size()),
                            static_cast<std::uint16_t>(execution().current())});
}

void object_ends(const void* object) {
  if (!scheduled() || world().core.invariant_count == 0) return;
  execution().check_invariants();
  if (execution().has_liveness()) judge_at_end_of_object(object);
}

}  // namespace sim::runtime
