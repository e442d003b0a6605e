#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "explore/explore.hpp"
#include "explore/options.hpp"
#include "explore/state_graph.hpp"
#include "runtime/search.hpp"

namespace sim {

class Checkpoints;
class Explorer;
class WorkerRetrace;
class WorkerSearch;

/// A search that expands each state once.
class StatefulSearch : public Search {
 public:
  bool matches_states() const override { return true; }

  /// Requires: called before the exploration begins.
  virtual void attach(Explorer& explorer) = 0;
  /// The graph of the states; null if none is kept.
  virtual const StateGraph* graph() const = 0;
  /// True iff it has ended early, because the program can come back to a state, no graph is kept, and one is wanted.
  virtual bool must_begin_again_with_graph() const = 0;
};

/// `keep_graph`: from the beginning. Otherwise a graph is kept if it costs little beside the rest, and if not, and
/// livelocks are looked for, the search ends at the first cycle.
std::unique_ptr<StatefulSearch> make_stateful(const Options& options, bool keep_graph);

/// The property that an execution violates which never ends, and from which no schedule leads to an end.
inline constexpr std::string_view livelock_property = "livelock";

/// One run of an Explorer. `clock_in_state`: virtual time is part of states. Time counts from `start`.
using ExploreOnce =
    std::function<Report(StatefulSearch& search, bool clock_in_state, std::chrono::steady_clock::time_point start)>;
/// Follows a schedule, which may have a cycle.
using RecordSchedule = std::function<Recording(const Schedule& schedule)>;

/// Explores with `stateful`, again if the first time shows that more must be in a state or that a graph is needed, and
/// looks for livelocks. The violations have no trace yet. `checkpoints`: to keep it in, null if it is not kept.
Report explore_states(const Options& options, const ExploreOnce& explore_once, const RecordSchedule& record,
                      Checkpoints* checkpoints);

/// How to explore in several processes.
struct WorkerWays {
  /// One run of an Explorer in a worker.
  std::function<Report(const Options& options, WorkerSearch& search, bool clock_in_state)> explore;
  /// Makes again, in a worker, what led to the states of a checkpoint; false if it was interrupted.
  std::function<bool(const Options& options, WorkerRetrace& search, bool clock_in_state)> retrace;
  /// Runs the program once in this process: along a schedule, or as it comes.
  std::function<void(const Schedule* schedule)> run_here;
  RecordSchedule record;
  /// The same in a process of its own.
  std::function<Report(const Schedule& schedule)> record_apart;
};
/// What several workers have found. `cut_short`: a budget or an interruption has ended it, and there is more.
struct ExploredByWorkers {
  Report report;
  bool cut_short = false;
};
/// The same with `options.workers` processes. Requires: no fault guard is in force.
ExploredByWorkers explore_states_in_workers(const Options& options, const WorkerWays& ways, Checkpoints* checkpoints);

}  // namespace sim
