#pragma once

#include <condition_variable>

#include "runtime/deadline.hpp"
#include "sync/stop_token.hpp"
#include "sync/time.hpp"
#include "sync/wait_queue.hpp"

namespace sim {

/// std::condition_variable_any: waits with any lock. A wait is at least four events: it queues up, unlocks, goes on
/// when it is notified (or its timer fires), and locks again.
class alignas(8) condition_variable_any {
 public:
  explicit condition_variable_any(std::string_view name = {}) { introduce(name); }
  /// Wakes in the order in which threads began to wait.
  explicit condition_variable_any(fifo_t, std::string_view name = {}) : queue_(fifo) { introduce(name); }
  condition_variable_any(const condition_variable_any&) = delete;
  condition_variable_any& operator=(const condition_variable_any&) = delete;
  ~condition_variable_any() { runtime::object_ends(this); }

  template <class Lock>
  void wait(Lock& lock) {
    begin_wait({});
    until_notified(lock);
  }
  template <class Lock, class Predicate>
  void wait(Lock& lock, Predicate predicate) {
    while (!predicate()) wait(lock);
  }

  template <class Lock, class Rep, class Period>
  std::cv_status wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration) {
    return wait_within(lock, detail::nanoseconds_in(duration));
  }
  template <class Lock, class Clock, class Duration>
  std::cv_status wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& time) {
    return wait_within(lock, detail::nanoseconds_until(time));
  }
  template <class Lock, class Rep, class Period, class Predicate>
  bool wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& duration, Predicate predicate) {
    return wait_within(lock, {}, detail::nanoseconds_in(duration), predicate);
  }
  template <class Lock, class Clock, class Duration, class Predicate>
  bool wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& time, Predicate predicate) {
    return wait_within(lock, {}, detail::nanoseconds_until(time), predicate);
  }

  // These three end, too, when a stop is requested. They return what the predicate says then.
  template <class Lock, class Predicate>
  bool wait(Lock& lock, stop_token token, Predicate predicate) {
    const stop_callback wake_up(token, [this] { notify_all(); });
    while (!predicate()) {
      if (!begin_wait(token)) return predicate();
      until_notified(lock);
    }
    return true;
  }
  template <class Lock, class Rep, class Period, class Predicate>
  bool wait_for(Lock& lock, stop_token token, const std::chrono::duration<Rep, Period>& duration, Predicate predicate) {
    return wait_within(lock, token, detail::nanoseconds_in(duration), predicate);
  }
  template <class Lock, class Clock, class Duration, class Predicate>
  bool wait_until(Lock& lock, stop_token token, const std::chrono::time_point<Clock, Duration>& time,
                  Predicate predicate) {
    return wait_within(lock, token, detail::nanoseconds_until(time), predicate);
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
    const condition_variable_any* condition;
    ThreadId thread;
  };
  static bool can_wake(const void* argument) {
    const auto& wake = *static_cast<const Wake*>(argument);
    return wake.condition->queue_.is_notified(wake.thread);
  }
  ObjectId id() const { return runtime::object_at(this); }
  ObjectId token() const { return runtime::part_of(id(), runtime::this_thread()); }

  void introduce(std::string_view name) const {
    if (runtime::names_wanted()) runtime::name_object(this, name, "condition", max_threads);
  }

  // Queues up, unless a stop was requested: whoever requests one later finds the thread in the queue.
  bool begin_wait(const stop_token& token) {
    runtime::announce(OperationKind::condition_wait, this, AccessMode::write);
    if (token.stop_possible() && token.state_.get()->is_requested_now()) {
      runtime::set_mode(AccessMode::read);
      if (runtime::recording()) runtime::set_text("-> stop requested");
      return false;
    }
    const detail::Change<condition_variable_any> change(*this);
    queue_.join(runtime::this_thread());
    return true;
  }

  [[gnu::noinline]] void go_on() {
    const detail::Change<condition_variable_any> change(*this);
    queue_.go_on(runtime::this_thread(), id());
  }

  template <class Lock>
  [[gnu::noinline]] void until_notified(Lock& lock) {
    lock.unlock();
    const Wake wake{this, runtime::this_thread()};
    runtime::announce_blocking_named(OperationKind::condition_wake, token(), AccessMode::write, can_wake, &wake,
                                     Synchronization::none);
    go_on();
    lock.lock();
  }

  template <class Lock>
  [[gnu::noinline]] std::cv_status until_notified_or(Lock& lock, const runtime::Deadline& deadline) {
    lock.unlock();
    runtime::access(token(), AccessMode::read);  // Who notifies it spares it the deadline, from here on.
    const Wake wake{this, runtime::this_thread()};
    const bool notified = runtime::announce_timed(OperationKind::condition_wake, token(), AccessMode::write, can_wake,
                                                  &wake, deadline.remaining());
    runtime::set_value(notified ? 1 : 0);
    if (runtime::recording()) runtime::set_text(notified ? "-> notified" : "-> timed out");
    if (notified) {
      go_on();
    } else {
      runtime::set_access(id(), AccessMode::write, Synchronization::none);
      const detail::Change<condition_variable_any> change(*this);
      queue_.leave(runtime::this_thread(), id());
    }
    lock.lock();
    return notified ? std::cv_status::no_timeout : std::cv_status::timeout;
  }

  template <class Lock>
  std::cv_status wait_within(Lock& lock, std::int64_t nanoseconds) {
    const runtime::Deadline deadline(nanoseconds);
    begin_wait({});
    return until_notified_or(lock, deadline);
  }

  template <class Lock, class Predicate>
  bool wait_within(Lock& lock, const stop_token& token, std::int64_t nanoseconds, Predicate& predicate) {
    const runtime::Deadline deadline(nanoseconds);
    const stop_callback wake_up(token, [this] { notify_all(); });
    while (!predicate()) {
      if (!begin_wait(token) || until_notified_or(lock, deadline) == std::cv_status::timeout) return predicate();
    }
    return true;
  }

  void wake(std::uint64_t threads) {
    if (threads == 0) return;
    const detail::Change<condition_variable_any> change(*this);
    queue_.wake(threads, id());
  }

  detail::WaitQueue queue_;
};

}  // namespace sim
