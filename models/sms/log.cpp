#include "sms/log.hpp"

#include <array>

namespace models::sms {
namespace {

// Executions begin at 12:23 of the day on which the hotfix for SMS 2.0 was built.
constexpr std::int64_t start_of_day_seconds = 12 * 3600 + 23 * 60;

std::int64_t seconds_of_day() {
  return (start_of_day_seconds + std::chrono::floor<std::chrono::seconds>(sim::virtual_time()).count()) % 86400;
}

// "PS1-" for a thread called "PS1 sender": each site below the central one has log files of its own.
std::string site_prefix() {
  std::array<char, 32> name{};
  const std::string_view text(name.data(), sim::this_thread::copy_name(name));
  const std::size_t space = text.find(' ');
  return space == std::string_view::npos ? std::string() : std::string(text.substr(0, space)) + "-";
}

}  // namespace

unsigned windows_thread_id(unsigned thread) {
  return 1150 + 4 * thread;
}

std::string clock_time() {
  const std::int64_t seconds = seconds_of_day();
  return fmt::format("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
}

void detail::add_log_line(std::string_view file, std::string_view component, std::string_view text) {
  const std::int64_t seconds = seconds_of_day();
  sim::note("{}{}: {}~  $$<{}><Wed Oct 06 {:02}:{:02}:{:02} 2004~><thread={:X}>", site_prefix(), file, text, component,
            seconds / 3600, seconds / 60 % 60, seconds % 60, windows_thread_id(sim::this_thread::number()));
}

}  // namespace models::sms
