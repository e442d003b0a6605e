#pragma once

#include <cstdint>
#include <string>

namespace sim {

/// What is wrong with something that a person gave us (scenario, trace, option), where, and what to do about it.
struct InputError {
  std::string file;          ///< As the person named it; empty: not from a file.
  std::uint32_t line = 0;    ///< From 1; 0: no line.
  std::uint32_t column = 0;  ///< From 1; 0: no column.
  std::string message;       ///< What is wrong, with the remedy; no full stop, one line.

  /// "file:line:column: message", leaving out what there is none of.
  std::string to_text() const {
    std::string text = file;
    if (line != 0) text += ":" + std::to_string(line);
    if (line != 0 && column != 0) text += ":" + std::to_string(column);
    return text.empty() ? message : text + ": " + message;
  }
};

}  // namespace sim
