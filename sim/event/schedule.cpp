#include "event/schedule.hpp"

#include <charconv>

namespace sim {

std::string Schedule::to_text() const {
  std::string text;
  for (std::size_t at = 0; at < choices_.size(); ++at) {
    if (!text.empty()) text += ' ';
    if (cycle_ == at) text += "| ";
    if (choices_[at].is_value) text += '=';
    text += std::to_string(choices_[at].value);
  }
  return text;
}

std::optional<Schedule> Schedule::from_text(std::string_view text) {
  Schedule schedule;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    if (*at == ' ') {
      ++at;
      continue;
    }
    if (*at == '|' && !schedule.cycle_) {
      schedule.cycle_ = schedule.size();
      ++at;
      continue;
    }
    Choice choice;
    if (*at == '=') {
      choice.is_value = true;
      ++at;
    }
    const auto [next, error] = std::from_chars(at, end, choice.value);
    if (error != std::errc{} || (next != end && *next != ' ')) return std::nullopt;
    schedule.choices_.push_back(choice);
    at = next;
  }
  if (schedule.cycle_ == schedule.size()) return std::nullopt;  // Nothing repeats.
  return schedule;
}

}  // namespace sim
