#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "sync/property.hpp"
#include "sync/thread.hpp"

/// The log files, as annotations of events: they cost no state and no interleaving. Lines have the product's form [D]:
/// `text~  $$<COMPONENT><Wed Nov 06 08:49:37 1996~><thread=D7>`, with virtual time and a made-up Windows thread id.
namespace models::sms {

/// The thread id that the logs show for a thread of the simulation.
unsigned windows_thread_id(unsigned thread);

namespace detail {
void add_log_line(std::string_view file, std::string_view component, std::string_view text);
}

template <class... A>
void sender_log(fmt::format_string<A...> format, A&&... arguments) {
  if (sim::is_recorded()) {
    detail::add_log_line("sender.log", "SMS_LAN_SENDER", fmt::format(format, std::forward<A>(arguments)...));
  }
}

template <class... A>
void scheduler_log(fmt::format_string<A...> format, A&&... arguments) {
  if (sim::is_recorded()) {
    detail::add_log_line("sched.log", "SMS_SCHEDULER", fmt::format(format, std::forward<A>(arguments)...));
  }
}

template <class... A>
void despooler_log(fmt::format_string<A...> format, A&&... arguments) {
  if (sim::is_recorded()) {
    detail::add_log_line("despool.log", "SMS_DESPOOLER", fmt::format(format, std::forward<A>(arguments)...));
  }
}

/// Virtual time of day as "12:23", and as a log line has it.
std::string clock_time();

}  // namespace models::sms
