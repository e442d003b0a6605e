#pragma once

#include <cstdint>
#include <span>

#include "event/happens_before.hpp"
#include "explore/checkpoint.hpp"
#include "explore/visited_set.hpp"
#include "runtime/execution.hpp"

namespace sim {

/// Counts the traces (Mazurkiewicz: classes of executions that differ in the order of independent events only) among
/// executions, by a hash of 128 bits of each trace's happens-before.
class TraceCounter {
 public:
  TraceCounter() : events_(footprints_) {}

  /// Counts the trace of an execution that ended. `everything`: its last event ended it for all threads.
  void count(const Execution& execution, bool everything);
  std::uint64_t traces() const { return seen_.size(); }
  void forget() { seen_ = {}; }
  void save(checkpoint::Writer& to) const;
  void load(checkpoint::Reader& from);

 private:
  FootprintTable footprints_;
  HappensBefore events_;
  VisitedSet seen_;
};

}  // namespace sim
