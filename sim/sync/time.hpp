#pragma once

#include <chrono>
#include <cstdint>
#include <type_traits>

#include "runtime/program.hpp"

namespace sim {

/// Virtual time since the program started, as a clock of std::chrono: what `*_until` functions count from. It advances
/// only when a timer fires. Reading it makes it part of states: a loop that reads it never returns to a state.
struct virtual_clock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<virtual_clock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept { return time_point(duration(runtime::now())); }
};

/// Virtual time since the program started.
inline std::chrono::nanoseconds virtual_time() {
  return virtual_clock::now().time_since_epoch();
}

namespace detail {

/// A duration in nanoseconds, rounded up and kept within 36 years, so that sums do not overflow; below 0: 0.
template <class Rep, class Period>
std::int64_t nanoseconds_in(const std::chrono::duration<Rep, Period>& duration) {
  constexpr std::int64_t most = std::int64_t{1} << 60;
  if (!(duration > duration.zero())) return 0;
  if (std::chrono::duration<double, std::nano>(duration).count() >= static_cast<double>(most)) return most;
  return std::chrono::ceil<std::chrono::nanoseconds>(duration).count();
}

/// Nanoseconds from now until `time`; 0 if it has passed.
template <class Clock, class Duration>
std::int64_t nanoseconds_until(const std::chrono::time_point<Clock, Duration>& time) {
  static_assert(std::is_same_v<Clock, virtual_clock>,
                "only sim::virtual_clock is the same in every execution: the clocks of std::chrono are real");
  const std::int64_t left = nanoseconds_in(time.time_since_epoch()) - runtime::now();
  return left > 0 ? left : 0;
}

}  // namespace detail

namespace this_thread {

/// Waits in virtual time.
template <class Rep, class Period>
void sleep_for(const std::chrono::duration<Rep, Period>& duration) {
  runtime::sleep(detail::nanoseconds_in(duration));
}

template <class Duration>
void sleep_until(const std::chrono::time_point<virtual_clock, Duration>& time) {
  runtime::sleep(detail::nanoseconds_until(time));
}

}  // namespace this_thread

}  // namespace sim
