// What the explorer finds: data races, violated properties, and the choices that lead to them.
#include <algorithm>

#include "check/data_race.hpp"
#include "explore/explorer.hpp"

namespace sim {

// By clocks; where states are matched, the log is one of many pasts, and co_enabled_race looks instead.
bool Explorer::has_data_race() {
  if (must_hash() || !execution_.has_plain_accesses()) return false;
  const std::optional<DataRace> race = find_data_race(execution_.log());
  if (!race) return false;
  const Stack<Step>& steps = execution_.log().steps;
  std::vector<Choice> path;
  for (std::size_t at = 0; at <= race->later; ++at) {
    if (steps[at].kind == OperationKind::choice)
      path.push_back({static_cast<std::uint32_t>(steps[at].value), true});
    else if (!executes_at_once(steps[at].kind))
      path.push_back({steps[at].thread, false});
  }
  add_violation({"data-race", "", static_cast<std::uint32_t>(path.size()), true}, std::move(path));
  return true;
}

// Under state matching a data race is two conflicting plain accesses that are both about to happen.
std::optional<std::pair<ThreadId, ThreadId>> Explorer::co_enabled_race() const {
  // What another process saw that was about to happen, it has judged.
  if (!execution_.has_plain_accesses()) return std::nullopt;
  if (execution_.point(0, nullptr).alternatives != 0)
    return std::nullopt;  // No thread can run before the value is chosen.
  const auto is_plain = [](const runtime::ThreadState& thread) {
    return thread.status == runtime::ThreadStatus::stopped &&
           (thread.kind == OperationKind::plain_read || thread.kind == OperationKind::plain_write);
  };
  for (ThreadId a = 0; a < execution_.thread_count(); ++a) {
    if (!is_plain(execution_.thread(a))) continue;
    for (ThreadId b = a + 1; b < execution_.thread_count(); ++b) {
      const runtime::ThreadState& one = execution_.thread(a);
      const runtime::ThreadState& other = execution_.thread(b);
      if (!is_plain(other) || !conflict({one.object, one.mode}, {other.object, other.mode})) continue;
      return std::pair(a, b);
    }
  }
  return std::nullopt;
}

void Explorer::add_violation(const Finding& finding, std::vector<Choice> path) {
  if (repeating_) return;
  failed_depth_ = std::min(failed_depth_, finding.depth);
  if (report_.violations.empty() && search_.bounds() != nullptr) clean_bounds_ = search_.bounds()->completed;
  auto known = std::ranges::find(report_.violations, finding.property, &Violation::property);
  if (known == report_.violations.end()) {
    known = report_.violations.insert(known, {finding.property, finding.detail, Schedule(std::move(path)), {}});
  } else if (path.size() < known->schedule.size()) {
    known->detail = finding.detail;
    known->schedule = Schedule(std::move(path));
  } else {
    return;
  }
  if (listener_ != nullptr) listener_->violated(*known);
}

// After 1, 2, 4, 8, ... executions, and at the end.
void Explorer::check_outside() {
  next_check_of_outside_ = rounds_ * 2;
  if (outside_ == nullptr) return;
  if (auto change = outside_->find_change()) {
    add_violation({"self-contained", std::move(*change), execution_.depth(), true}, path_so_far());
  }
}

std::vector<Choice> Explorer::path_so_far() const {
  const std::vector<Choice>& choices = execution_.choices();
  std::vector<Choice> path(choices.begin(), choices.begin() + execution_.depth());
  if (const auto prefix = search_.path_to(branch_)) {
    // On the way to the branch, by re-execution, the path is shorter than the prefix.
    std::copy_n(prefix->begin(), std::min(prefix->size(), path.size()), path.begin());
  }
  return path;
}

}  // namespace sim
