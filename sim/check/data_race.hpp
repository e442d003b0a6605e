#pragma once

#include <cstddef>
#include <optional>

#include "event/step.hpp"

namespace sim {

/// Two conflicting plain accesses that synchronization does not order: positions in the log.
struct DataRace {
  std::size_t earlier, later;
};

/// The first data race of an execution, by vector clocks over the synchronization order (program order, spawn, join,
/// and release to acquire on the same object; a relaxed atomic synchronises nothing). C++20, [intro.races]; the epochs
/// of FastTrack (Flanagan, Freund, PLDI 2009).
std::optional<DataRace> find_data_race(const StepLog& log);

}  // namespace sim
