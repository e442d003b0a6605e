#pragma once

#include <chrono>
#include <mutex>

#include "sync/object.hpp"
#include "sync/time.hpp"

namespace sim {

class condition_variable;

namespace detail {

/// How a try that may fail is shown.
inline void report_try(bool success, const char* failure) {
  runtime::set_value(success ? 1 : 0);
  if (runtime::recording()) runtime::set_text(success ? "-> taken" : failure);
}

/// What the mutexes share that belong to one thread at a time.
class alignas(8) exclusive_mutex {
 public:
  exclusive_mutex(const exclusive_mutex&) = delete;
  exclusive_mutex& operator=(const exclusive_mutex&) = delete;
  ~exclusive_mutex() { runtime::object_ends(this); }

  [[gnu::noinline]] void lock() {
    runtime::announce_blocking(OperationKind::mutex_lock, this, AccessMode::write, is_free, this,
                               Synchronization::acquire);
    own();
  }

  [[gnu::noinline]] bool try_lock() {
    runtime::announce(OperationKind::mutex_try_lock, this, AccessMode::write, Synchronization::acquire);
    const bool free = owner_ == 0;
    if (free)
      own();
    else
      runtime::set_mode(AccessMode::read);
    report_try(free, "-> busy");
    return free;
  }

  [[gnu::noinline]] void unlock() {
    if (owner_ != me() && runtime::in_program()) {
      runtime::violate("mutex-misuse", "a thread unlocks a mutex that it does not hold");
    }
    runtime::announce(OperationKind::mutex_unlock, this, AccessMode::write, Synchronization::release);
    disown();
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return owner_; }

 protected:
  explicit exclusive_mutex(std::string_view name) { introduce(this, name, "mutex"); }

  [[gnu::noinline]] bool try_lock_within(std::int64_t nanoseconds) {
    if (nanoseconds == 0) return try_lock();
    const bool free = runtime::announce_timed(OperationKind::mutex_try_lock_for, runtime::object_at(this),
                                              AccessMode::write, is_free, this, nanoseconds, Synchronization::acquire);
    if (free) own();
    report_try(free, "-> timed out");
    return free;
  }

 private:
  friend class sim::condition_variable;

  static std::uint32_t me() { return runtime::this_thread() + 1; }
  static bool is_free(const void* self) { return static_cast<const exclusive_mutex*>(self)->owner_ == 0; }
  [[gnu::noinline]] void own() {
    const Change<exclusive_mutex> change(*this);
    owner_ = me();
  }
  [[gnu::noinline]] void disown() {
    const Change<exclusive_mutex> change(*this);
    owner_ = 0;
  }

  std::uint32_t owner_ = 0;  ///< Thread plus 1; 0: free.
};

}  // namespace detail

/// std::mutex. Locking it twice in one thread blocks for ever, which is a deadlock.
class mutex : public detail::exclusive_mutex {
 public:
  explicit mutex(std::string_view name = {}) : exclusive_mutex(name) {}
};

/// std::timed_mutex, in virtual time. A mutex that is free is taken, however late.
class timed_mutex : public detail::exclusive_mutex {
 public:
  explicit timed_mutex(std::string_view name = {}) : exclusive_mutex(name) {}

  template <class Rep, class Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) {
    return try_lock_within(detail::nanoseconds_in(duration));
  }
  template <class Duration>
  bool try_lock_until(const std::chrono::time_point<virtual_clock, Duration>& time) {
    return try_lock_within(detail::nanoseconds_until(time));
  }
};

}  // namespace sim
