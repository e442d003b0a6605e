#include "report/log.hpp"

#include <algorithm>

namespace sim::report {
namespace {

template <class Use>
void for_each_log_line(const Trace& trace, const Use& use) {
  for (const Event& event : trace.events()) {
    for (const std::string& note : event.notes) {
      const LogLine line = log_line(note);
      if (!line.file.empty()) use(line);
    }
  }
}

}  // namespace

LogLine log_line(std::string_view note) {
  const std::string_view extension = ".log: ";
  const std::size_t dot = note.find(extension);
  if (dot == std::string_view::npos || dot == 0) return {{}, note};
  const std::string_view stem = note.substr(0, dot);
  const bool is_name = std::ranges::all_of(stem, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (!is_name) return {{}, note};
  return {note.substr(0, dot + extension.size() - 2), note.substr(dot + extension.size())};
}

std::string_view message_of(std::string_view line) {
  std::size_t end = std::min(line.find("$$<"), line.size());
  if (end == line.size()) return line;
  while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '~')) --end;
  return line.substr(0, end);
}

std::vector<std::string> log_files(const Trace& trace) {
  std::vector<std::string> files;
  for_each_log_line(trace, [&](const LogLine& line) {
    if (std::ranges::find(files, line.file) == files.end()) files.emplace_back(line.file);
  });
  return files;
}

std::vector<std::string> log_lines(const Trace& trace, std::string_view file) {
  std::vector<std::string> lines;
  for_each_log_line(trace, [&](const LogLine& line) {
    if (line.file == file) lines.emplace_back(line.text);
  });
  return lines;
}

}  // namespace sim::report
