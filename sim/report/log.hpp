#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/trace.hpp"

namespace sim::report {

/// A note as its parts: the log file that it belongs to, and the line in that file.
///
/// A note of the form "sender.log: text" is the line "text" of sender.log; any other note belongs to no file.
struct LogLine {
  std::string_view file;  ///< Empty: no file.
  std::string_view text;
};
LogLine log_line(std::string_view note);

/// What a log line says, without the component, date and thread that the product's format `text~  $$<..><..><..>`
/// appends.
std::string_view message_of(std::string_view line);

/// The log files that the notes of `trace` belong to, in the order of their first line.
std::vector<std::string> log_files(const Trace& trace);

/// The lines of one log file, in the order in which they were written.
std::vector<std::string> log_lines(const Trace& trace, std::string_view file);

}  // namespace sim::report
