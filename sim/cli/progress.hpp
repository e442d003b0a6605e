#pragma once

#include <string>

#include "explore/options.hpp"

namespace sim::cli {

/// One line on standard error, rewritten as exploration goes on and erased at its end. Silent unless that is a
/// terminal.
class ProgressLine {
 public:
  explicit ProgressLine(std::string scenario);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);

 private:
  std::string scenario_;
  bool on_terminal_;
  bool shown_ = false;
};

/// "kb885278: 1,234,567 states, 812,000 transitions/s, 12.0 s, 34 MiB".
std::string progress_text(const std::string& scenario, const Progress& progress);

}  // namespace sim::cli
