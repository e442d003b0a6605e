#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

#include "runtime/process.hpp"
#include "sync/thread.hpp"

namespace sim {

/// A process of the program under test: a named group of threads that a crash ends together. A thread belongs to the
/// process of the thread that created it, unless `start` created it; the program's main thread to none that has an
/// object. What threads of several processes may share is the program's own affair.
///
///     sim::process server{"server"};
///     sim::thread worker = server.start("worker", work);
///     sim::thread fault{"fault", [&] { server.crash(); }};  // At any moment.
///
/// A crash ends each thread where it stands, as TerminateProcess does. No destructor runs. A thread that was killed
/// counts as exited: it can be joined, holds up nobody and is woken by nobody. What it locked stays locked, but for
/// what the operating system would give back: handles of files and kernel objects, and with them ownership of Win32
/// mutexes. A process that crashed stays as it is: what restarts is a new one.
class process {
 public:
  /// `name` appears in traces.
  explicit process(std::string_view name = {}) : id_(runtime::create_process(name)) {}
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  /// Starts a thread in it. In one that crashed: a violation of `process-misuse`.
  template <class F, class... A>
  requires std::invocable<std::decay_t<F>, std::decay_t<A>...> thread start(std::string_view name, F&& function,
                                                                            A&&... arguments) {
    return thread(id_, name, std::forward<F>(function), std::forward<A>(arguments)...);
  }

  /// Ends all its threads. One event; called by one of them, it does not return. A second crash does nothing.
  void crash() { runtime::crash_process(id_); }
  /// Whether it has crashed. One event.
  bool crashed() const { return runtime::has_crashed(id_); }
  /// Blocks until it has crashed.
  void wait_for_crash() const { runtime::wait_for_crash(id_); }

  /// 1, 2 and so on in the order in which processes were created.
  runtime::ProcessId id() const { return id_; }

 private:
  runtime::ProcessId id_;
};

/// Ends one thread where it stands, as TerminateThread does: see `process`. One event; without effect on a thread that
/// has ended. Of a thread that belongs to no process, the event conflicts with every other.
inline void crash_thread(ThreadId number) {
  runtime::crash_thread(number);
}
inline void crash_thread(const thread& victim) {
  if (!victim.joinable()) runtime::violate("thread-misuse", "a thread that is not joinable is crashed");
  runtime::crash_thread(victim.number());
}

}  // namespace sim
