#pragma once

#include <condition_variable>

#include "runtime/deadline.hpp"
#include "sync/mutex.hpp"
#include "sync/wait_queue.hpp"

namespace sim {

/// std::condition_variable without spurious wake-ups. A wait is two events: it releases the mutex and queues up; later,
/// notified and with the mutex free, it goes on. `notify_one` wakes any one waiter: which one is an explored choice,
/// unless the condition is made with `fifo`.
///
/// A timed wait whose timer fires leaves the queue and locks the mutex again, as two events. Once notified, it does not
/// time out.
class alignas(8) condition_variable {
 public:
  explicit condition_variable(std::string_view name = {}) { detail::introduce(this, name, "condition"); }
  /// Wakes in the order in which threads began to wait.
  explicit condition_variable(fifo_t, std::string_view name = {}) : queue_(fifo) {
    detail::introduce(this, name, "condition");
  }
  condition_variable(const condition_variable&) = delete;
  condition_variable& operator=(const condition_variable&) = delete;
  ~condition_variable() { runtime::object_ends(this); }

  [[gnu::noinline]] void wait(std::unique_lock<mutex>& lock) {
    mutex& held = begin_wait(lock);
    const Wake wake{this, &held, runtime::this_thread()};
    runtime::announce_blocking(OperationKind::condition_wake, &held, AccessMode::write, can_wake, &wake,
                               Synchronization::acquire);
    end_wait(held);
  }

  template <class Predicate>
  void wait(std::unique_lock<mutex>& lock, Predicate predicate) {
    while (!predicate()) wait(lock);
  }

  template <class Rep, class Period>
  std::cv_status wait_for(std::unique_lock<mutex>& lock, const std::chrono::duration<Rep, Period>& duration) {
    return wait_within(lock, detail::nanoseconds_in(duration));
  }
  template <class Clock, class Duration>
  std::cv_status wait_until(std::unique_lock<mutex>& lock, const std::chrono::time_point<Clock, Duration>& time) {
    return wait_within(lock, detail::nanoseconds_until(time));
  }
  template <class Rep, class Period, class Predicate>
  bool wait_for(std::unique_lock<mutex>& lock, const std::chrono::duration<Rep, Period>& duration,
                Predicate predicate) {
    return wait_within(lock, detail::nanoseconds_in(duration), predicate);
  }
  template <class Clock, class Duration, class Predicate>
  bool wait_until(std::unique_lock<mutex>& lock, const std::chrono::time_point<Clock, Duration>& time,
                  Predicate predicate) {
    return wait_within(lock, detail::nanoseconds_until(time), predicate);
  }

  [[gnu::noinline]] void notify_one() {
    runtime::announce(OperationKind::condition_notify_one, this, AccessMode::write);
    queue_.drop_killed(*this);
    runtime::set_value(queue_.all());
    wake(queue_.one());
  }

  [[gnu::noinline]] void notify_all() {
    runtime::announce(OperationKind::condition_notify_all, this, AccessMode::write);
    queue_.drop_killed(*this);
    runtime::set_value(queue_.all());
    wake(queue_.all());
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return queue_.contents(); }

 private:
  struct Wake {
    const condition_variable* condition;
    const mutex* held;
    ThreadId thread;
  };
  static bool can_wake(const void* argument) {
    const auto& wake = *static_cast<const Wake*>(argument);
    return wake.condition->queue_.is_notified(wake.thread) && wake.held->owner_ == 0;
  }
  ObjectId id() const { return runtime::object_at(this); }

  // Releases the mutex and queues up.
  mutex& begin_wait(const std::unique_lock<mutex>& lock) {
    mutex& held = *lock.mutex();
    if (held.owner_ != mutex::me() && runtime::in_program()) {
      runtime::violate("mutex-misuse", "a thread waits on a condition without holding the mutex");
    }
    runtime::announce(OperationKind::condition_wait, this, AccessMode::write, Synchronization::release);
    runtime::access(&held, AccessMode::write);
    {
      const detail::Change<condition_variable> change(*this);
      queue_.join(runtime::this_thread());
    }
    held.disown();
    return held;
  }

  void end_wait(mutex& held) {
    {
      const detail::Change<condition_variable> change(*this);
      queue_.go_on(runtime::this_thread(), id());
    }
    held.own();
  }

  [[gnu::noinline]] std::cv_status wait_within(std::unique_lock<mutex>& lock, std::int64_t nanoseconds) {
    mutex& held = begin_wait(lock);
    const Wake wake{this, &held, runtime::this_thread()};
    const bool notified =
        runtime::announce_timed(OperationKind::condition_wake, runtime::object_at(&held), AccessMode::write, can_wake,
                                &wake, nanoseconds, Synchronization::acquire);
    runtime::set_value(notified ? 1 : 0);
    if (runtime::recording()) runtime::set_text(notified ? "-> notified" : "-> timed out");
    if (notified) {
      end_wait(held);
      return std::cv_status::no_timeout;
    }
    runtime::set_access(id(), AccessMode::write, Synchronization::none);
    {
      const detail::Change<condition_variable> change(*this);
      queue_.leave(runtime::this_thread(), id());
    }
    held.lock();
    return std::cv_status::timeout;
  }

  template <class Predicate>
  bool wait_within(std::unique_lock<mutex>& lock, std::int64_t nanoseconds, Predicate& predicate) {
    const runtime::Deadline deadline(nanoseconds);
    while (!predicate()) {
      if (wait_within(lock, deadline.remaining()) == std::cv_status::timeout) return predicate();
    }
    return true;
  }

  void wake(std::uint64_t threads) {
    if (threads == 0) return;
    const detail::Change<condition_variable> change(*this);
    queue_.wake(threads, id());
  }

  detail::WaitQueue queue_;
};

}  // namespace sim
