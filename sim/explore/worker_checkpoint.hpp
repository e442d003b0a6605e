#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "event/schedule.hpp"
#include "explore/arrival_tree.hpp"
#include "explore/checkpoint.hpp"
#include "explore/checkpoints.hpp"
#include "explore/options.hpp"
#include "explore/report.hpp"
#include "explore/shared_states.hpp"
#include "explore/worker_retrace.hpp"
#include "explore/workers/worker.hpp"

namespace sim {

/// The file in which an exploration by several workers is kept. How many they are is no part of it: one that is resumed
/// may have others.
class WorkersCheckpoint {
 public:
  /// Reads what an earlier process saved, if there is anything. Throws checkpoint::Error.
  explicit WorkersCheckpoint(Checkpoints& checkpoints);

  /// What must be known before there are SharedStates: which of several runs it is, and which schedules initialise
  /// function-local statics.
  bool clock_in_state = false, compare_depths = false;
  std::vector<Schedule> static_makers;
  /// True iff a run of workers was saved that has not been taken yet.
  bool is_resumed() const { return from_.has_value(); }
  /// Throws checkpoint::Error if the file holds what a single process has begun: where that stood says more than
  /// workers can take over.
  static void require_workers(const Checkpoints& checkpoints);
  /// Whether run `run` of a checkpoint was by workers.
  static bool is_run_of_workers(std::uint64_t run) { return (run & by_workers) != 0; }

  // Of one that is resumed:
  const Report& report() const { return report_; }
  std::uint32_t clock_marks() const { return clock_marks_; }
  /// Reads the states. Throws checkpoint::Error.
  void load(SharedStates& states);
  /// Gives them their hashes, with `workers` processes: see retrace_in_workers. False if it was stopped. Throws
  /// checkpoint::Error if the program does not repeat itself.
  bool bring_back(const std::function<Options(workers::Worker& worker)>& options, unsigned workers,
                  SharedStates& states, const std::function<bool()>& must_stop);
  /// Makes a process retrace. To be set before bring_back().
  RetraceInWorker retrace;

  /// Writes what was found, after so many seconds, and the states. Requires: no process changes anything meanwhile.
  void write(const Report& report, std::uint32_t clock_marks, double seconds, const SharedStates& states);

 private:
  static constexpr std::uint64_t with_clock = 1, by_workers = 4, with_depths = 8;

  Checkpoints& checkpoints_;
  std::optional<checkpoint::Reader> from_;
  std::optional<ArrivalTree> ways_;
  Report report_;
  std::uint32_t clock_marks_ = 0;
};

}  // namespace sim
