#include <string>

#include "explore/strategies.hpp"
#include "runtime/execution.hpp"

namespace sim {

std::optional<Branch> Replay::begin_execution() {
  if (begun_) return std::nullopt;
  begun_ = true;
  return Branch{};
}

// The state at the end of the cycle must be that at its beginning; then the same choices can be made for ever.
void Replay::look_at_cycle(const Point& point) {
  if (point.depth < *schedule_.cycle() || point.depth > schedule_.size()) return;
  goals_after_ = point.execution.goals_reached();
  if (point.depth < schedule_.size()) {
    const Choice& choice = schedule_.choices()[point.depth];
    const bool is_value = point.alternatives != 0;
    enabled_ |= is_value ? std::uint64_t{1} << point.thread : point.enabled;
    if (is_value || choice.value < max_threads) taken_ |= std::uint64_t{1} << (is_value ? point.thread : choice.value);
  }
  if (point.depth == *schedule_.cycle()) {
    goals_before_ = goals_after_;
    unmet_ = point.execution.unmet();
  }
  unmet_ &= point.execution.unmet();
  if (point.depth == *schedule_.cycle()) {
    if (compares_states_) cycle_state_ = *point.state;
    if (Trace* const trace = Execution::instance().trace()) trace->cycle = trace->events().size();
  } else if (point.depth == schedule_.size() && compares_states_) {
    came_around_ = *point.state == cycle_state_;
  }
}

Decision Replay::choose(const Point& point) {
  if (schedule_.cycle()) {
    look_at_cycle(point);
    if (point.depth == schedule_.size()) return {.abandon = true};
  }
  const std::string step = "step " + std::to_string(point.depth + 1);
  if (point.depth >= schedule_.size()) {
    if (divergence_.empty()) divergence_ = "the schedule ends before " + step + ", where the program goes on";
    return {.abandon = true};
  }
  const Choice wanted = schedule_.choices()[point.depth];
  const bool is_value = point.alternatives != 0;
  if (wanted.is_value != is_value) {
    divergence_ = step + ": the schedule " + (wanted.is_value ? "chooses a value" : "names a thread") +
                  ", but the program " + (is_value ? "asks for a value" : "is at a scheduling point");
  } else if (is_value && wanted.value >= point.alternatives) {
    divergence_ = step + ": the schedule chooses " + std::to_string(wanted.value) + ", but there are only " +
                  std::to_string(point.alternatives) + " alternatives";
  } else if (!is_value && (wanted.value >= max_threads || (point.enabled >> wanted.value & 1) == 0)) {
    divergence_ = step + ": the schedule runs thread " + std::to_string(wanted.value) + ", which " +
                  (wanted.value < point.execution.thread_count() ? "cannot run here" : "does not exist here");
  } else {
    return {wanted.value};
  }
  return {.abandon = true};
}

bool Replay::end_execution(Ending, const Execution& execution, const Hash128*) {
  if (divergence_.empty() && execution.depth() < schedule_.size()) {
    divergence_ = "the program ends after step " + std::to_string(execution.depth()) + ", but the schedule has " +
                  std::to_string(schedule_.size()) + " steps";
  }
  return true;
}

}  // namespace sim
