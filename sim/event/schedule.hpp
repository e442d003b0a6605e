#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace sim {

/// One answer of the scheduler: the thread that takes the next transition, or the value that `thread` chose.
struct Choice {
  std::uint32_t value = 0;  ///< A thread, or a chosen value.
  bool is_value = false;

  friend bool operator==(const Choice&, const Choice&) = default;
};

/// The choices that determine an execution, one for each scheduling point and each `choose`, in order.
///
/// Of an execution that never ends it has a prefix, and then a cycle: choices that lead from a state back to that
/// state, and that repeat for ever.
class Schedule {
 public:
  Schedule() = default;
  explicit Schedule(std::vector<Choice> choices) : choices_(std::move(choices)) {}

  void append_thread(ThreadId thread) { choices_.push_back({thread, false}); }
  void append_value(std::uint32_t value) { choices_.push_back({value, true}); }

  const std::vector<Choice>& choices() const { return choices_; }
  std::size_t size() const { return choices_.size(); }
  bool empty() const { return choices_.empty(); }

  /// The number of choices before the cycle; nullopt if the schedule ends.
  std::optional<std::size_t> cycle() const { return cycle_; }
  /// The cycle begins behind the first `start` choices. Requires: there are more.
  void set_cycle(std::size_t start) { cycle_ = start; }

  /// "0 1 1 =2 0": thread numbers, and chosen values behind an equals sign. A bar stands where a cycle begins:
  /// "0 1 | 2 2".
  std::string to_text() const;
  /// Reads what `to_text` wrote; nullopt if it is malformed.
  static std::optional<Schedule> from_text(std::string_view text);

  friend bool operator==(const Schedule&, const Schedule&) = default;

 private:
  std::vector<Choice> choices_;
  std::optional<std::size_t> cycle_;
};

}  // namespace sim
