#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

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
    : scenario_(std::move(scenario)), json_(json), on_terminal_(error_can_be_rewritten()) {}

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
  // A line as long as the terminal is wide would leave the cursor in the next one.
  fmt::print(stderr, "\r{}\x1b[K", progress_text(scenario_, progress, error_width() - 1));
  std::fflush(stderr);
}

std::string progress_text(const std::string& scenario, const Progress& progress, unsigned width) {
  struct Part {
    std::string text;
    int dispensable;  ///< The largest is left out first; 0: never.
  };
  const bool by_states = progress.states != 0;
  const double rate = progress.seconds > 0 ? static_cast<double>(progress.transitions) / progress.seconds : 0;
  std::vector<Part> parts = {
      {fmt::format("{}: {} {}", scenario, grouped(by_states ? progress.states : progress.executions),
                   by_states ? "states" : "executions"),
       0},
      {fmt::format(", {} transitions/s", grouped(static_cast<std::uint64_t>(rate))), 2},
      {", " + duration_text(progress.seconds), 1},
      {", " + scenario::size_text(progress.memory_bytes), 3}};
  if (progress.fraction_done > 0) {
    parts.push_back(
        {fmt::format("; {:.1f} % of about {}", progress.fraction_done * 100, rounded(progress.estimated_executions)),
         0});
    parts.push_back({fmt::format(" ({} to {})", rounded(progress.estimate_low), rounded(progress.estimate_high)), 4});
    parts.push_back({fmt::format(", {} left", duration_text(progress.seconds_left)), 0});
  }
  const auto joined = [&parts] {
    std::string text;
    for (const Part& part : parts) text += part.text;
    return text;
  };
  while (joined().size() > width) {
    const auto next = std::ranges::max_element(parts, {}, &Part::dispensable);
    if (next->dispensable == 0) break;
    parts.erase(next);
  }
  return joined().substr(0, width);
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
