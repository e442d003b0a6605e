#include "cli/progress.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/terminal.hpp"
#include "scenario/setting.hpp"

namespace sim::cli {

ProgressLine::ProgressLine(std::string scenario)
    : scenario_(std::move(scenario)), on_terminal_(standard_error_is_terminal()) {}

ProgressLine::~ProgressLine() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::show(const Progress& progress) {
  if (!on_terminal_) return;
  shown_ = true;
  fmt::print(stderr, "\r{}\x1b[K", progress_text(scenario_, progress));
  std::fflush(stderr);
}

std::string progress_text(const std::string& scenario, const Progress& progress) {
  const bool by_states = progress.states != 0;
  const double rate = progress.seconds > 0 ? static_cast<double>(progress.transitions) / progress.seconds : 0;
  return fmt::format("{}: {} {}, {} transitions/s, {}, {}", scenario,
                     grouped(by_states ? progress.states : progress.executions), by_states ? "states" : "executions",
                     grouped(static_cast<std::uint64_t>(rate)), duration_text(progress.seconds),
                     scenario::size_text(progress.memory_bytes));
}

}  // namespace sim::cli
