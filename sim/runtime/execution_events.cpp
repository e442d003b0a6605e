// What a running program leaves behind: events, goals, and the ways in which an execution ends.
#include <algorithm>
#include <string>

#include "runtime/execution.hpp"

namespace sim {

using namespace runtime;

// ---- events -------------------------------------------------------------------------------------

// What few steps need, for those that may need it.
void Execution::begin_step_slowly() {
  const ThreadState& self = world().threads[current_];
  event_begun(running_step());
  if (self.process != default_process) depend_on_life_of(current_);
  if (is_timed(current_)) end_timed_wait();
  if (awaits_objects(self.kind)) track_predicate(self);
  if (self.kind == OperationKind::plain_read || self.kind == OperationKind::plain_write) plain_accesses_ = true;
}

void Execution::tell_of_event(const Step& step) {
  step_open_ = true;
  if (trace_ == nullptr) return;
  Event event;
  event.thread = step.thread;
  event.occurrence = occurrences_[step.thread]++;
  event.operation = {step.kind, step.object};
  event.value = step.value;
  if (step.kind == OperationKind::choice) event.text = "-> " + std::to_string(step.value);
  trace_->append(std::move(event));
}

// What primitives and finish_step() ask first.
void Execution::tell_observers() {
  const int who = (trace_ != nullptr ? trace_observer : 0) | (settings_.logical ? state_observer : 0) |
                  (wants_names_ ? name_observer : 0);
  observers.store(static_cast<std::uint8_t>(who), std::memory_order_relaxed);
  is_watched_ = who != 0;
}

void Execution::object_named(ObjectId object, std::string_view name) {
  if (trace_ != nullptr && !aside_.evaluating && !unscheduled()) trace_->name_object(object, std::string(name));
  if (wants_names_) search_->object_named(object, name);
}

void Execution::remember_step() {
  if (!step_open_) return;
  step_open_ = false;
  const Step& step = log_.steps.back();
  if (settings_.logical) {
    Hash128& history = world().history.threads[step.thread];
    history = mix(mix(history, std::uint64_t{step.object} << 8 | static_cast<std::uint8_t>(step.kind)), step.value);
  }
  if (trace_ != nullptr) {
    Event& event = trace_->mutable_events().back();
    event.value = step.value;
    event.operation.object = step.object;
    event.footprint.push_back({step.object, step.mode});
    for (const Access& access : log_.further(step)) event.footprint.push_back(access);
  }
}

void Execution::add_access(Access access) {
  const auto begins_transition = [](const Step& step) {
    return step.kind == OperationKind::choice || !executes_at_once(step.kind);
  };
  std::size_t steps = log_.steps.size();
  while (steps > 0 && !begins_transition(log_.steps[steps - 1])) --steps;
  if (steps == 0) return;  // The initial state: nothing comes before it.
  log_.more.push_back(access);
  ++log_.steps[steps - 1].more_count;
  const bool is_over = steps < log_.steps.size() || !step_open_;
  if (trace_ != nullptr && is_over) trace_->mutable_events()[steps - 1].footprint.push_back(access);
}

void Execution::learn(std::uint64_t word) {
  if (settings_.logical) world().history.threads[current_] = mix(world().history.threads[current_], word);
}

void Execution::record_at_once_slowly(OperationKind kind, std::uint64_t value) {
  const OutsideProgram racewalk;
  finish_step();
  Step& step = begin_event(head_of_event(kind));
  step.value = value;
  event_begun(step);
  finish_step();
}

void Execution::goal(std::string_view name) {
  if (depth_ < followed_ || stops_after_following_) return;  // Counted when it was reached first.
  ++goals_reached_;
  ++remarks_;
  for (auto& [known, count] : goals_) {
    if (known.data() == name.data()) {
      ++count;
      return;
    }
  }
  const OutsideProgram racewalk;
  goals_.emplace_back(name, 1);
}

// ---- ends ---------------------------------------------------------------------------------------

void Execution::end_with(Stop stop) {
  current_heap = outside;
  aside_.evaluating = tracking_ = false;
  finish_step();
  stop_ = stop;
  switch_to_explorer();
  if (aside_.unwinding) throw runtime::Unwind{};
  std::terminate();
}

void Execution::end_with_violation(std::string_view property, std::string_view detail) {
  current_heap = outside;
  finding_ = {std::string(property), std::string(detail), depth(), true};
  end_with(Stop::violation);
}

void Execution::give_up_unwinding() {
  current_heap = outside;
  world().threads[current_].context = nullptr;
  arriving_ = &nowhere_;
  switch_fiber(explorer_, nullptr);
  std::terminate();
}

void Execution::soft_violation(std::string_view property, std::string_view detail) {
  if (depth_ < followed_ || stops_after_following_) return;  // Recorded when it happened first.
  ++remarks_;
  const Slot heap = current_heap;
  current_heap = outside;
  const bool ends = sink_ && sink_({std::string(property), std::string(detail), depth(), false});
  if (ends) end_with_violation(property, detail);
  current_heap = heap;
}

void Execution::crashed(std::string_view property, std::string_view detail) {
  current_heap = outside;
  aside_.evaluating = tracking_ = false;
  finding_ = {std::string(property), std::string(detail), depth(), true};
  stop_ = Stop::violation;
  world().threads[current_].context = nullptr;  // Its stack cannot be trusted, not even to be unwound.
  arriving_ = &nowhere_;
  switch_fiber(explorer_, nullptr);
  std::terminate();
}

std::string Execution::describe_blocked(const std::set<ThreadId>& without) const {
  std::string text;
  for (ThreadId thread = 0; thread < thread_count(); ++thread) {
    const ThreadState& state = world().threads[thread];
    if (state.status == ThreadStatus::exited || without.contains(thread)) continue;
    if (!text.empty()) text += ", ";
    text += (trace_ != nullptr ? trace_->thread_names()[thread] : "thread " + std::to_string(thread)) + " in " +
            std::string(to_text(state.kind));
    if (trace_ != nullptr && state.object != no_object) text += " " + trace_->object_name(state.object);
  }
  return text;
}

}  // namespace sim
