#include "event/schedule.hpp"

#include <charconv>

namespace sim {

std::string Schedule::to_text() const {
  std::string text;
  for (const Choice& choice : choices_) {
    if (!text.empty()) text += ' ';
    if (choice.is_value) text += '=';
    text += std::to_string(choice.value);
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
  return schedule;
}

}  // namespace sim
