// When an exploration stops, what it holds meanwhile, and the last line of its report.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/check.hpp"
#include "explore/explorer.hpp"
#include "explore/report_codec.hpp"
#include "explore/workers/merge.hpp"

namespace sim {

namespace {

// Without trailing zeros.
std::string short_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", number);
  return text;
}

}  // namespace

std::string out_of_executions(const Options& options) {
  return "the budget of " + std::to_string(options.max_executions) +
         (options.max_executions == 1 ? " execution" : " executions") + " ran out (max_executions)";
}
std::string out_of_memory(const Options& options) {
  const std::uint64_t bytes = options.max_memory_bytes;
  constexpr std::uint64_t mebibyte = 1 << 20;
  const std::string budget = bytes < mebibyte ? std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes")
                                              : short_text(static_cast<double>(bytes) / mebibyte) + " MiB";
  return "the budget of " + budget + " of memory ran out (max_memory)";
}
std::string out_of_time(const Options& options) {
  return "the budget of " + short_text(options.max_seconds) + " s ran out (max_seconds)";
}
bool has_all_expected(const Options& options, const Report& report) {
  const auto violated = [&report](const std::string& property) {
    return std::ranges::find(report.violations, property, &Violation::property) != report.violations.end();
  };
  return !options.stop_after.empty() && std::ranges::all_of(options.stop_after, violated);
}

// ---- budgets ------------------------------------------------------------------------------------

// Parts of a kept exploration that is cut short are stopped once they are written down.
bool Explorer::stop_because(std::string reason) {
  if (parts_ != nullptr && !(suspendable_ != nullptr && cut_short_)) parts_->stop();
  if (!stopped_) report_.reason = std::move(reason);
  stopped_ = true;
  return true;
}

bool Explorer::cut_short_because(std::string reason) {
  if (suspendable_ != nullptr && parts_->is_part()) {
    parts_->ask_to_cut_short(reason);
    return false;
  }
  cut_short_ = cut_short_ || !stopped_;
  return stop_because(std::move(reason));
}

bool Explorer::should_stop() {
  if (stopped_) return true;
  if (parts_ != nullptr && were_parts_stopped()) return true;
  if (!report_.violations.empty()) {
    const bool has_all = have_all_expected();
    report_.stopped_by_violation = options_.stop_at_first_violation || has_all;
    if (options_.stop_at_first_violation) return stop_because(std::string(stopped_at_violation));
    if (has_all) return stop_because(std::string(stopped_at_all_expected));
  }
  if (options_.max_executions != 0) {
    const std::uint64_t mine = budgeted_executions();
    const std::uint64_t executions = parts_ != nullptr ? parts_->publish_executions(mine) : mine;
    if (executions >= options_.max_executions) return cut_short_because(out_of_executions(options_));
  }
  if (can_be_interrupted_ && is_interrupted()) return cut_short_because("interrupted");
  if (suspendable_ != nullptr && !parts_->is_part()) {
    if (std::string reason = parts_->why_to_cut_short(); !reason.empty()) return cut_short_because(std::move(reason));
  }
  if (until_check_ > 1 && until_check_ <= most_stops_between_checks) {
    --until_check_;
    return false;
  }
  std::uint64_t memory = memory_in_use();
  if (parts_ != nullptr) {
    memory = parts_->publish({budgeted_executions(), report_.transitions, memory}).memory_bytes;
  }
  report_.peak_memory_bytes = std::max(report_.peak_memory_bytes, memory);
  if (options_.max_memory_bytes != 0 && memory > options_.max_memory_bytes) {
    return cut_short_because(out_of_memory(options_));
  }
  const double seconds = seconds_since_start();
  plan_next_check(seconds);
  checkpoint_is_due_ =
      checkpoints_ != nullptr && (seconds >= next_checkpoint_ || (suspendable_ != nullptr && parts_->must_suspend()));
  if (options_.max_seconds > 0 && seconds >= options_.max_seconds) {
    return cut_short_because(out_of_time(options_));
  }
  const bool speaks = options_.progress && (parts_ == nullptr || !parts_->is_part());
  if (speaks && seconds >= next_progress_) report_progress(seconds);
  return false;
}

// Programs that take their time are not kept from it for long: a check costs less than a microsecond.
void Explorer::plan_next_check(double now) {
  constexpr double between_checks = 0.01;
  const double pace = std::min(2.0, between_checks / std::max(now - last_check_, 1e-9));
  const double stops = std::clamp<double>(stops_between_checks_ * pace, 1, most_stops_between_checks);
  stops_between_checks_ = static_cast<std::uint32_t>(stops);
  until_check_ = stops_between_checks_;
  last_check_ = now;
}

// All that took its time: an endless program has no others than those that the step limit cuts.
std::uint64_t Explorer::budgeted_executions() const {
  return report_.executions + report_.assumed_away + report_.cut_executions;
}

