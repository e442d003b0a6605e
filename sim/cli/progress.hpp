#pragma once

#include <string>

#include "explore/options.hpp"

namespace sim::cli {

/// One line on standard error, rewritten as exploration goes on and erased at its end. Silent unless that is a
/// terminal. With `json` instead one JSON object a line, about one a second, wherever standard error goes.
class ProgressLine {
 public:
  explicit ProgressLine(std::string scenario, bool json = false);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);

 private:
  std::string scenario_;
  bool json_;
  double next_line_ = 0;
  bool on_terminal_;
  bool shown_ = false;
};

/// "kb885278: 1,234,567 states, 812,000 transitions/s, 12.0 s, 34 MiB", and for a tree that is explored depth first
/// "; 12.5 % of about 939,000 (901,000 to 1,020,000), 8.1 s left". At most `width` columns: a line that wraps cannot be
/// rewritten. What matters least is left out first: the range, the memory, the rate, the time.
std::string progress_text(const std::string& scenario, const Progress& progress, unsigned width);
/// The same as one JSON object.
std::string progress_json(const std::string& scenario, const Progress& progress);

}  // namespace sim::cli
