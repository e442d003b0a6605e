#include "report/arrows.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace sim::report {
namespace {

/// For each thread, how many leading events of the trace are covered: an event of that thread below this index
/// happens-before the owner of the clock (or is the owner).
using Clock = std::vector<std::size_t>;

std::size_t thread_count(const Trace& trace) {
  std::size_t count = trace.thread_names().size();
  for (const Event& event : trace.events()) count = std::max<std::size_t>(count, event.thread + 1);
  return count;
}

ArrowKind kind_of(AccessMode earlier, AccessMode later) {
  if (later == AccessMode::read) return ArrowKind::reads_from;
  return earlier == AccessMode::read ? ArrowKind::invalidates : ArrowKind::overwrites;
}

/// How `later` depends on `earlier`, on the object that says most: first one that is the operation of both.
std::optional<Arrow> dependence(const Event& earlier, const Event& later) {
  std::optional<Arrow> found;
  for (const Access& after : later.footprint) {
    for (const Access& before : earlier.footprint) {
      if (!conflict(before, after)) continue;
      const bool of_both = after.object == earlier.operation.object && after.object == later.operation.object;
      if (!found || of_both) found = Arrow{0, 0, kind_of(before.mode, after.mode), after.object};
      if (of_both) return found;
    }
  }
  if (found) return found;
  const OperationKind before = earlier.operation.kind, after = later.operation.kind;
  if (before == OperationKind::thread_spawn && after == OperationKind::thread_start && earlier.value == later.thread) {
    return Arrow{0, 0, ArrowKind::spawn, no_object};
  }
  if (before == OperationKind::thread_exit && after == OperationKind::thread_join && later.value == earlier.thread) {
    return Arrow{0, 0, ArrowKind::join, no_object};
  }
  return std::nullopt;
}

/// Closing a file passes nothing on by itself: an arrow from it begins at what the thread last did with the contents,
/// so that "read NONE" points to the write that made it out of date. Program order makes the new arrow as true as the
/// old.
void start_at_contents(Arrow& arrow, std::span<const Event> events) {
  const Event& last = events[arrow.earlier];
  if (last.operation.kind != OperationKind::file_close) return;
  for (std::size_t i = arrow.earlier; i-- > 0;) {
    const Event& event = events[i];
    if (event.thread != last.thread || event.operation.object != last.operation.object) continue;
    if (event.operation.kind == OperationKind::file_open) return;
    if (event.operation.kind != OperationKind::file_read && event.operation.kind != OperationKind::file_write) continue;
    const std::optional<Arrow> moved = dependence(event, events[arrow.later]);
    if (moved) arrow = {i, arrow.later, moved->kind, moved->object};
    return;
  }
}

}  // namespace

std::vector<Arrow> arrows(const Trace& trace) {
  const auto events = trace.events();
  std::vector<Arrow> result;
  std::vector<Clock> clocks;                                                    // Of each event.
  std::vector<Clock> last(thread_count(trace), Clock(thread_count(trace), 0));  // Of each thread's last event.
  for (std::size_t i = 0; i < events.size(); ++i) {
    Clock clock = last[events[i].thread];
    // Backwards, so that an ordering which a later event implies is already in the clock.
    for (std::size_t j = i; j-- > 0;) {
      if (events[j].thread == events[i].thread || j < clock[events[j].thread]) continue;
      std::optional<Arrow> arrow = dependence(events[j], events[i]);
      if (!arrow) continue;
      arrow->earlier = j;
      arrow->later = i;
      start_at_contents(*arrow, events);
      result.push_back(*arrow);
      std::ranges::transform(clock, clocks[j], clock.begin(),
                             [](std::size_t a, std::size_t b) { return std::max(a, b); });
    }
    clock[events[i].thread] = i + 1;
    last[events[i].thread] = clock;
    clocks.push_back(std::move(clock));
  }
  return result;
}

}  // namespace sim::report
