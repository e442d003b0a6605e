#pragma once

#include <chrono>
#include <cstddef>

#include "sync/mutex.hpp"

namespace sim {

/// std::counting_semaphore. `release` beyond LeastMaxValue is a violation. Where that is out of reach, releases commute
/// with each other.
template <std::ptrdiff_t LeastMaxValue = (std::ptrdiff_t{1} << 31) - 1>
class alignas(8) counting_semaphore {
 public:
  explicit counting_semaphore(std::ptrdiff_t desired, std::string_view name = {}) : count_(desired) {
    if (desired < 0 || desired > LeastMaxValue) {
      runtime::violate("semaphore-misuse", "a semaphore is made with a count below 0 or beyond its maximum");
    }
    detail::introduce(this, name, "semaphore");
  }
  counting_semaphore(const counting_semaphore&) = delete;
  counting_semaphore& operator=(const counting_semaphore&) = delete;
  ~counting_semaphore() { runtime::object_ends(this); }

  static constexpr std::ptrdiff_t max() { return LeastMaxValue; }

  [[gnu::noinline]] void acquire() {
    runtime::announce_blocking(OperationKind::semaphore_acquire, this, AccessMode::write, is_positive, this,
                               Synchronization::acquire);
    add(-1);
  }

  [[gnu::noinline]] bool try_acquire() {
    runtime::announce(OperationKind::semaphore_try_acquire, this, AccessMode::write, Synchronization::acquire);
    const bool positive = count_ > 0;
    if (positive)
      add(-1);
    else
      runtime::set_mode(AccessMode::read);
    detail::report_try(positive, "-> none left");
    return positive;
  }

  template <class Rep, class Period>
  bool try_acquire_for(const std::chrono::duration<Rep, Period>& duration) {
    return try_acquire_within(detail::nanoseconds_in(duration));
  }
  template <class Clock, class Duration>
  bool try_acquire_until(const std::chrono::time_point<Clock, Duration>& time) {
    return try_acquire_within(detail::nanoseconds_until(time));
  }

  [[gnu::noinline]] void release(std::ptrdiff_t update = 1) {
    const bool commutes = LeastMaxValue >= out_of_reach && update < out_of_reach >> 16;
    runtime::announce(OperationKind::semaphore_release, this, commutes ? AccessMode::add : AccessMode::write,
                      Synchronization::release);
    if (update < 0 || update > LeastMaxValue - count_) {
      runtime::violate("semaphore-misuse", "a semaphore is released beyond its maximum");
    }
    add(update);
    if (runtime::recording()) detail::show_value("now ", count_);
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return static_cast<std::uint64_t>(count_); }

 private:
  static constexpr std::ptrdiff_t out_of_reach = (std::ptrdiff_t{1} << 31) - 1;  // For any number of steps.
  static bool is_positive(const void* self) { return static_cast<const counting_semaphore*>(self)->count_ > 0; }

  [[gnu::noinline]] bool try_acquire_within(std::int64_t nanoseconds) {
    if (nanoseconds == 0) return try_acquire();
    const bool positive =
        runtime::announce_timed(OperationKind::semaphore_try_acquire_for, runtime::object_at(this), AccessMode::write,
                                is_positive, this, nanoseconds, Synchronization::acquire);
    if (positive) add(-1);
    detail::report_try(positive, "-> timed out");
    return positive;
  }

  [[gnu::noinline]] void add(std::ptrdiff_t by) {
    const detail::Change<counting_semaphore> change(*this);
    count_ += by;
    if (runtime::recording()) detail::show_value("now ", count_);
  }

  std::ptrdiff_t count_;
};

using binary_semaphore = counting_semaphore<1>;

}  // namespace sim
