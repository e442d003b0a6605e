#include "explore/explorer.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>

namespace sim {

namespace {

std::atomic<bool> interrupted = false;
std::atomic<const std::atomic<bool>*> interrupted_by_parent = nullptr;
std::atomic<bool> others_are_interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

ExecutionSettings settings_of(const detail::Program& program, const Options& options) {
  ExecutionSettings settings;
  settings.run = program.run;
  settings.object = program.object;
  settings.max_steps = options.max_steps;
  settings.stack_bytes = options.stack_bytes;
  settings.free_time = options.time == Time::free;
  settings.logical = options.identity == StateIdentity::logical || options.count_logical_states;
  settings.unwind = options.unwind;
  settings.hang_seconds = options.hang_seconds;
  return settings;
}

}  // namespace

void interrupt() {
  interrupted.store(true, std::memory_order_relaxed);
}

void begin_uninterrupted() {
  interrupted.store(false, std::memory_order_relaxed);
}

void stop_when(const std::atomic<bool>* flag) {
  interrupted_by_parent.store(flag, std::memory_order_relaxed);
}

void leave_interruptions_to_others() {
  others_are_interrupted.store(true, std::memory_order_relaxed);
}

bool was_interrupted_here() {
  return interrupted.load(std::memory_order_relaxed);
}

bool is_interrupted() {
  const std::atomic<bool>* const by_parent = interrupted_by_parent.load(std::memory_order_relaxed);
  const bool here = was_interrupted_here() && !others_are_interrupted.load(std::memory_order_relaxed);
  return here || (by_parent != nullptr && by_parent->load(std::memory_order_relaxed));
}

Explorer::Explorer(const detail::Program& program, const Options& options, Search& search, bool clock_in_state)
    : options_(options),
      search_(search),
      execution_(Execution::instance()),
      settings_(settings_of(program, options)),
      snapshots_(options.snapshot_budget_bytes) {
  settings_.clock_in_state = clock_in_state;
  if (options.count_traces && !search.matches_states()) traces_.emplace();
}

Report Explorer::run() {
  begin_uninterrupted();
  execution_.goals().clear();
  execution_.forget_clock();
  execution_.set_next_point(1);
  transitions_before_ = execution_.transitions();
  search_.use(*this);
  if (traces_) execution_.watch_reads();
  execution_.set_finding_sink([this](const Finding& finding) {
    add_violation(finding, path_so_far());
    return options_.stop_at_first_violation;
  });
  if (checkpoints_ != nullptr) resume_saved();
  while (!should_stop()) {
    if (must_leave_part()) {
      leave_part();
      continue;
    }
    if (checkpoint_is_due_) write_checkpoint();
    if (snapshots_.is_thinned() && !told_scarce_) {
      told_scarce_ = true;
      search_.snapshots_are_scarce();
    }
    const std::optional<Branch> branch = search_.begin_execution();
    if (!branch) {
      if (has_begun_as_part()) continue;
      if (suspendable_ != nullptr && suspendable_->is_suspended()) {
        parts_->is_part() ? leave_part() : write_checkpoint();
        continue;
      }
      if (search_.starts_over()) {
        forget_results();
        continue;
      }
      report_.complete = search_.is_complete() && (parts_ == nullptr || !parts_->is_stopped());
      break;
    }
    // The search may have waited for other processes, and the last execution may be theirs.
    const bool may_be_too_late = parts_ != nullptr && suspendable_ == nullptr && options_.max_executions != 0;
    if (may_be_too_late && should_stop()) break;
    // What failed behind the point where it leaves the last execution is not part of this one.
    const bool is_foreseen = branch->outcome != nullptr;
    const std::uint32_t left_at = is_foreseen ? branch->depth : branch->depth - branch->foreseen;
    if (failed_depth_ > left_at) failed_depth_ = none_failed;
    if (branch->foreseen != 0) [[unlikely]] {
      execution_.pass(branch->foreseen);
      snapshots_.free_after(branch->left_at);
    }
    if (is_foreseen) {
      count_foreseen(*branch->outcome);
    } else {
      go_to(*branch);
      run_execution();
    }
    if (++rounds_ == next_check_of_outside_) check_outside();
    report_.transitions = execution_.transitions() - transitions_before_;
  }
  report_.transitions = execution_.transitions() - transitions_before_;
  if (checkpoints_ != nullptr && cut_short_) write_checkpoint();
  if (parts_ != nullptr && stopped_) parts_->stop();
  if (parts_ != nullptr) search_.gather_parts();
  if (rounds_ != 0) check_outside();
  execution_.set_finding_sink({});
  finish_report();
  return std::move(report_);
}

// The search found out that it began wrongly.
void Explorer::forget_results() {
  last_stop_.reset();
  stopped_ = false;
  failed_depth_ = none_failed;
  report_.reason.clear();
  report_.executions = report_.blocked_executions = report_.assumed_away = report_.failing_executions = 0;
  report_.cut_executions = report_.foreseen_executions = 0;
  report_.outcomes.clear();
  outcome_by_hash_.clear();
  last_outcome_ = nullptr;
  if (traces_) traces_->forget();
  report_.goals.clear();
  if (parts_ != nullptr) keep_violations_of_parts();
  of_parts_ = {};
  execution_.goals().clear();
  transitions_before_ = execution_.transitions();
  snapshots_.free_after(start_of_program);
}

// ---- one execution ------------------------------------------------------------------------------

// Inlined, so that fewer returns are mispredicted after a switch of fibers.
[[gnu::always_inline]] inline bool Explorer::decide_here() {
  const bool returned = came_back_;
  came_back_ = false;
  Hash128 state;
  const bool hash = must_hash() && !returned;
  if (hash) state = current_state();
  const bool recognises = settings_.recognises_states;
  if (recognises) [[unlikely]] {
    current_state();
    search_.recognise(scratch_.identifying_bytes());
  }
  const PointId id = returned ? branch_.point : last_point_ + 1;
  const Point point = execution_.point(id, hash ? &state : nullptr);
  const Decision decision = search_.choose(point);
  if (hash) count_logical_state(state);
  if (returned && !decision.abandon && !offers(point, decision.choice)) return took_another_course();
  // A point that the search has named was kept, and the program comes there for the first time.
  const bool has_none = returned && recognises && decision.keep && snapshots_.find(id) == nullptr;
  if (returned && !has_none) {
    if (!decision.keep) snapshots_.free(id);
  } else if (decision.keep) {
    last_point_ = std::max(last_point_, id);
    execution_.set_next_point(last_point_ + 1);
    if (options_.backtracking == Backtracking::snapshot) {
      if (scratch_is_current_)
        snapshots_.keep(id, execution_.depth(), scratch_);
      else
        snapshots_.keep(id, execution_.depth(), execution_);
      scratch_is_current_ = false;
    }
  }
  if (decision.abandon) {
    if (decision.keep) stands_at_ = id;
    return false;
  }
  execution_.resume(decision.choice);
  return true;
}

void Explorer::run_execution() {
  for (;;) {
    if (!execution_.stack_is_known()) [[unlikely]]
      make_stacks_known();
    switch (execution_.stop()) {
      case Execution::Stop::point:
        if (must_hash() && !came_back_ && ends_in_race()) return;
        if (!decide_here()) return end(Execution::Stop::abandoned);
        break;
      default:
        return end(execution_.stop());
    }
    scratch_is_current_ = false;
    // What a checkpoint can save lies between two executions.
    if (--until_check_ == 0 && should_stop() && checkpoints_ == nullptr) {
      execution_.leave();
      return;
    }
  }
}

bool Explorer::offers(const Point& point, std::uint32_t choice) {
  if (point.alternatives != 0) return choice < point.alternatives;
  return choice < max_threads && (point.enabled >> choice & 1) != 0;
}

// The program ran along a known schedule and did not arrive where it had been. Nothing explored from here on would mean
// anything, and the search would return to that point for ever.
bool Explorer::took_another_course() {
  add_violation({"self-contained",
                 "run again along the same schedule, the program took another course: it depends on something outside "
                 "that an execution changes",
                 execution_.depth(), true},
                path_so_far());
  stop_because("stopped because the program does not repeat itself");
  return false;
}

void Explorer::keep_point() {
  if (until_check_ > 1) --until_check_;
  if (options_.backtracking == Backtracking::snapshot) {
    snapshots_.keep(last_point_ + 1, execution_.depth(), execution_);
  }
  ++last_point_;
  execution_.set_next_point(last_point_ + 1);
}

// One for each state, by whichever way it was met first.
void Explorer::count_logical_state(const Hash128& state) {
  if (options_.count_logical_states && counted_states_.insert(state, 1).is_new) {
    logical_states_.insert(logical_identity(), 1);
    if (retraceable_ != nullptr) retraceable_->has_counted();
  }
}

bool Explorer::end_search_here(Ending ending) {
  if (!must_hash()) return search_.end_execution(ending, execution_, nullptr);
  const Hash128 state = current_state();
  count_logical_state(state);
  return search_.end_execution(ending, execution_, &state);
}

Hash128 Explorer::current_state() {
  scratch_.capture(execution_);
  scratch_is_current_ = true;
  return options_.identity == StateIdentity::logical ? logical_identity() : scratch_.identity();
}

// ---- ends ---------------------------------------------------------------------------------------

void Explorer::end(Execution::Stop stop) {
  last_stop_ = stop;
  if (repeating_) return end_repetition(stop);
  if (came_back_) took_another_course();
  const bool by_itself = stop == Execution::Stop::finished || stop == Execution::Stop::deadlock;
  const bool for_all = stop == Execution::Stop::violation;
  if (traces_ && (by_itself || for_all)) traces_->count(execution_, for_all);
  switch (stop) {
    case Execution::Stop::finished: {
      end_with_state(Ending::finished, has_data_race() ? "data-race" : "");
      break;
    }
    case Execution::Stop::deadlock:
      add_violation({"deadlock", execution_.describe_blocked(), execution_.depth(), true}, path_so_far());
      for (const std::string& property : execution_.unmet_in_deadlock()) {
        add_violation(
            {property, "it is false in a deadlock: " + execution_.describe_blocked(), execution_.depth(), true},
            path_so_far());
      }
      has_data_race();
      end_with_state(Ending::deadlock, "deadlock");
      break;
    case Execution::Stop::violation: {
      const Finding finding = execution_.finding();
      add_violation(finding, path_so_far());
      has_data_race();
      if (search_.end_execution(Ending::violation, execution_, nullptr)) count_execution(finding.property);
      break;
    }
    case Execution::Stop::step_limit: {
      cut_by_steps_ = true;
      cut_thread_ = std::to_string(execution_.point(0, nullptr).thread);
      has_data_race();
      if (end_search_here(Ending::step_limit) && !must_hash()) ++report_.cut_executions;
      break;
    }
    case Execution::Stop::assumed_away:
      has_data_race();  // What was violated before counts, as a failed check does.
      if (search_.end_execution(Ending::assumed_away, execution_, nullptr)) ++report_.assumed_away;
      break;
    default:
      if (search_.end_execution(Ending::abandoned, execution_, nullptr) && !must_hash()) ++report_.blocked_executions;
      break;
  }
  execution_.leave();
}

// Ends the execution if two threads are about to race. The schedule of the violation goes on until both have made their
// access; if one ends the execution (by a failed check, say) the other goes first.
bool Explorer::ends_in_race() {
  const auto race = co_enabled_race();
  if (!race) return false;
  current_state();
  for (const auto& [first, second] : {*race, std::pair(race->second, race->first)}) {
    execution_.resume(first);
    while (execution_.stop() == Execution::Stop::point && execution_.point(0, nullptr).alternatives != 0) {
      execution_.resume(0);
    }
    const bool goes_on =
        execution_.stop() == Execution::Stop::point || execution_.stop() == Execution::Stop::step_limit;
    std::vector<Choice> path = path_so_far();
    path.push_back({second, false});
    scratch_.restore(execution_);
    if (!goes_on) continue;
    add_violation({"data-race", "", static_cast<std::uint32_t>(path.size()), true}, std::move(path));
    if (!options_.stop_at_first_violation) return false;  // What comes after may violate more.
    end_with_state(Ending::violation, "data-race");
    execution_.leave();
    return true;
  }
  return false;
}

// A data race is found at the end of an execution, and has not cut it short.
void Explorer::end_with_state(Ending ending, const char* property) {
  if (listener_ != nullptr) outcome_count(property);
  if (!end_search_here(ending)) return;
  count_execution(property);
}

void Explorer::count_execution(const std::string& property) {
  ++report_.executions;
  count_if_failing();
  ++outcome_count(property);
}

void Explorer::count_if_failing() {
  if (failed_depth_ != none_failed && !must_hash()) ++report_.failing_executions;
}

void Explorer::count_foreseen(const Outcome& outcome) {
  ++report_.executions;
  ++report_.foreseen_executions;
  count_if_failing();
  ++outcome_count(outcome.hash, [&outcome] { return outcome.text; });
}

// How many executions had this execution's outcome.
std::uint64_t& Explorer::outcome_count(const std::string& property) {
  Hash128 hash = execution_.outcome_hash();
  if (!property.empty()) hash = mix(hash, hash_bytes(property.data(), property.size()).low);
  return outcome_count(hash, [&] {
    std::string outcome = execution_.outcome();
    if (!property.empty()) outcome += (outcome.empty() ? "" : " ") + property;
    return outcome;
  });
}

// `text`: makes it. Called if no execution had it before.
template <class Text>
std::uint64_t& Explorer::outcome_count(const Hash128& hash, Text text) {
  if (last_outcome_ != nullptr && last_outcome_hash_ == hash.low) return *last_outcome_;
  std::uint64_t*& count = outcome_by_hash_[hash.low];
  if (count == nullptr) {
    const std::string outcome = text();
    count = &report_.outcomes[outcome];
    if (listener_ != nullptr) listener_->ends_with(outcome);
  }
  last_outcome_ = count;
  last_outcome_hash_ = hash.low;
  return *count;
}

}  // namespace sim
