#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "event/footprint.hpp"
#include "event/operation.hpp"
#include "event/schedule.hpp"

namespace sim {

/// One executed transition: step number `occurrence` (from 0) of `thread`.
/// (thread, occurrence) names the same event in all equivalent executions.
struct Event {
  ThreadId thread = 0;
  std::uint32_t occurrence = 0;
  Operation operation;
  std::uint64_t value = 0;         ///< Value read, written or chosen, or an error code; replay compares it.
  std::string text;                ///< The values for people: "-> 0", "1", "0 -> 1", "-> error 32".
  std::vector<Access> footprint;   ///< Every object that the event read or wrote.
  std::vector<std::string> notes;  ///< What the program said with sim::note, in order.
};

/// The events of one execution, in the order they were executed, with the names of its threads and objects.
///
/// A Trace is data: every checker, diagram and replay is a function of it.
class Trace {
 public:
  void append(Event event) { events_.push_back(std::move(event)); }
  void name_thread(ThreadId thread, std::string name);
  void name_object(ObjectId object, std::string name) { object_names_.insert_or_assign(object, std::move(name)); }

  std::span<const Event> events() const { return events_; }
  std::vector<Event>& mutable_events() { return events_; }
  /// In the order of their numbers; a thread without a name is "thread N".
  std::span<const std::string> thread_names() const { return thread_names_; }
  /// The object's name; "object N" for one that nobody named; empty for no_object.
  std::string object_name(ObjectId object) const;

  /// Events that were scheduled, without those that execute at once (spawn, start, exit, join).
  std::size_t scheduled_steps() const;
  /// Switches away from a thread that could have gone on: how unlikely the schedule is on a real machine.
  std::uint32_t preemptions = 0;
  /// Of an execution that never ends: the index of the first event of the cycle. What follows repeats for ever.
  std::optional<std::size_t> cycle = {};

 private:
  std::vector<Event> events_;
  std::vector<std::string> thread_names_;
  std::map<ObjectId, std::string> object_names_;
};

}  // namespace sim
