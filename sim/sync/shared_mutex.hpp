#pragma once

#include <chrono>
#include <shared_mutex>

#include "sync/mutex.hpp"

namespace sim {
namespace detail {

/// What the mutexes share that one writer or many readers hold. Readers commute with each other: coming and going adds.
class alignas(8) readers_writer_mutex {
 public:
  readers_writer_mutex(const readers_writer_mutex&) = delete;
  readers_writer_mutex& operator=(const readers_writer_mutex&) = delete;
  ~readers_writer_mutex() { runtime::object_ends(this); }

  [[gnu::noinline]] void lock() {
    runtime::announce_blocking(OperationKind::mutex_lock, this, AccessMode::write, is_free, this,
                               Synchronization::acquire);
    set_writer(me());
  }
  [[gnu::noinline]] bool try_lock() {
    runtime::announce(OperationKind::mutex_try_lock, this, AccessMode::write, Synchronization::acquire);
    const bool free = is_free(this);
    if (free)
      set_writer(me());
    else
      runtime::set_mode(AccessMode::read);
    report_try(free, "-> busy");
    return free;
  }
  [[gnu::noinline]] void unlock() {
    if (writer_ != me() && runtime::in_program()) {
      runtime::violate("mutex-misuse", "a thread unlocks a mutex that it does not hold");
    }
    runtime::announce(OperationKind::mutex_unlock, this, AccessMode::write, Synchronization::release);
    set_writer(0);
  }

  [[gnu::noinline]] void lock_shared() {
    require_no_reader();
    runtime::announce_blocking(OperationKind::mutex_lock_shared, this, AccessMode::add, is_readable, this,
                               Synchronization::acquire);
    flip_reader();
  }
  [[gnu::noinline]] bool try_lock_shared() {
    require_no_reader();
    runtime::announce(OperationKind::mutex_try_lock_shared, this, AccessMode::add, Synchronization::acquire);
    const bool readable = is_readable(this);
    if (readable)
      flip_reader();
    else
      runtime::set_mode(AccessMode::read);
    report_try(readable, "-> busy");
    return readable;
  }
  [[gnu::noinline]] void unlock_shared() {
    if (!is_reader() && runtime::in_program()) {
      runtime::violate("mutex-misuse", "a thread unlocks a mutex that it does not hold shared");
    }
    runtime::announce(OperationKind::mutex_unlock_shared, this, AccessMode::add, Synchronization::release);
    flip_reader();
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return mix({readers_, writer_}, 0).low; }

 protected:
  explicit readers_writer_mutex(std::string_view name) { introduce(this, name, "shared_mutex"); }

  [[gnu::noinline]] bool try_lock_within(std::int64_t nanoseconds) {
    if (nanoseconds == 0) return try_lock();
    const bool free = runtime::announce_timed(OperationKind::mutex_try_lock_for, runtime::object_at(this),
                                              AccessMode::write, is_free, this, nanoseconds, Synchronization::acquire);
    if (free) set_writer(me());
    report_try(free, "-> timed out");
    return free;
  }
  [[gnu::noinline]] bool try_lock_shared_within(std::int64_t nanoseconds) {
    if (nanoseconds == 0) return try_lock_shared();
    require_no_reader();
    const bool readable =
        runtime::announce_timed(OperationKind::mutex_try_lock_shared_for, runtime::object_at(this), AccessMode::add,
                                is_readable, this, nanoseconds, Synchronization::acquire);
    if (readable) flip_reader();
    report_try(readable, "-> timed out");
    return readable;
  }

 private:
  static std::uint32_t me() { return runtime::this_thread() + 1; }
  static std::uint64_t my_bit() { return std::uint64_t{1} << runtime::this_thread(); }
  static bool is_readable(const void* self) { return static_cast<const readers_writer_mutex*>(self)->writer_ == 0; }
  static bool is_free(const void* self) {
    return is_readable(self) && static_cast<const readers_writer_mutex*>(self)->readers_ == 0;
  }
  bool is_reader() const { return (readers_ & my_bit()) != 0; }
  void require_no_reader() const {
    if (is_reader()) runtime::violate("mutex-misuse", "a thread locks a mutex shared that it already holds shared");
  }
  [[gnu::noinline]] void set_writer(std::uint32_t writer) {
    const Change<readers_writer_mutex> change(*this);
    writer_ = writer;
  }
  [[gnu::noinline]] void flip_reader() {
    const Change<readers_writer_mutex> change(*this);
    readers_ ^= my_bit();
  }

  std::uint64_t readers_ = 0;  ///< Threads that hold it shared.
  std::uint32_t writer_ = 0;   ///< Thread plus 1; 0: none.
};

}  // namespace detail

/// std::shared_mutex. Nobody is preferred: whichever thread can take it may be next.
class shared_mutex : public detail::readers_writer_mutex {
 public:
  explicit shared_mutex(std::string_view name = {}) : readers_writer_mutex(name) {}
};

/// std::shared_timed_mutex, in virtual time.
class shared_timed_mutex : public detail::readers_writer_mutex {
 public:
  explicit shared_timed_mutex(std::string_view name = {}) : readers_writer_mutex(name) {}

  template <class Rep, class Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& duration) {
    return try_lock_within(detail::nanoseconds_in(duration));
  }
  template <class Duration>
  bool try_lock_until(const std::chrono::time_point<virtual_clock, Duration>& time) {
    return try_lock_within(detail::nanoseconds_until(time));
  }
  template <class Rep, class Period>
  bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& duration) {
    return try_lock_shared_within(detail::nanoseconds_in(duration));
  }
  template <class Duration>
  bool try_lock_shared_until(const std::chrono::time_point<virtual_clock, Duration>& time) {
    return try_lock_shared_within(detail::nanoseconds_until(time));
  }
};

}  // namespace sim
