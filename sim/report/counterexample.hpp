#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "event/schedule.hpp"
#include "event/trace.hpp"
#include "report/columns.hpp"

namespace sim::report {

/// A violated property with the execution that shows it, as a person gets to see it.
struct Counterexample {
  std::string_view property, detail;
  const Schedule& schedule;
  const Trace& trace;
  std::optional<std::uint64_t> seed = {};  ///< What the search began with; nullopt: nothing was searched.
  std::string_view replay_command = {};    ///< Such as "racewalk replay lost_update.trace"; empty: none is shown.
};

/// The headline, the interleaving in columns with the step that broke the property marked, the log files that it wrote,
/// and the command that replays it. Ends with a newline.
std::string to_text(const Counterexample& counterexample, const ColumnStyle& style = {});

}  // namespace sim::report
