#pragma once

#include <cstddef>
#include <vector>

#include "event/trace.hpp"

namespace sim::report {

/// Why the later of two events could not have come first with the same result.
enum class ArrowKind {
  reads_from,   ///< It reads what the earlier one wrote.
  overwrites,   ///< It writes over what the earlier one wrote.
  invalidates,  ///< It writes over what the earlier one had read: what the earlier thread knows is out of date.
  spawn,        ///< It is the start of a thread that the earlier one created.
  join,         ///< It waited for the thread that the earlier one ended.
};

/// An ordering between events of two threads.
struct Arrow {
  std::size_t earlier = 0, later = 0;  ///< Indices in Trace::events.
  ArrowKind kind = ArrowKind::reads_from;
  ObjectId object = no_object;  ///< That both touched; none for spawn and join.
};

/// The orderings between threads that no others imply: the transitive reduction of happens-before, without program
/// order. Sorted by the later event.
std::vector<Arrow> arrows(const Trace& trace);

}  // namespace sim::report
