#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "event/trace.hpp"
#include "report/text.hpp"

namespace sim::report {

/// An event in the words that people read: `file_open`, `2_K1Q0P0.PCK`, `write, share none`, `-> error 32`.
struct Label {
  std::string operation, object, values, result;  ///< All but the first may be empty.

  /// All of it in one line.
  std::string line() const;
};

/// True for what the reports show as a step: what was scheduled, and choices. Spawn, start, exit and join order events
/// and are left out.
bool is_shown(const Event& event);

/// Step numbers as every report counts them: from 1 over the events that were scheduled; 0 for what executed at once.
std::vector<std::size_t> step_numbers(const Trace& trace);

/// The name of a thread, printable.
std::string thread_name(const Trace& trace, ThreadId thread);

/// What a person calls an object: without the part of a file that an operation touched and without a trailing
/// backslash, `C:\a\x.srq` for `C:\a\x.srq [contents]` and `C:\a` for `C:\a\`. Names that are no paths stay as they
/// are.
std::string_view subject_of(std::string_view object_name);

/// How paths are spelled: in full, as `C:\...\2_K1Q0P0.srq`, or by their last components. Each name is spelled the same
/// way everywhere, and is shortened only as far as different names stay different.
enum class Shortening { none, middle, front };

/// The labels of one trace's events.
class Labels {
 public:
  Labels(const Trace& trace, Shortening shortening);

  Label of(const Event& event) const;
  /// The spelling of one object's subject; empty for no_object.
  std::string object(ObjectId object) const;

  /// What was shortened: the short spelling and the name in full, in the order of first appearance.
  const std::vector<std::pair<std::string, std::string>>& legend() const { return legend_; }

 private:
  std::string spelled(std::string_view name) const;

  const Trace& trace_;
  std::map<std::string, std::string, std::less<>> spelling_;  ///< Subject -> as shown.
  std::vector<std::pair<std::string, std::string>> legend_;
};

}  // namespace sim::report
