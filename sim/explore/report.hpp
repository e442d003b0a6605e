#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/schedule.hpp"
#include "event/trace.hpp"
#include "explore/wilson.hpp"

namespace sim {

/// `holds` only after complete exploration within the stated bounds.
enum class Verdict { holds, violated, inconclusive };
std::string_view to_text(Verdict verdict);

/// One violated property, with the execution that shows it. One that never ends is a prefix and a cycle, followed once:
/// Schedule::cycle() and Trace::cycle say where the cycle begins.
struct Violation {
  std::string property, detail;
  Schedule schedule;
  Trace trace;
};

/// What a strategy that bounds preemptions or delays has explored, bound after bound.
struct BoundReport {
  /// With exactly 0, 1, 2, ... preemptions (delays): each execution is counted once, so that the executions with at
  /// most so many are the sums, and the sum of all is Report::executions.
  std::vector<std::uint64_t> executions;
  std::uint32_t completed = 0;  ///< How many of these bounds, from 0 on, were explored to their ends.
  std::optional<std::uint32_t>
      holds;               ///< Every execution with at most so many was explored, and none violates anything.
  bool exhausted = false;  ///< No execution needs more: the last bound left nothing out.
};

/// What an exploration found.
struct Report {
  Verdict verdict = Verdict::inconclusive;
  bool complete = false;  ///< Everything within the stated bounds was explored.
  std::uint64_t executions =
      0;  ///< That ended by themselves: finished, deadlocked or violating; stateful: terminal states.
  std::uint64_t blocked_executions = 0;  ///< Cut short as redundant.
  std::uint64_t assumed_away = 0;
  std::uint64_t cut_executions = 0;  ///< Cut by Options::max_steps; not counted under stateful.
  std::uint64_t transitions = 0;
  std::uint64_t states = 0;                       ///< Stateful only.
  std::map<std::string, std::uint64_t> outcomes;  ///< Outcome -> executions; under stateful exact as a set only.
  std::vector<Violation> violations;              ///< One for each violated property, in the order found.
  double seconds = 0;

  std::string reason;                          ///< Why it is not complete: the budget that ran out, and a remedy.
  std::map<std::string, std::uint64_t> goals;  ///< Goal -> how often it was reached.
  std::uint64_t logical_states = 0;            ///< With Options::count_logical_states.
  std::uint64_t traces = 0;  ///< With Options::count_traces: classes of equivalent executions among `executions`.
  std::uint64_t peak_memory_bytes = 0;  ///< Snapshots and visited states, at most.
  std::uint64_t reexecutions = 0;       ///< Branches reached by re-execution instead of a snapshot.

  /// Of `executions`, those in which any property was violated; not counted under stateful.
  std::uint64_t failing_executions = 0;
  /// Of a sample: how likely an execution of this strategy fails. One that `stopped_by_violation` shows too large a
  /// share, as it ends with a failure.
  std::optional<Estimate95> failure_rate;
  bool stopped_by_violation = false;  ///< By Options::stop_at_first_violation or stop_after.
  std::optional<BoundReport> bound;   ///< Under preemption_bounded and delay_bounded.

  /// Where states are matched: bits of the hash by which two states were compared; 0 elsewhere.
  unsigned hash_bits = 0;
  /// Upper bound of the probability (0 to 1) that a state was taken for another one, and not explored, because their
  /// hashes are equal: states^2 / 2^(hash_bits + 1).
  double omission_probability = 0;
  std::vector<std::string> notes;  ///< What was found beside violations, a sentence each.
  /// Of `executions`, those whose ends were not run, as all that led there was known: Options::cache_transitions.
  std::uint64_t foreseen_executions = 0;
};

}  // namespace sim
