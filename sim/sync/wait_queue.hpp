#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>

#include "runtime/process.hpp"
#include "sync/object.hpp"

namespace sim {

/// Makes a condition wake its waiters in the order in which they began to wait.
struct fifo_t {
  explicit fifo_t() = default;
};
inline constexpr fifo_t fifo{};

namespace detail {

/// The threads that wait for a condition. Each has a token, a part of the condition: it is what a notification writes
/// and a waiter that goes on looks at, so that waking different threads is independent.
class WaitQueue {
 public:
  WaitQueue() = default;
  explicit WaitQueue(fifo_t) : order_(std::make_unique<std::uint8_t[]>(max_threads)) {}

  bool is_notified(ThreadId thread) const { return (notified_ & bit(thread)) != 0; }

  void join(ThreadId thread) {
    if (order_) order_[static_cast<std::size_t>(std::popcount(waiting_))] = static_cast<std::uint8_t>(thread);
    waiting_ |= bit(thread);
  }
  /// Of a waiter that was not notified. `condition` is what the queue belongs to.
  void leave(ThreadId thread, ObjectId condition) {
    runtime::access(runtime::part_of(condition, thread), AccessMode::write);
    remove(thread);
  }
  /// Of a waiter that was notified.
  void go_on(ThreadId thread, ObjectId condition) {
    runtime::access(runtime::part_of(condition, thread), AccessMode::write);
    notified_ &= ~bit(thread);
  }

  /// What `notify_one` is to wake.
  std::uint64_t one() const {
    if (waiting_ == 0) return 0;
    if (order_) return bit(order_[0]);
    std::uint64_t rest = waiting_;
    for (auto skip = runtime::choose(static_cast<std::uint32_t>(std::popcount(waiting_))); skip > 0; --skip)
      rest &= rest - 1;
    return rest & -rest;
  }
  std::uint64_t all() const { return waiting_; }
  /// Before any of them is woken: drops those that were killed. A crash leaves queues as they are, so that it depends
  /// on none of them. `condition` is what the queue belongs to.
  template <class Condition>
  void drop_killed(const Condition& condition) {
    if (waiting_ == 0) return;
    runtime::depend_on_life_of(waiting_);
    const std::uint64_t killed = waiting_ & runtime::killed_threads();
    if (killed == 0) return;
    const Change<Condition> change(condition);
    for (std::uint64_t rest = killed; rest != 0; rest &= rest - 1)
      remove(static_cast<ThreadId>(std::countr_zero(rest)));
  }
  void wake(std::uint64_t threads, ObjectId condition) {
    notified_ |= threads;
    for (; threads != 0; threads &= threads - 1) {
      const auto thread = static_cast<ThreadId>(std::countr_zero(threads));
      remove(thread);
      runtime::access(runtime::part_of(condition, thread), AccessMode::write);
      runtime::disarm(thread);
    }
  }

  /// For StateIdentity::logical.
  std::uint64_t contents() const {
    Hash128 hash = mix({waiting_, notified_}, 0);
    for (int i = 0; order_ && i < std::popcount(waiting_); ++i) hash = mix(hash, order_[static_cast<std::size_t>(i)]);
    return hash.low;
  }

 private:
  static constexpr std::uint64_t bit(ThreadId thread) { return std::uint64_t{1} << thread; }

  void remove(ThreadId thread) {
    if (order_) {
      std::uint8_t* const end = order_.get() + std::popcount(waiting_);
      *std::remove(order_.get(), end, static_cast<std::uint8_t>(thread)) = 0;  // Equal queues are equal bytes.
    }
    waiting_ &= ~bit(thread);
  }

  std::uint64_t waiting_ = 0;              ///< Threads in the queue.
  std::uint64_t notified_ = 0;             ///< Threads that were woken and have not gone on yet.
  std::unique_ptr<std::uint8_t[]> order_;  ///< The queue, if order counts, with zeros behind it.
};

}  // namespace detail
}  // namespace sim
