#pragma once

#include <nlohmann/json_fwd.hpp>

#include "event/trace.hpp"

namespace sim::report {

/// The events of `trace` for programs: a list of objects with `step` (absent for what executed at once), `thread`,
/// `operation`, `value`, and, where there are any, `object`, `text` and `notes`. Not the trace file's format.
nlohmann::json to_json(const Trace& trace);

}  // namespace sim::report
