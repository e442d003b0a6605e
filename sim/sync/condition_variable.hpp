#pragma once

#include <bit>

#include "sync/mutex.hpp"

namespace sim {

/// std::condition_variable without spurious wake-ups. A wait is two events: it releases the mutex and queues up; later,
/// notified and with the mutex free, it goes on. `notify_one` wakes any one waiter: which one is an explored choice.
class alignas(8) condition_variable {
 public:
  explicit condition_variable(std::string_view name = {}) { detail::introduce(this, name, "condition"); }
  condition_variable(const condition_variable&) = delete;
  condition_variable& operator=(const condition_variable&) = delete;
  ~condition_variable() { runtime::object_ends(); }

  void wait(std::unique_lock<mutex>& lock) {
    mutex& held = *lock.mutex();
    if (held.owner_ != mutex::me() && runtime::in_program()) {
      runtime::violate("mutex-misuse", "a thread waits on a condition without holding the mutex");
    }
    runtime::announce(OperationKind::condition_wait, this, AccessMode::write, Synchronization::release);
    runtime::access(&held, AccessMode::write);
    {
      const detail::Change<condition_variable> change(*this);
      waiting_ |= my_bit();
    }
    held.disown();
    const Wake wake{this, &held, my_bit()};
    runtime::announce_blocking(OperationKind::condition_wake, &held, AccessMode::write, can_wake, &wake,
                               Synchronization::acquire);
    runtime::access(token(runtime::this_thread()), AccessMode::write);
    {
      const detail::Change<condition_variable> change(*this);
      notified_ &= ~my_bit();
    }
    held.own();
  }

  template <class Predicate>
  void wait(std::unique_lock<mutex>& lock, Predicate predicate) {
    while (!predicate()) wait(lock);
  }

  void notify_one() {
    runtime::announce(OperationKind::condition_notify_one, this, AccessMode::write);
    runtime::set_value(waiting_);
    if (waiting_ == 0) return;
    std::uint64_t rest = waiting_;
    const auto count = static_cast<std::uint32_t>(std::popcount(waiting_));
    for (std::uint32_t skip = runtime::choose(count); skip > 0; --skip) rest &= rest - 1;
    wake(rest & -rest);
  }

  void notify_all() {
    runtime::announce(OperationKind::condition_notify_all, this, AccessMode::write);
    runtime::set_value(waiting_);
    wake(waiting_);
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const { return mix({waiting_, notified_}, 0).low; }

 private:
  struct Wake {
    const condition_variable* condition;
    const mutex* held;
    std::uint64_t thread;
  };
  static bool can_wake(const void* argument) {
    const auto& wake = *static_cast<const Wake*>(argument);
    return (wake.condition->notified_ & wake.thread) != 0 && wake.held->owner_ == 0;
  }
  static std::uint64_t my_bit() { return std::uint64_t{1} << runtime::this_thread(); }
  ObjectId token(ThreadId thread) const { return runtime::part_of(runtime::object_at(this), thread); }

  void wake(std::uint64_t threads) {
    const detail::Change<condition_variable> change(*this);
    waiting_ &= ~threads;
    notified_ |= threads;
    for (std::uint64_t rest = threads; rest != 0; rest &= rest - 1) {
      runtime::access(token(static_cast<ThreadId>(std::countr_zero(rest))), AccessMode::write);
    }
  }

  std::uint64_t waiting_ = 0;   ///< Threads in the queue.
  std::uint64_t notified_ = 0;  ///< Threads that were woken and have not gone on yet.
};

}  // namespace sim
