#pragma once

#include <functional>

#include "explore/explore.hpp"
#include "report/trace_writer.hpp"
#include "runtime/model.hpp"
#include "scenario/scenario.hpp"

namespace sim::cli {

/// The model of a validated scenario. Requires: it was validated with vocabulary().
const ModelInfo& model_of(const scenario::Scenario& scenario);

/// The engine's options for a scenario, before any that a command adds.
Options options_of(const scenario::Scenario& scenario);

/// The header of a trace of this scenario.
report::TraceHeader trace_header(const scenario::Scenario& scenario, std::string property, std::string detail);

/// While it lives, Ctrl-C and SIGTERM stop a running exploration with a partial report; a second one ends the process.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// True iff a signal came since the process started.
  static bool interrupted();
};

}  // namespace sim::cli
