#include "report/counterexample.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/log.hpp"
#include "report/text.hpp"

namespace sim::report {
namespace {

std::string count(std::size_t number, std::string_view thing) {
  return fmt::format("{} {}{}", number, thing, number == 1 ? "" : "s");
}

/// `violated: no_lost_update          seed 7, 4 steps, 1 preemption, schedule 0 1 1 0`; without the schedule where that
/// is too long to be of use.
std::string headline(const Counterexample& counterexample, const ColumnStyle& style) {
  std::string text = fmt::format("violated: {}          ", printable(counterexample.property));
  if (counterexample.seed) text += fmt::format("seed {}, ", *counterexample.seed);
  text += fmt::format("{}, {}", count(counterexample.trace.scheduled_steps(), "step"),
                      count(counterexample.trace.preemptions, "preemption"));
  const std::string schedule = ", schedule " + counterexample.schedule.to_text();
  const bool fits = !counterexample.schedule.empty() && width_of(text) + width_of(schedule) <= style.width;
  return fits ? text + schedule : text;
}

/// A line of a log file, indented; if it is too long, with the product's `$$<component><date><thread>` on a line of its
/// own.
std::string fitted(const std::string& line, unsigned width) {
  constexpr std::size_t indent = 2;
  const std::size_t available = std::max(width, 40U) - indent;
  const std::size_t found = line.find("$$<");
  const bool split = width_of(line) > available && found != 0 && found != std::string::npos;
  const std::string message = split ? line.substr(0, line.find_last_not_of(' ', found - 1) + 1) : line;
  std::vector<std::string> parts = wrapped(message, available, indent);
  if (split) {
    for (const std::string& part : wrapped(line.substr(found), available - indent, 0)) {
      parts.push_back(std::string(indent, ' ') + part);
    }
  }
  std::string out;
  for (const std::string_view part : parts) {
    out += fmt::format("{:{}}{}\n", "", indent, part.substr(0, part.find_last_not_of(' ') + 1));
  }
  return out;
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
    for (const std::string& line : log_lines(counterexample.trace, file)) out += fitted(printable(line), style.width);
  }
  if (!counterexample.replay_command.empty()) {
    out += fmt::format("replay: {}\n", printable(counterexample.replay_command));
  }
  return out;
}

}  // namespace sim::report
