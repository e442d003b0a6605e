#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/trace.hpp"

namespace sim::report {

/// Writes traces by hand, the way an execution would leave them.
class TraceBuilder {
 public:
  /// Threads are numbered in the order of this call.
  ThreadId thread(std::string_view name) {
    const ThreadId id = next_thread_++;
    trace_.name_thread(id, std::string(name));
    return id;
  }

  /// The same name gives the same object.
  ObjectId object(std::string_view name) {
    const auto [found, is_new] = objects_.try_emplace(std::string(name), static_cast<ObjectId>(objects_.size() + 1));
    if (is_new) trace_.name_object(found->second, std::string(name));
    return found->second;
  }

  TraceBuilder& step(ThreadId thread, OperationKind kind, std::string_view name, AccessMode mode, std::string_view text,
                     std::vector<std::string> notes = {}) {
    Event event;
    event.thread = thread;
    event.occurrence = occurrences_[thread]++;
    event.operation = {kind, name.empty() ? no_object : object(name)};
    event.text = text;
    if (mode != AccessMode::none) event.footprint.push_back({event.operation.object, mode});
    event.notes = std::move(notes);
    trace_.append(std::move(event));
    return *this;
  }

  /// An event that executes at once, about another thread.
  TraceBuilder& about(ThreadId thread, OperationKind kind, ThreadId other = 0) {
    step(thread, kind, "", AccessMode::none, "");
    trace_.mutable_events().back().value = other;
    return *this;
  }

  /// Lets the last event touch one more object.
  TraceBuilder& also(std::string_view name, AccessMode mode) {
    const ObjectId id = object(name);
    trace_.mutable_events().back().footprint.push_back({id, mode});
    return *this;
  }

  Trace& trace() { return trace_; }

 private:
  Trace trace_;
  ThreadId next_thread_ = 0;
  std::map<std::string, ObjectId> objects_;
  std::map<ThreadId, std::uint32_t> occurrences_;
};

/// Two threads each load a counter and store what they read plus one.
inline Trace lost_update() {
  TraceBuilder b;
  const ThreadId first = b.thread("thread 0"), second = b.thread("thread 1");
  using enum OperationKind;
  b.about(first, thread_spawn, second).about(second, thread_start);
  b.step(first, atomic_load, "counter", AccessMode::read, "-> 0");
  b.step(second, atomic_load, "counter", AccessMode::read, "-> 0");
  b.step(second, atomic_store, "counter", AccessMode::write, "1").about(second, thread_exit);
  b.step(first, atomic_store, "counter", AccessMode::write, "1");
  b.trace().preemptions = 1;
  return b.trace();
}

/// Two threads that take two locks in opposite order; the last events are the unlocked tries that block for ever.
inline Trace lock_order(unsigned threads) {
  TraceBuilder b;
  std::vector<ThreadId> ids;
  for (unsigned i = 0; i < threads; ++i) ids.push_back(b.thread("philosopher-" + std::to_string(i + 1)));
  for (const ThreadId id : ids) {
    b.step(id, OperationKind::mutex_lock, "fork " + std::to_string(id + 1), AccessMode::write, "");
  }
  b.step(ids[0], OperationKind::choice, "", AccessMode::none, "-> 2");
  return b.trace();
}

/// The race of KB 885278, symptom 1: two sending threads select the same request, and the second one meets error 32.
Trace kb885278();

/// The same race further on: the package arrives twice (symptom 2). Some 90 events, with the despooler.
Trace kb885278_double_send();

}  // namespace sim::report
