// What a running program leaves behind: events, goals, and the ways in which an execution ends.
#include <string>

#include "runtime/execution.hpp"

namespace sim {

using namespace runtime;

// ---- events -------------------------------------------------------------------------------------

[[gnu::noinline]] void Execution::begin_step() {
  const ThreadState& self = world().threads[current_];
  Step step;
  step.thread = static_cast<std::uint8_t>(current_);
  step.kind = self.kind;
  step.mode = self.mode;
  step.synchronization = self.synchronization;
  step.object = self.object;
  begin_event(step);
  if (self.kind == OperationKind::thread_sleep) fire_timer(current_);
  if (self.kind == OperationKind::await) track_predicate(self);
  if (self.kind == OperationKind::plain_read || self.kind == OperationKind::plain_write) plain_accesses_ = true;
}

// An await that goes on has read what its predicate reads: evaluated once more, now with its footprint.
void Execution::track_predicate(const ThreadState& waiting) {
  evaluating_ = tracking_ = true;
  current_heap = current_;
  waiting.ready(waiting.argument);
  current_heap = outside;
  evaluating_ = tracking_ = false;
}

void Execution::record_event(const Step& step) {
  Event event;
  event.thread = step.thread;
  event.occurrence = occurrences_[step.thread]++;
  event.operation = {step.kind, step.object};
  event.value = step.value;
  if (step.kind == OperationKind::choice) event.text = "-> " + std::to_string(step.value);
  trace_->append(std::move(event));
}

void Execution::remember_step() {
  const Step& step = log_.steps.back();
  if (settings_.logical) {
    Hash128& history = world().history.threads[step.thread];
    history = mix(mix(history, std::uint64_t{step.object} << 8 | static_cast<std::uint8_t>(step.kind)), step.value);
  }
  if (trace_ != nullptr) {
    Event& event = trace_->mutable_events().back();
    event.value = step.value;
    event.footprint.push_back({step.object, step.mode});
    for (const Access& access : log_.further(step)) event.footprint.push_back(access);
  }
}

void Execution::learn(std::uint64_t word) {
  if (settings_.logical) world().history.threads[current_] = mix(world().history.threads[current_], word);
}

void Execution::record_at_once(OperationKind kind, std::uint64_t value) {
  finish_step();
  const Slot heap = current_heap;
  current_heap = outside;
  Step step;
  step.thread = static_cast<std::uint8_t>(current_);
  step.kind = kind;
  step.value = value;
  begin_event(step);
  finish_step();
  current_heap = heap;
}

void Execution::goal(std::string_view name) {
  if (depth_ < followed_) return;  // Counted when it was reached first.
  ++goals_reached_;
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
  evaluating_ = tracking_ = false;
  finish_step();
  stop_ = stop;
  leaving_ = current_;
  next_ = to_explorer;
  switch_away();
  if (unwinding_) throw runtime::Unwind{};
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
  const Slot heap = current_heap;
  current_heap = outside;
  const bool ends = sink_ && sink_({std::string(property), std::string(detail), depth(), false});
  if (ends) end_with_violation(property, detail);
  current_heap = heap;
}

void Execution::crashed(std::string_view property, std::string_view detail) {
  current_heap = outside;
  evaluating_ = tracking_ = false;
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
