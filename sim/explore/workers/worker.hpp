#pragma once

#include <string>

#include "explore/report.hpp"
#include "explore/workers/control.hpp"
#include "explore/workers/result_log.hpp"

namespace sim::workers {

/// One of several processes that explore together, seen from inside.
class Worker {
 public:
  Worker(Control& control, unsigned index, ResultLog log)
      : control_(control), seat_(control.seats[index]), index_(index), log_(log) {}

  unsigned index() const { return index_; }
  Seat& seat() { return seat_; }

  /// True once it should end: the work is finished, or is to be left.
  bool is_over() const {
    return control_.stop.load(std::memory_order_relaxed) || control_.finished.load(std::memory_order_relaxed);
  }
  bool is_finished() const { return control_.finished.load(std::memory_order_relaxed); }
  const std::atomic<bool>& stop_flag() const { return control_.stop; }
  /// Makes everybody leave the work.
  void stop_all();
  /// Counts an execution against the budget of all, and stops all where that runs out.
  void count_execution() {
    if (control_.max_executions != 0 && control_.executions.fetch_add(1) + 1 >= control_.max_executions) stop_all();
  }

  /// To be called often, wherever the worker holds nothing of what is shared half done. True if the parent has acted
  /// meanwhile.
  bool pause_here() {
    if (!control_.pause.load(std::memory_order_relaxed)) [[likely]]
      return false;
    park();
    return true;
  }
  /// Makes the parent act while all are parked, and returns when it has.
  void call_parent();

  /// Nothing to do, and something again.
  void become_idle();
  void become_busy();
  /// Workers that have nothing to do.
  std::uint32_t idle_workers() const { return control_.idle.load(std::memory_order_relaxed); }
  /// Waits a moment, longer each time in a row.
  void rest();

  /// Keeps a part of what was found, so that it is there even if this process dies at once.
  void publish(const Report& part);
  /// All that was found, in place of the parts. The last thing that a worker says.
  void publish_whole(const Report& whole);

 private:
  void park();

  Control& control_;
  Seat& seat_;
  const unsigned index_;
  ResultLog log_;
  unsigned rests_ = 0;
};

}  // namespace sim::workers
