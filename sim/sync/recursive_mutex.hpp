#pragma once

#include <chrono>

#include "sync/mutex.hpp"

namespace sim {
namespace detail {

/// What the mutexes share that their owner may lock again. Only the first lock and the last unlock change what other
/// threads see; those in between only read.
class alignas(8) reentrant_mutex {
 public:
  reentrant_mutex(const reentrant_mutex&) = delete;
  reentrant_mutex& operator=(const reentrant_mutex&) = delete;
  ~reentrant_mutex() { runtime::object_ends(this); }

  [[gnu::noinline]] void lock() {
    if (is_mine())
      runtime::announce(OperationKind::mutex_relock, this, AccessMode::read);
    else
      runtime::announce_blocking(OperationKind::mutex_lock, this, AccessMode::write, is_free, this,
                                 Synchronization::acquire);
    enter();
  }

  [[gnu::noinline]] bool try_lock() {
    const bool mine = is_mine();
    runtime::announce(OperationKind::mutex_try_lock, this, mine ? AccessMode::read : AccessMode::write,
                      mine ? Synchronization::none : Synchronization::acquire);
    const bool free = mine || owner_ == 0;
    if (free)
      enter();
    else
      runtime::set_mode(AccessMode::read);
    report_try(free, "-> busy");
    return free;
  }

  [[gnu::noinline]] void unlock() {
    if (!is_mine() && runtime::in_program()) {
      runtime::violate("mutex-misuse", "a thread unlocks a mutex that it does not hold");
    }
    const bool last = depth_ == 1;
    runtime::announce(OperationKind::mutex_unlock, this, last ? AccessMode::write : AccessMode::read,
                      last ? Synchronization::release : Synchronization::none);
    leave();
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return std::uint64_t{depth_} << 32 | owner_; }

 protected:
  explicit reentrant_mutex(std::string_view name) { introduce(this, name, "mutex"); }

  [[gnu::noinline]] bool try_lock_within(std::int64_t nanoseconds) {
    if (nanoseconds == 0 || is_mine()) return try_lock();
    const bool free = runtime::announce_timed(OperationKind::mutex_try_lock_for, runtime::object_at(this),
                                              AccessMode::write, is_free, this, nanoseconds, Synchronization::acquire);
    if (free) enter();
    report_try(free, "-> timed out");
    return free;
  }

 private:
  static bool is_free(const void* self) { return static_cast<const reentrant_mutex*>(self)->owner_ == 0; }
  // Only the thread itself can change the answer.
  bool is_mine() const { return owner_ == runtime::this_thread() + 1; }
  [[gnu::noinline]] void enter() {
    const Change<reentrant_mutex> change(*this);
    owner_ = runtime::this_thread() + 1;
    ++depth_;
  }
  [[gnu::noinline]] void leave() {
    const Change<reentrant_mutex> change(*this);
    if (--depth_ == 0) owner_ = 0;
  }

  std::uint32_t owner_ = 0;  ///< Thread plus 1; 0: free.
  std::uint32_t depth_ = 0;  ///< Locks less unlocks of the owner.
};

}  // namespace detail

/// std::recursive_mutex.
class recursive_mutex : public detail::reentrant_mutex {
 public:
  explicit recursive_mutex(std::string_view name = {}) : reentrant_mutex(name) {}
};

/// std::recursive_timed_mutex, in virtual time.
class recursive_timed_mutex : public detail::reentrant_mutex {
 public:
  explicit recursive_timed_mutex(std::string_view name = {}) : reentrant_mutex(name) {}

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
