// How an exploration is kept, and how another process goes on with it. What it knows is saved between two executions.
// Snapshots are not: the new process runs the last execution once more, and takes them again on the way. It counts
// nothing of that.
#include <algorithm>
#include <bit>

#include "explore/explorer.hpp"
#include "explore/report_codec.hpp"
#include "explore/workers/merge.hpp"

namespace sim {

using checkpoint::Error;
using checkpoint::Reader;
using checkpoint::Writer;

void Explorer::keep(Checkpoints& checkpoints) {
  checkpoints_ = &checkpoints;
  start_ -=
      std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(checkpoints.seconds_before));
  resumable_ = dynamic_cast<checkpoint::Resumable*>(&search_);
  if (resumable_ == nullptr) {
    throw Error("the strategy " + std::string(to_text(options_.strategy)) + " cannot keep checkpoints");
  }
  retraceable_ = dynamic_cast<checkpoint::Retraceable*>(&search_);
  if (parts_ != nullptr) suspendable_ = dynamic_cast<checkpoint::Suspendable*>(&search_);
  next_checkpoint_ = seconds_since_start() + options_.checkpoint_seconds;
}

// ---- saving -------------------------------------------------------------------------------------

// If writing takes long, it is done less often: a tenth of the time is the most.
// Before the first execution there is nothing to save: the file says so, or holds what an earlier process found.
void Explorer::write_checkpoint() {
  if (!last_stop_) return;
  checkpoint_is_due_ = false;
  const double begun = seconds_since_start();
  if (suspendable_ == nullptr || suspend_parts()) checkpoints_->write([this](Writer& to) { save(to); });
  const double ended = seconds_since_start();
  next_checkpoint_ = ended + std::max(options_.checkpoint_seconds, 9 * (ended - begun));
  if (suspendable_ == nullptr || cut_short_ || parts_->is_stopped()) return;
  suspendable_->fork_suspended();
  has_begun_as_part();
}

void Explorer::save(Writer& to) const {
  to.number(std::bit_cast<std::uint64_t>(seconds_since_start()));
  to.text(encode(report_so_far()));
  to.flag(cut_by_steps_);
  to.text(cut_thread_);
  to.number(clean_bounds_);
  to.number(rounds_);
  to.number(next_check_of_outside_);
  to.number(execution_.clock_marks());
  to.number(last_point_);
  to.flag(traces_.has_value());
  if (traces_) traces_->save(to);
  save_place(to);
}

void Explorer::save_place(Writer& to) const {
  const auto waits_behind = resumable_->waits_behind();
  to.number(static_cast<std::uint64_t>(waits_behind ? Execution::Stop::abandoned : *last_stop_));
  to.choices(waits_behind ? *waits_behind : path_so_far());
  to.flag(!waits_behind);
  to.hash(waits_behind ? Hash128() : hash_of_log());
  resumable_->save(to);
}

Report Explorer::report_so_far() const {
  Report partial = report_;
  partial.transitions = execution_.transitions() - transitions_before_;
  if (options_.count_logical_states) partial.logical_states = logical_states_.size();
  partial.reason.clear();
  partial.stopped_by_violation = false;
  for (const auto& [goal, count] : execution_.goals()) partial.goals[std::string(goal)] += count;
  workers::merge(partial, of_parts_);
  return partial;
}

// Of what the last execution did. Where states are matched the log is that of many pasts; where threads were unwound
// it goes on.
Hash128 Explorer::hash_of_log() const {
  Hash128 hash;
  if (must_hash() || options_.unwind) return hash;
  for (const Step& step : execution_.log().steps) {
    hash = mix(mix(hash, std::uint64_t{step.object} << 16 | std::uint64_t{step.thread} << 8 |
                             static_cast<std::uint64_t>(step.kind)),
               step.more_count);
  }
  return hash;
}

// ---- resuming -----------------------------------------------------------------------------------

