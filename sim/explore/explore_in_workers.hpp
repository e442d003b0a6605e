#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "event/schedule.hpp"
#include "explore/explorer.hpp"
#include "explore/options.hpp"
#include "explore/report.hpp"
#include "explore/shared_states.hpp"
#include "explore/worker_checkpoint.hpp"
#include "explore/worker_search.hpp"

namespace sim {

/// One exploration by several processes under `stateful`.
struct WorkersRun {
  Report report;
  std::uint32_t clock_marks = 0;  ///< Execution::ClockMark, of all processes.
  bool was_stopped = false;       ///< By a violation, a budget, or an interruption.
  bool was_cut_short = false;     ///< By a budget or an interruption, or because every worker died: there is more.
  std::vector<Schedule> deaths;   ///< Along these the program has ended a worker's process. In the report, too.
  std::vector<Schedule>
      static_makers;  ///< Along these, function-local statics are initialised: do that, and begin again.
};

/// Runs the Explorer in a process of its own.
using ExploreInWorker = std::function<Report(const Options& options, WorkerSearch& search)>;

/// Explores with `options.workers` processes that share `states`. What a process leaves undone that is killed, others
/// do again. Time counts from `start`. `kept`: the file in which it is kept; null if it is not. Throws
/// checkpoint::Error if what is to be resumed does not fit.
WorkersRun explore_in_workers(const Options& options, SharedStates& states, std::chrono::steady_clock::time_point start,
                              const ExploreInWorker& explore, WorkersCheckpoint* kept);

}  // namespace sim
