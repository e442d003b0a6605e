// How the explorer brings the program to a point: by a snapshot, by running it again, or because it stands there.
#include <algorithm>
#include <utility>

#include "explore/explorer.hpp"

namespace sim {

PointId Explorer::adopt(const std::vector<Choice>& path, Snapshot* snapshot) {
  if (!prepared_) execution_.prepare(settings_, search_, *this);
  prepared_ = true;
  std::vector<Choice>& choices = execution_.choices();
  if (choices.size() < path.size()) choices.resize(path.size());
  std::ranges::copy(path, choices.begin());
  if (Journal* const journal = execution_.journal()) {
    for (std::size_t at = 0; at < path.size(); ++at) journal->record(at, path[at]);
  }
  const PointId id = ++last_point_;
  execution_.set_next_point(id + 1);
  if (snapshot != nullptr) snapshots_.keep(id, static_cast<std::uint32_t>(path.size()), *snapshot);
  return id;
}

void Explorer::go_to(const Branch& branch) {
  prepared_ = true;
  branch_ = branch;
  came_back_ = branch.point != start_of_program;
  if (came_back_ && search_.is_depth_first()) snapshots_.free_after(branch.point);
  bring_to(branch);
}

void Explorer::bring_to(const Branch& branch) {
  if (search_.recognises_states() != settings_.recognises_states) {
    settings_.recognises_states = search_.recognises_states();
    snapshots_.free_after(start_of_program);  // They are of the other kind.
    stands_at_ = start_of_program;
  }
  if (branch.last_named > last_point_) {
    last_point_ = branch.last_named;
    execution_.set_next_point(last_point_ + 1);
  }
  scratch_is_current_ = false;
  execution_.follow_nothing();
  const bool came_back = branch.point != start_of_program;
  if (branch.arrival) {
    execution_.choices()[branch.depth - 1] = *branch.arrival;
    if (Journal* const journal = execution_.journal()) journal->record(branch.depth - 1, *branch.arrival);
  }
  const PointId stood_at = std::exchange(stands_at_, start_of_program);
  if (came_back && branch.point == stood_at) return execution_.stand_still();
  if (const Snapshot* snapshot = came_back ? snapshots_.find(branch.point) : nullptr) {
    snapshot->restore(execution_);
    if (execution_.journal() != nullptr) keep_path_in_journal(branch);
    return;
  }
  if (came_back) ++report_.reexecutions;
  std::uint32_t depth = 0;
  const std::optional<std::vector<Choice>> path = came_back ? search_.path_to(branch) : std::nullopt;
  if (path) {
    if (execution_.choices().size() < path->size()) execution_.choices().resize(path->size());
    std::ranges::copy(*path, execution_.choices().begin());
  }
  const Snapshot* nearest = came_back && (!path || search_.is_depth_first()) ? nearest_before(branch, depth) : nullptr;
  if (came_back) execution_.follow(branch.depth);
  if (nearest != nullptr) {
    nearest->restore(execution_);
    if (depth < branch.depth) execution_.resume(execution_.choices()[depth].value);
  } else {
    execution_.start(settings_, search_, *this);
  }
}

// Again along the same choices, from stacks that nobody has used.
void Explorer::make_stacks_known() {
  const std::vector<Choice> path = path_so_far();
  const std::uint32_t depth = execution_.depth();
  std::ranges::copy(path, execution_.choices().begin());
  while (!execution_.stack_is_known()) {
    execution_.leave();
    execution_.forget_stacks();
    execution_.follow(depth);
    execution_.start(settings_, search_, *this);
  }
  execution_.follow_nothing();
}

const Snapshot* Explorer::nearest_before(const Branch& branch, std::uint32_t& depth) const {
  const auto on_the_way = search_.kept_on_the_way_to(branch);
  if (!on_the_way) return snapshots_.nearest_before(branch.point, depth);
  for (std::size_t at = on_the_way->size(); at-- > 0;) {
    const Snapshot* const snapshot = snapshots_.find((*on_the_way)[at].point);
    if (snapshot == nullptr) continue;
    depth = (*on_the_way)[at].depth;
    return snapshot;
  }
  return nullptr;
}

// The choices before a restored point, if the search has jumped there from elsewhere.
void Explorer::keep_path_in_journal(const Branch& branch) {
  const auto path = search_.path_to(branch);
  for (std::size_t at = 0; path && at < path->size(); ++at) execution_.journal()->record(at, (*path)[at]);
}

// ---- visits -------------------------------------------------------------------------------------

bool Explorer::visit(const Branch& branch, std::span<const Choice> choices) {
  if (log_at_home_) {
    execution_.leave();
  } else {
    log_at_home_ = execution_.log();
    choices_at_home_ = execution_.choices();
  }
  bring_to(branch);
  if (execution_.stop() != Execution::Stop::point || execution_.depth() != branch.depth) return false;
  if (choices.empty()) return true;
  std::vector<Choice>& path = execution_.choices();
  path.resize(branch.depth);
  path.insert(path.end(), choices.begin(), choices.end());
  execution_.follow(path.size());
  execution_.resume(choices.front().value);
  return execution_.stop() == Execution::Stop::point && execution_.depth() == branch.depth + choices.size();
}

void Explorer::go_on(std::uint32_t choice) {
  execution_.follow(execution_.depth() + 1);
  execution_.resume(choice);
  execution_.follow_nothing();
}

void Explorer::come_home() {
  if (!log_at_home_) return;
  execution_.leave();
  execution_.follow_nothing();
  execution_.mutable_log() = std::move(*log_at_home_);
  execution_.choices() = std::move(choices_at_home_);
  log_at_home_.reset();
}

}  // namespace sim
