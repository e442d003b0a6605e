#include "report/label.hpp"

#include <algorithm>
#include <set>

namespace sim::report {
namespace {

bool is_path(std::string_view word) {
  return word.find('\\') != std::string_view::npos;
}

/// Calls `use(word)` for each part of `text` between spaces.
template <class Use>
void for_each_word(std::string_view text, const Use& use) {
  while (true) {
    const std::size_t space = text.find(' ');
    use(text.substr(0, space));
    if (space == std::string_view::npos) return;
    text.remove_prefix(space + 1);
  }
}

/// Every name that labels may contain, in the order of first appearance: subjects of objects, and paths among the
/// values.
std::vector<std::string> names_in(const Trace& trace) {
  std::vector<std::string> names;
  std::set<std::string, std::less<>> seen;
  const auto add = [&](std::string_view name) {
    if (!name.empty() && seen.emplace(name).second) names.emplace_back(name);
  };
  for (const Event& event : trace.events()) {
    if (!is_shown(event)) continue;
    add(subject_of(trace.object_name(event.operation.object)));
    for_each_word(event.text, [&](std::string_view word) {
      if (is_path(word)) add(word);
    });
  }
  return names;
}

/// True iff `shorten` gives no other name the spelling that it gives `name`.
template <class Shorten>
bool is_distinct(const std::string& name, const std::vector<std::string>& names, const Shorten& shorten) {
  return std::ranges::none_of(
      names, [&](const std::string& other) { return other != name && shorten(other) == shorten(name); });
}

std::string shorter(const std::string& name, const std::vector<std::string>& names, Shortening shortening) {
  if (!is_path(name) || shortening == Shortening::none) return name;
  if (shortening == Shortening::middle) return is_distinct(name, names, without_middle) ? without_middle(name) : name;
  for (std::size_t count = 1;; ++count) {
    const auto shorten = [count](std::string_view path) { return last_components(path, count); };
    if (shorten(name).empty()) continue;  // Behind a trailing separator.
    if (shorten(name) == name || is_distinct(name, names, shorten)) return std::string(shorten(name));
  }
}

}  // namespace

std::string Label::line() const {
  std::string text = operation;
  for (const std::string* part : {&object, &values, &result}) {
    if (!part->empty()) text += " " + *part;
  }
  return text;
}

bool is_shown(const Event& event) {
  return event.operation.kind == OperationKind::choice || !executes_at_once(event.operation.kind);
}

std::vector<std::size_t> step_numbers(const Trace& trace) {
  std::vector<std::size_t> numbers;
  numbers.reserve(trace.events().size());
  std::size_t steps = 0;
  for (const Event& event : trace.events()) {
    numbers.push_back(executes_at_once(event.operation.kind) ? 0 : ++steps);
  }
  return numbers;
}

std::string thread_name(const Trace& trace, ThreadId thread) {
  const auto names = trace.thread_names();
  return thread < names.size() ? printable(names[thread]) : "thread " + std::to_string(thread);
}

std::string_view subject_of(std::string_view object_name) {
  const std::size_t last = object_name.rfind('\\');
  if (last == std::string_view::npos) return object_name;
  const std::size_t part = object_name.find(" [", last);
  if (part != std::string_view::npos && object_name.ends_with(']')) object_name = object_name.substr(0, part);
  const bool is_root = last > 0 && object_name[last - 1] == ':';
  return object_name.ends_with('\\') && !is_root && last > 0 ? object_name.substr(0, last) : object_name;
}

Labels::Labels(const Trace& trace, Shortening shortening) : trace_(trace) {
  const std::vector<std::string> names = names_in(trace);
  for (const std::string& name : names) {
    std::string spelling = printable(shorter(name, names, shortening));
    const bool is_pattern = name.find('*') != std::string::npos;  // Its folder is the object that was searched.
    if (spelling != printable(name) && !is_pattern) legend_.emplace_back(spelling, printable(name));
    spelling_.emplace(name, std::move(spelling));
  }
}

std::string Labels::spelled(std::string_view name) const {
  const auto found = spelling_.find(name);
  return found != spelling_.end() ? found->second : printable(name);
}

std::string Labels::object(ObjectId object) const {
  return spelled(subject_of(trace_.object_name(object)));
}

Label Labels::of(const Event& event) const {
  std::string words;
  if (!event.text.empty()) {
    for_each_word(event.text,
                  [&](std::string_view word) { words += (is_path(word) ? spelled(word) : printable(word)) + " "; });
    words.pop_back();
  }
  // "0 -> 1" stays in one piece; "write, share none -> error 32" has a result.
  const std::size_t arrow = words.rfind(" -> ");
  const bool has_result = arrow != std::string::npos && words.find(' ') != arrow;
  return {std::string(to_text(event.operation.kind)), object(event.operation.object),
          has_result ? words.substr(0, arrow) : words, has_result ? words.substr(arrow + 1) : std::string()};
}

}  // namespace sim::report
