// How an exploration that matches states is brought back to where another process left it: the transitions by which
// each state was first met are made again, depth first, so that snapshots are needed along one way only. Nothing of it
// is counted, and no violation is looked for.
#include <algorithm>
#include <utility>
#include <vector>

#include "explore/explorer.hpp"

namespace sim {

using checkpoint::Retraceable;

// `way`: by depth, the kept points on the way to the step before. The execution stands at that one's end, if at any
// point: at `stands_at_`.
void Explorer::step_again(const Retraceable::Step& step, std::vector<PointId>& way) {
  execution_.follow_nothing();
  way.resize(std::min<std::size_t>(way.size(), step.depth));
  const PointId stood_at = std::exchange(stands_at_, start_of_program);
  if (step.depth == 0) {
    snapshots_.free_after(start_of_program);
    return execution_.start(settings_, search_, *this);
  }
  if (way.size() != step.depth) does_not_repeat();
  snapshots_.free_after(way.back());
  if (way.back() == stood_at) {
    execution_.stand_still();
  } else if (const Snapshot* const snapshot = snapshots_.find(way.back())) {
    snapshot->restore(execution_);
  } else {
    std::uint32_t depth = 0;
    const Snapshot* const nearest = snapshots_.nearest_before(way.back(), depth);
    execution_.follow(step.depth - 1);
    if (nearest == nullptr) {
      execution_.start(settings_, search_, *this);
    } else {
      nearest->restore(execution_);
      execution_.resume(execution_.choices()[depth].value);
    }
    execution_.follow_nothing();
  }
  const bool stands = execution_.stop() == Execution::Stop::point && execution_.depth() == step.depth - 1;
  if (!stands) does_not_repeat();
  const Point point = execution_.point(0, nullptr);
  if (step.choice.is_value != (point.alternatives != 0) || !offers(point, step.choice.value)) does_not_repeat();
  execution_.resume(step.choice.value);
}

bool Explorer::retrace_alone(Retraceable& search) {
  execution_.forget_clock();
  execution_.set_next_point(1);
  checkpoint::Reader nothing;
  return retrace(search, nothing);
}

// False: interrupted. What is kept lies in a store of its own, as snapshots on the way come and go.
bool Explorer::retrace(Retraceable& search, checkpoint::Reader& from) {
  constexpr std::uint32_t steps_between_looks = 256;
  const bool snapshots = options_.backtracking == Backtracking::snapshot;
  const std::uint64_t reexecutions = report_.reexecutions;
  SnapshotStore kept(options_.snapshot_budget_bytes);
  std::vector<PointId> way;
  repeating_ = prepared_ = true;
  std::uint32_t until_look = steps_between_looks;
  while (const auto step = search.next_step()) {
    if (is_interrupted()) return false;
    if (--until_look == 0) {
      until_look = steps_between_looks;
      const double seconds = seconds_since_start();
      if (options_.progress && seconds >= next_progress_) report_progress(seconds);
    }
    step_again(*step, way);
    if (!execution_.stack_is_known()) make_stacks_known();
    const Hash128 state = current_state();
    const PointId id = ++last_point_;
    if (step->counts) {
      counted_states_.insert(state, 1);
      logical_states_.insert(logical_identity(), 1);
    }
    const Retraceable::Met met = search.end_step(execution_.stop(), id, state, execution_);
    if (met == Retraceable::Met::other) does_not_repeat();
    if (snapshots && met == Retraceable::Met::keep) kept.keep(id, step->depth, execution_);
    if (step->leads_on) {
      way.push_back(id);
      stands_at_ = id;
      if (snapshots) snapshots_.keep(id, step->depth, scratch_);
    }
    execution_.leave();
  }
  if (!search.end_retracing(from)) does_not_repeat();
  const std::vector<Choice> path = search.path_of_search();
  if (execution_.choices().size() < path.size()) execution_.choices().resize(path.size());
  std::ranges::copy(path, execution_.choices().begin());
  if (Journal* const journal = execution_.journal()) {
    for (std::size_t at = 0; at < path.size(); ++at) journal->record(at, path[at]);
  }
  snapshots_ = std::move(kept);
  scratch_is_current_ = false;
  stands_at_ = start_of_program;
  execution_.set_next_point(last_point_ + 1);
  execution_.goals().clear();
  report_.reexecutions = reexecutions;
  repeating_ = false;
  return true;
}

}  // namespace sim
