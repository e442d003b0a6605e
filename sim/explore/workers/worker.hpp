#pragma once

#include <string>

#include "explore/report.hpp"
#include "explore/workers/control.hpp"
#include "explore/workers/result_log.hpp"

namespace sim::workers {

/// One of several processes that explore together, seen from inside.
class Worker {
 public:
  /// `statement`: where it keeps its last one.
  Worker(Control& control, unsigned index, ResultLog log, ResultLog statement)
      : control_(control), seat_(control.seats[index]), index_(index), log_(log), statement_(statement) {}

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
    if (control_.max_executions == 0 || control_.executions.fetch_add(1) + 1 < control_.max_executions) return;
    if (!control_.parent_stops) stop_all();
  }
  /// True iff the parent alone decides when all stop: it keeps the exploration in a file, and writes that before.
  bool parent_stops() const { return control_.parent_stops; }
  /// This process was interrupted: the parent is to stop all.
  void pass_interruption_on() { control_.interrupted.store(true, std::memory_order_relaxed); }

  /// To be called often, wherever the worker holds nothing of what is shared half done. True if the parent has acted
  /// meanwhile.
  bool pause_here() {
    if (control_.pause.load(std::memory_order_relaxed) == Pause::no) [[likely]]
      return false;
    park();
    return true;
  }
  /// The same wherever something that is counted is half done: not if a statement is wanted.
  void pause_amid() {
    if (!is_statement_wanted()) pause_here();
  }
  /// True if the parent wants a statement. Then, where nothing is half done: state(), and pause_here().
  bool is_statement_wanted() const { return control_.pause.load(std::memory_order_relaxed) == Pause::between; }
  /// Says all that it has found so far, in place of what it said before.
  void state(const Report& so_far);
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
  ResultLog log_, statement_;
  unsigned rests_ = 0;
};

}  // namespace sim::workers
