#pragma once

#include <csignal>
#include <ctime>
#include <exception>

namespace sim::runtime {

/// While it lives, a crash of the program under test (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT), a stack overflow, a
/// failed assert, std::terminate, exit(), and a transition that takes too long become violations of the running
/// execution. Crashes of anything else go to the handlers that were there before.
class FaultGuard {
 public:
  /// `hang_seconds`: how long one transition may run, or wait in the kernel; 0: for ever. That it waits for a processor
  /// does not count.
  explicit FaultGuard(double hang_seconds);
  ~FaultGuard();
  FaultGuard(const FaultGuard&) = delete;
  FaultGuard& operator=(const FaultGuard&) = delete;

  /// To be called in a forked process that goes on exploring: timers stay with the parent.
  static void process_was_forked();

 private:
  void start_timer();

  static constexpr int caught_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
  struct sigaction before_[5];
  struct sigaction alarm_before_ = {};
  stack_t stack_before_ = {};
  std::terminate_handler terminate_before_ = nullptr;
  timer_t timer_ = {};
  bool has_timer_ = false;
};

}  // namespace sim::runtime
