#include "cli/progress.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "cli/terminal.hpp"
#include "scenario/setting.hpp"

namespace sim::cli {

namespace {

// An estimate has no more than three digits worth showing.
std::string rounded(double number) {
  double unit = 1;
  while (number / unit >= 1000) unit *= 10;
  return number < 1e18 ? grouped(static_cast<std::uint64_t>(std::round(number / unit) * unit))
                       : fmt::format("{:.2g}", number);
}

}  // namespace

ProgressLine::ProgressLine(std::string scenario, bool json)
    : scenario_(std::move(scenario)), json_(json), on_terminal_(standard_error_is_terminal()) {}

ProgressLine::~ProgressLine() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
}

void ProgressLine::show(const Progress& progress) {
  if (json_) {
    if (progress.seconds < next_line_) return;
    next_line_ = progress.seconds + 1;
    fmt::print(stderr, "{}\n", progress_json(scenario_, progress));
    std::fflush(stderr);
    return;
  }
  if (!on_terminal_) return;
  shown_ = true;
  fmt::print(stderr, "\r{}\x1b[K", progress_text(scenario_, progress));
  std::fflush(stderr);
}

std::string progress_text(const std::string& scenario, const Progress& progress) {
  const bool by_states = progress.states != 0;
  const double rate = progress.seconds > 0 ? static_cast<double>(progress.transitions) / progress.seconds : 0;
  std::string text = fmt::format("{}: {} {}, {} transitions/s, {}, {}", scenario,
                                 grouped(by_states ? progress.states : progress.executions),
                                 by_states ? "states" : "executions", grouped(static_cast<std::uint64_t>(rate)),
                                 duration_text(progress.seconds), scenario::size_text(progress.memory_bytes));
  if (progress.fraction_done > 0) {
    text += fmt::format("; {:.1f} % of about {} ({} to {}), {} left", progress.fraction_done * 100,
                        rounded(progress.estimated_executions), rounded(progress.estimate_low),
                        rounded(progress.estimate_high), duration_text(progress.seconds_left));
  }
  return text;
}

std::string progress_json(const std::string& scenario, const Progress& progress) {
  nlohmann::ordered_json line{{"scenario", scenario},        {"executions", progress.executions},
                              {"states", progress.states},   {"transitions", progress.transitions},
                              {"seconds", progress.seconds}, {"memory_bytes", progress.memory_bytes}};
  if (progress.fraction_done > 0) {
    line["fraction_done"] = progress.fraction_done;
    line["estimated_executions"] = progress.estimated_executions;
    line["estimate_low"] = progress.estimate_low;
    line["estimate_high"] = progress.estimate_high;
    line["seconds_left"] = progress.seconds_left;
  }
  return line.dump();
}

}  // namespace sim::cli