std::uint64_t Explorer::memory_in_use() const {
  const std::uint64_t logical = options_.count_logical_states ? logical_states_.bytes_to_grow() : 0;
  return snapshots_.bytes() + search_.memory_bytes() + scratch_.capacity() + logical;
}

void Explorer::report_progress(double seconds) {
  next_progress_ = seconds + 0.1;
  if (outside_ != nullptr && !repeating_) check_outside();
  Progress progress;
  progress.executions = budgeted_executions();
  progress.states = search_.states();
  progress.transitions = report_.transitions;
  if (parts_ != nullptr) {
    const ForkedParts::Totals totals = parts_->publish({progress.executions, report_.transitions, memory_in_use()});
    progress.executions = totals.executions;
    progress.transitions = totals.transitions;
  }
  progress.depth = execution_.depth();
  progress.memory_bytes = memory_in_use();
  progress.seconds = seconds;
  estimate_total(progress);
  options_.progress(progress);
  if (outside_ != nullptr) outside_->accept_changes();
}

// The spread is that of the estimates of the second half of the time so far.
void Explorer::estimate_total(Progress& progress) {
  progress.fraction_done = search_.fraction_done();
  if (progress.fraction_done <= 0) return;
  progress.estimated_executions = static_cast<double>(progress.executions) / progress.fraction_done;
  progress.seconds_left = progress.seconds * (1 - progress.fraction_done) / progress.fraction_done;
  estimates_.push_back(progress.estimated_executions);
  const auto late = estimates_.begin() + static_cast<std::ptrdiff_t>(estimates_.size() / 2);
  const auto [low, high] = std::minmax_element(late, estimates_.end());
  progress.estimate_low = *low;
  progress.estimate_high = *high;
}

double Explorer::seconds_since_start() const {
  return std::chrono::duration<double>(SteadyClock::now() - start_).count();
}

void Explorer::report_bounds() {
  const BoundsExplored* const bounds = search_.bounds();
  if (bounds == nullptr) return;
  report_.bound = {bounds->executions, bounds->completed, {}, bounds->exhausted};
  if (const std::uint32_t clean = std::min(bounds->completed, clean_bounds_); clean != 0)
    report_.bound->holds = clean - 1;
}

// ---- parts of other processes -------------------------------------------------------------------

void Explorer::share_with(ForkedParts& parts) {
  parts_ = &parts;
  parts.while_waiting([this] { look_while_waiting(); });
}

// Nothing else asks meanwhile whether to stop.
void Explorer::look_while_waiting() {
  const double seconds = seconds_since_start();
  const auto cut_short = [this](std::string reason) {
    if (suspendable_ != nullptr)
      parts_->ask_to_cut_short(reason);
    else
      cut_short_because(std::move(reason));
  };
  if (is_interrupted()) cut_short("interrupted");
  if (options_.max_seconds > 0 && seconds >= options_.max_seconds) cut_short(out_of_time(options_));
  const bool keeps_parts = suspendable_ != nullptr && checkpoints_ != nullptr;
  if (keeps_parts && seconds >= next_checkpoint_) parts_->ask_to_suspend();
  if (options_.progress && !parts_->is_part() && seconds >= next_progress_) report_progress(seconds);
}

// By this process, or by all that explore together.
bool Explorer::have_all_expected() const {
  if (has_all_expected(options_, report_)) return true;
  const std::size_t expected = options_.stop_after.size();
  if (parts_ == nullptr || expected == 0 || expected > 64) return false;
  std::uint64_t found = 0;
  for (std::size_t at = 0; at < expected; ++at) {
    const bool is_violated = std::ranges::find(report_.violations, options_.stop_after[at], &Violation::property) !=
                             report_.violations.end();
    found |= std::uint64_t{is_violated} << at;
  }
  return parts_->publish_found(found) == ~std::uint64_t{0} >> (64 - expected);
}

bool Explorer::has_begun_as_part() {
  if (parts_ == nullptr || !parts_->has_just_begun()) return false;
  begin_part();
  return true;
}

// In a process that was forked: what was counted before is its parent's.
void Explorer::begin_part() {
  report_ = of_parts_ = {};
  parts_are_complete_ = true;
  rounds_before_part_ = rounds_;
  checkpoints_ = nullptr;
  checkpoint_is_due_ = false;
  outcome_by_hash_.clear();
  last_outcome_ = nullptr;
  if (traces_) traces_->forget();
  execution_.goals().clear();
  execution_.keep_journal(nullptr);
  if (suspendable_ != nullptr) {
    if (const auto left = suspendable_->take_left()) go_on_with(*left);
  }
  transitions_before_ = execution_.transitions();
}

// With a part that another process has left.
void Explorer::go_on_with(const std::string& left) {
  snapshots_.free_after(start_of_program);
  stands_at_ = start_of_program;
  checkpoint::Reader from(left);
  load_place(from);
  repeat_last_execution();
}

