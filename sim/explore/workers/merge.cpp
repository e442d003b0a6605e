#include "explore/workers/merge.hpp"

#include <algorithm>
#include <tuple>

namespace sim::workers {
namespace {

bool is_before(const Schedule& one, const Schedule& other) {
  if (one.size() != other.size()) return one.size() < other.size();
  return std::ranges::lexicographical_compare(one.choices(), other.choices(), {}, &Choice::value, &Choice::value);
}

}  // namespace

void merge(Report& into, const Report& found) {
  into.executions += found.executions;
  into.blocked_executions += found.blocked_executions;
  into.assumed_away += found.assumed_away;
  into.cut_executions += found.cut_executions;
  into.transitions += found.transitions;
  into.reexecutions += found.reexecutions;
  into.foreseen_executions += found.foreseen_executions;
  into.failing_executions += found.failing_executions;
  into.traces += found.traces;
  into.stopped_by_violation = into.stopped_by_violation || found.stopped_by_violation;
  for (const auto& [outcome, executions] : found.outcomes) into.outcomes[outcome] += executions;
  for (const auto& [goal, count] : found.goals) into.goals[goal] += count;
  for (const Violation& violation : found.violations) {
    const auto known = std::ranges::find(into.violations, violation.property, &Violation::property);
    if (known == into.violations.end()) {
      into.violations.push_back(violation);
    } else if (is_before(violation.schedule, known->schedule)) {
      *known = violation;
    }
  }
  for (const std::string& note : found.notes) {
    if (std::ranges::find(into.notes, note) == into.notes.end()) into.notes.push_back(note);
  }
  if (into.reason.empty()) into.reason = found.reason;
}

}  // namespace sim::workers
