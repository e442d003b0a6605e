#pragma once

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include "event/schedule.hpp"
#include "explore/options.hpp"
#include "explore/report.hpp"

namespace sim {

namespace detail {
/// A program without its type: `run(object)` executes it once, on a copy of it if it can be copied.
struct Program {
  void (*run)(void* object);
  void* object;
};
Report explore(const Program& program, const Options& options);
Report replay(const Program& program, const Schedule& schedule, const Options& options);

/// Calls `use` with `program` without its type. A function is passed as a pointer to it.
template <class P, class Use>
auto erased(P& program, Use use) {
  if constexpr (std::is_function_v<P>) {
    P* pointer = &program;
    return erased(pointer, use);
  } else {
    const auto run = [](void* object) {
      if constexpr (std::is_copy_constructible_v<P>) {
        P copy(*static_cast<P*>(object));  // In the arena: what the program changes in itself is restored.
        std::invoke(copy);
      } else {
        std::invoke(*static_cast<P*>(object));
      }
    };
    return use(Program{run, const_cast<void*>(static_cast<const void*>(&program))});
  }
}
}  // namespace detail

/// Runs `program` in all its interleavings, or in those that `options.strategy` samples, and reports what they show.
///
/// The program must be self-contained: everything that its threads share must be created inside it. Throws
/// std::invalid_argument if an option is out of range or not available.
template <class P>
requires std::invocable<P&> Report explore(P&& program, const Options& options = {}) {
  return detail::erased(program, [&](const detail::Program& erased) { return detail::explore(erased, options); });
}

/// Runs `program` once, along `schedule`. The report's violation carries the trace; without one, `violations` is empty
/// and the verdict is `holds`. If the schedule does not fit the program the verdict is `inconclusive` and `reason`
/// names the step that diverged.
template <class P>
requires std::invocable<P&> Report replay(P&& program, const Schedule& schedule, const Options& options = {}) {
  return detail::erased(program,
                        [&](const detail::Program& erased) { return detail::replay(erased, schedule, options); });
}

/// Runs `program` along `schedule` and returns its trace, whether it violates anything or not.
struct Recording {
  Report report;
  Trace trace;
};
namespace detail {
Recording record(const Program& program, const Schedule& schedule, const Options& options);
}
template <class P>
requires std::invocable<P&> Recording record(P&& program, const Schedule& schedule, const Options& options = {}) {
  return detail::erased(program,
                        [&](const detail::Program& erased) { return detail::record(erased, schedule, options); });
}

/// Makes the running exploration stop as soon as it can, with a partial report. Safe to call from a signal handler.
void interrupt();

}  // namespace sim