// Each has explored something since the last time, or waits for others that have.
bool Explorer::must_leave_part() const {
  return suspendable_ != nullptr && parts_->is_part() && parts_->must_suspend() && rounds_ != rounds_before_part_;
}

// What this process has found, and what is left of its part. If all are to stop it goes on to where it does that.
void Explorer::leave_part() {
  suspendable_->collect_parts();
  collect_reports();
  if (parts_->is_stopped()) return;
  report_.transitions = execution_.transitions() - transitions_before_;
  Report so_far = report_so_far();
  so_far.complete = true;  // As far as it goes.
  if (traces_) so_far.traces += traces_->traces();
  parts_->publish({budgeted_executions(), report_.transitions, 0});
  checkpoint::Writer place;
  save_place(place);
  parts_->finish(encode(so_far), place.take(), true);
}

// False: there is nothing to be written down, as all begin again or have something to report.
bool Explorer::suspend_parts() {
  parts_->ask_to_suspend();
  suspendable_->collect_parts();
  parts_->end_suspension();
  collect_reports();
  return !parts_->must_start_over() && !parts_->is_stopped();
}

// One that was stopped to begin again goes on to where the search does that.
bool Explorer::were_parts_stopped() {
  if (!parts_->is_stopped() || (parts_->must_start_over() && !parts_->is_part())) return false;
  stopped_ = true;
  return true;
}

// All begin again, but what was violated was.
void Explorer::keep_violations_of_parts() {
  collect_reports();
  Report found;
  found.violations = std::move(of_parts_.violations);
  workers::merge(report_, found);
  of_parts_ = {};
  parts_are_complete_ = true;
}

void Explorer::collect_reports() {
  for (const std::string& bytes : parts_->take_reports()) {
    const std::optional<Report> part = decode(bytes);
    SIM_CHECK(part.has_value());
    workers::merge(of_parts_, *part);
    parts_are_complete_ = parts_are_complete_ && part->complete;
    report_.peak_memory_bytes = std::max(report_.peak_memory_bytes, part->peak_memory_bytes);
  }
}

void Explorer::merge_parts() {
  collect_reports();
  workers::merge(report_, of_parts_);
  report_.complete = report_.complete && parts_are_complete_;
  if (parts_->is_part()) return;
  if (const std::string reason = parts_->why_given_up(); !reason.empty()) report_.reason = reason;
  if (const std::uint32_t deaths = parts_->deaths(); deaths != 0) {
    report_.notes.push_back(std::to_string(deaths) + (deaths == 1 ? " worker" : " workers") +
                            " died; what it was exploring was explored again" +
                            (parts_->is_stopped() ? ", unless all had to stop before" : ""));
  }
}

void Explorer::finish_report() {
  report_bounds();
  report_.seconds = seconds_since_start();
  report_.states = search_.states();
  if (traces_) report_.traces = traces_->traces();
  if (must_hash()) {
    report_.hash_bits = VisitedSet::hash_bits;
    report_.omission_probability = omission_probability(report_.states, report_.hash_bits);
  }
  if (options_.count_logical_states) {
    report_.logical_states = std::max<std::uint64_t>(report_.logical_states, logical_states_.size());
  }
  report_.peak_memory_bytes = std::max(report_.peak_memory_bytes, memory_in_use());
  for (const auto& [goal, count] : execution_.goals()) report_.goals[std::string(goal)] += count;
  if (parts_ != nullptr) {
    parts_->publish({budgeted_executions(), report_.transitions, 0});
    merge_parts();
  }
  // Where livelocks are looked for, the graph of the states tells more.
  if (report_.complete && must_hash() && !options_.livelocks && report_.executions == 0 && report_.violations.empty() &&
      execution_.timers_waited()) {
    report_.complete = false;
    report_.reason = time_stands_still;
  }
  const bool cut = must_hash() ? search_.unexpanded_states() != 0 : cut_by_steps_;
  if (cut) {
    report_.complete = false;
    if (report_.reason.empty()) {
      report_.reason = "an execution was cut after " + std::to_string(options_.max_steps) +
                       " steps (max_steps) while thread " + cut_thread_ +
                       " kept running; if it polls, wait with sim::await" +
                       (must_hash() ? "" : ", or use the strategy stateful") + "; if it ends later, raise max_steps";
    }
  } else if (!report_.complete && report_.reason.empty() && !search_.is_complete()) {
    report_.reason = "a sample of the executions proves nothing";
  }
  if (!search_.is_complete()) report_.failure_rate = wilson_estimate(report_.failing_executions, report_.executions);
  if (const std::string remark = search_.remark(); !remark.empty()) {
    report_.reason += (report_.reason.empty() ? "" : "; ") + remark;
  }
  report_.verdict = verdict_of(report_);
}

Verdict verdict_of(const Report& report) {
  if (!report.violations.empty()) return Verdict::violated;
  return report.complete ? Verdict::holds : Verdict::inconclusive;
}

}  // namespace sim
