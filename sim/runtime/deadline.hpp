#pragma once

#include <cstdint>

namespace sim::runtime {

/// The time that is left until a deadline, in nanoseconds. It lies on the stack of the thread that keeps it, in a list
/// from ThreadState::deadlines.
struct DeadlineState {
  std::int64_t remaining;
  DeadlineState* outer;
};

/// A deadline that several waits of the calling thread share. Counting down, instead of comparing with the clock, it
/// does not make virtual time part of the state: a loop of such waits returns to a state that it had.
class Deadline {
 public:
  /// `nanoseconds` from now. The innermost deadline of a thread must end first.
  explicit Deadline(std::int64_t nanoseconds);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  /// Nanoseconds left, at least 0.
  std::int64_t remaining() const { return state_.remaining; }

 private:
  DeadlineState state_;
  bool counts_;  ///< False outside a program: there no time passes.
};

}  // namespace sim::runtime
