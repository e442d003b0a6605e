// What a checkpoint of several workers says: what was found; what the parent must do before there can be workers; and
// the states. Where each worker stood is not said. Whatever is neither expanded nor an end is to be expanded, by
// anybody.
#include "explore/worker_checkpoint.hpp"

#include <bit>
#include <utility>

#include "explore/report_codec.hpp"
#include "runtime/execution.hpp"
#include "runtime/liveness_numbers.hpp"

namespace sim {

using checkpoint::Error;
using checkpoint::Writer;

void WorkersCheckpoint::require_workers(const Checkpoints& checkpoints) {
  if (!checkpoints.has_saved() || is_run_of_workers(checkpoints.run)) return;
  throw Error(checkpoints.file() +
              ": this is a checkpoint of an exploration with one worker; resume with --workers 1, or explore from "
              "the start, without resuming");
}

WorkersCheckpoint::WorkersCheckpoint(Checkpoints& checkpoints) : checkpoints_(checkpoints) {
  from_ = checkpoints.take_saved();
  if (!from_) return;
  clock_in_state = (checkpoints.run & with_clock) != 0;
  compare_depths = (checkpoints.run & with_depths) != 0;
  auto report = decode(from_->text());
  if (!report) throw Error(checkpoints.file() + ": the checkpoint is damaged: its report cannot be read");
  report_ = std::move(*report);
  clock_marks_ = static_cast<std::uint32_t>(from_->below(8));
  const std::vector<std::uint64_t> liveness = from_->words<std::uint64_t>();
  runtime::LivenessNumbers::instance().learn(liveness, from_->flag());
  for (std::uint64_t left = from_->count(); left > 0; --left) static_makers.emplace_back(from_->choices());
}

void WorkersCheckpoint::load(SharedStates& states) {
  ways_ = states.load(*from_);
}

bool WorkersCheckpoint::bring_back(const std::function<Options(workers::Worker& worker)>& options, unsigned workers,
                                   SharedStates& states, const std::function<bool()>& must_stop) {
  const Retraced retraced = retrace_in_workers(options, workers, states, *ways_, retrace, must_stop);
  if (retraced == Retraced::stopped) return false;
  ways_.reset();
  if (retraced == Retraced::not_repeated || !states.load_graph(*from_)) {
    throw Error(checkpoint::does_not_repeat(checkpoints_.file()));
  }
  if (from_->left() != 0) {
    throw Error(checkpoints_.file() + ": the checkpoint is damaged: there is more than it says");
  }
  from_.reset();
  return true;
}

void WorkersCheckpoint::write(const Report& report, std::uint32_t clock_marks, double seconds,
                              const SharedStates& states) {
  checkpoints_.run = by_workers | (clock_in_state ? with_clock : 0) | (compare_depths ? with_depths : 0);
  checkpoints_.write([&](Writer& to) {
    to.number(std::bit_cast<std::uint64_t>(seconds));
    to.text(encode(report));
    to.number(clock_marks);
    const runtime::LivenessNumbers& liveness = runtime::LivenessNumbers::instance();
    to.words(std::span<const std::uint64_t>(liveness.keys()));
    to.flag(liveness.are_used_up());
    to.number(static_makers.size());
    for (const Schedule& schedule : static_makers) to.choices(schedule.choices());
    states.save(to);
  });
}

}  // namespace sim
