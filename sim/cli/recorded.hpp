#pragma once

#include <string>

#include "explore/explore.hpp"
#include "scenario/trace_file.hpp"

namespace sim::cli {

/// A trace file, and the execution that following it gave.
struct Recorded {
  scenario::TraceFile file;
  Recording recording;
};

/// Reads a trace, runs its schedule on the model that it names, and compares event by event. Fails if the trace is no
/// good, needs a program that is not here, or the execution was another one (naming line and step).
Result<Recorded, InputError> follow_trace(const std::string& path);

/// The names of an execution as diagrams and reports show them: "kb885278: title" and "violated: property".
std::string title_of(const scenario::TraceFile& file);
std::string verdict_of(const scenario::TraceFile& file);

}  // namespace sim::cli
