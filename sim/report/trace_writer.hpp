#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/parameter.hpp"
#include "event/schedule.hpp"
#include "event/trace.hpp"

namespace sim::report {

/// What the first line of a trace file says, so that the file replays alone.
struct TraceHeader {
  std::string scenario, title, model;  ///< Of a scenario; empty for a library program, which `program` names.
  Parameters parameters;
  std::vector<std::pair<std::string, ParameterValue>> explore;  ///< The settings that shape a replay.
  std::string program;
  std::string property, detail;  ///< What the execution violated; empty: nothing.
};

/// The trace as a file: JSON lines, a header and then a line for each event. The format is fixed in
/// docs/reference/trace-format.md; the same trace gives the same bytes.
std::string trace_file_text(const TraceHeader& header, const Schedule& schedule, const Trace& trace);

/// How such a file begins. racewalk recognises by it what it wrote itself.
inline constexpr std::string_view trace_file_beginning = "{\"format\":\"racewalk-trace\"";

}  // namespace sim::report
