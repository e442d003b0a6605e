#include "report/counterexample.hpp"

#include <fmt/format.h>

#include "report/log.hpp"
#include "report/text.hpp"

namespace sim::report {
namespace {

std::string count(std::size_t number, std::string_view thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

/// `violated: no_lost_update          seed 7, schedule 0 1 1 0`; without the schedule where that is too long to be of
/// use.
std::string headline(const Counterexample& counterexample, const ColumnStyle& style) {
  const std::string verdict = fmt::format("violated: {}", printable(counterexample.property));
  const std::string sizes = fmt::format("{}, {}", count(counterexample.trace.scheduled_steps(), "step"),
                                        count(counterexample.trace.preemptions, "preemption"));
  const std::string schedule = counterexample.schedule.to_text();
  const std::string full = fmt::format("{}          seed {}, schedule {}", verdict, counterexample.seed, schedule);
  if (!schedule.empty() && width_of(full) <= style.width) return full;
  return fmt::format("{}          seed {}, {}", verdict, counterexample.seed, sizes);
}

}  // namespace

std::string to_text(const Counterexample& counterexample, const ColumnStyle& wanted) {
  ColumnStyle style = wanted;
  style.mark_last_step = true;
  const std::string first = headline(counterexample, style);
  std::string out = style.colour ? "\x1b[1;31m" + first + "\x1b[0m\n" : first + "\n";
  if (!counterexample.detail.empty()) out += printable(counterexample.detail) + "\n";
  out += columns(counterexample.trace, style);
  for (const std::string& file : log_files(counterexample.trace)) {
    out += fmt::format("{}:\n", file);
    for (const std::string& line : log_lines(counterexample.trace, file)) out += fmt::format("  {}\n", printable(line));
  }
  if (!counterexample.replay_command.empty()) {
    out += fmt::format("replay: {}\n", printable(counterexample.replay_command));
  }
  return out;
}

}  // namespace sim::report