void Explorer::resume_saved() {
  auto from = checkpoints_->take_saved();
  if (!from) return;
  load(*from);
  const std::uint64_t transitions = report_.transitions;
  if (retraceable_ != nullptr) {
    resume_retraceable(*from);
  } else if (to_repeat_) {
    repeat_last_execution();
  }
  transitions_before_ = execution_.transitions() - transitions;
  if (suspendable_ == nullptr) return;
  suspendable_->fork_suspended();
  has_begun_as_part();
}

// It may take long, and is not done in vain. What was not brought back is not saved: the file stays as it is.
void Explorer::resume_retraceable(Reader& from) {
  const bool has_ended = should_stop() || !retrace(*retraceable_, from);
  if (has_ended) {
    cut_short_because("interrupted");
    last_stop_.reset();
    return;
  }
  check_end(from);
  checkpoint_is_due_ = false;
  next_checkpoint_ = seconds_since_start() + options_.checkpoint_seconds;
}

void Explorer::check_end(const Reader& from) const {
  if (from.left() != 0) throw Error(checkpoints_->file() + ": the checkpoint is damaged: there is more than it says");
}

void Explorer::load(Reader& from) {
  auto report = decode(from.text());
  if (!report) throw Error(checkpoints_->file() + ": the checkpoint is damaged: its report cannot be read");
  report_ = std::move(*report);
  cut_by_steps_ = from.flag();
  cut_thread_ = from.text();
  clean_bounds_ = static_cast<std::uint32_t>(from.number());
  rounds_ = from.number();
  next_check_of_outside_ = from.number();
  execution_.learn_clock_marks(static_cast<std::uint32_t>(from.below(8)));
  last_point_ = from.number();
  execution_.set_next_point(last_point_ + 1);
  if (from.flag() && traces_) traces_->load(from);
  of_parts_.traces = std::exchange(report_.traces, 0);
  load_place(from);
  if (retraceable_ == nullptr) check_end(from);
}

void Explorer::load_place(Reader& from) {
  constexpr auto stops = static_cast<std::uint64_t>(Execution::Stop::abandoned) + 1;
  last_stop_ = static_cast<Execution::Stop>(from.below(stops));
  std::vector<Choice> path = from.choices();
  const bool is_whole = from.flag();
  const Hash128 log = from.hash();
  if (resumable_->repeats()) to_repeat_ = {*last_stop_, path, is_whole, log};
  resumable_->load(from, std::move(path));
}

void Explorer::repeat_last_execution() {
  const std::uint64_t reexecutions = report_.reexecutions;
  repeating_ = true;
  go_to(Branch{});
  run_execution();
  repeating_ = false;
  report_.reexecutions = reexecutions;
  execution_.goals().clear();
}

void Explorer::does_not_repeat() {
  execution_.leave();
  execution_.set_finding_sink({});
  throw Error(checkpoint::does_not_repeat(options_.checkpoint_file));
}

void Explorer::end_repetition(Execution::Stop stop) {
  const bool same = stop == to_repeat_->stop && execution_.depth() == to_repeat_->path.size() &&
                    (!to_repeat_->is_whole || hash_of_log() == to_repeat_->log);
  if (!same) does_not_repeat();
  switch (stop) {
    case Execution::Stop::finished:
      resumable_->end_repetition(Ending::finished, execution_);
      break;
    case Execution::Stop::deadlock:
      resumable_->end_repetition(Ending::deadlock, execution_);
      break;
    case Execution::Stop::violation:
      resumable_->end_repetition(Ending::violation, execution_);
      break;
    case Execution::Stop::step_limit:
      resumable_->end_repetition(Ending::step_limit, execution_);
      break;
    case Execution::Stop::assumed_away:
      resumable_->end_repetition(Ending::assumed_away, execution_);
      break;
    default:
      resumable_->end_repetition(Ending::abandoned, execution_);
      break;
  }
  execution_.leave();
}

}  // namespace sim
