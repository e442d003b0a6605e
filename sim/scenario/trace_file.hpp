#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/input_error.hpp"
#include "base/result.hpp"
#include "scenario/scenario.hpp"

namespace sim::scenario {

/// One line of a trace after its header: an event that the replay must repeat.
struct RecordedStep {
  ThreadId thread = 0;
  std::string operation;  ///< As OperationKind spells it; not yet checked.
  std::string object;     ///< Its name; empty: none.
  std::uint64_t value = 0;
  std::string text;  ///< The values for people.
  std::vector<std::string> notes;
  std::uint32_t line = 0;  ///< Of the file.
};

/// A choice of the schedule, as the header spells it: a thread, or "=2" for a chosen value.
struct RecordedChoice {
  std::uint32_t value = 0;
  bool is_value = false;
};

/// A trace file, validated as far as that goes without running it.
struct TraceFile {
  std::string file;
  std::optional<Scenario> scenario;  ///< What it was recorded from; none if it was a library program:
  std::string program;               ///< its name.
  std::string property, detail;      ///< What the execution violated; empty: nothing.
  std::vector<std::string> threads;
  std::vector<RecordedChoice> schedule;
  std::optional<std::size_t> cycle;  ///< Choices before the cycle of an execution that never ends.
  std::vector<RecordedStep> steps;
  bool altered = false;  ///< It has a digest, which is not that of its text: somebody changed it.
};

inline constexpr std::uint32_t trace_format_version = 1;
/// Largest trace file that is read.
inline constexpr std::size_t max_trace_bytes = 64 * 1024 * 1024;

/// Reads a trace file and trusts nothing in it. Fails, naming line and column, at what is malformed, incomplete,
/// unknown, of another version, or does not fit the model that it names.
Result<TraceFile, InputError> read_trace(const std::string& path, const Vocabulary& vocabulary);

/// The same for text that stands in `file`.
Result<TraceFile, InputError> parse_trace(std::string_view text, const std::string& file, const Vocabulary& vocabulary);

}  // namespace sim::scenario
