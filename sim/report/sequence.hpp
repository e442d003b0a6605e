#pragma once

#include <string>

#include "event/trace.hpp"

namespace sim::report {

/// What stands above a diagram.
struct DiagramTitle {
  std::string title;        ///< Such as "kb885278: two sending threads select one request".
  std::string verdict;      ///< Such as "violated: no-sharing-violation"; if it begins so, the last event is marked.
  std::string detail = {};  ///< The values observed: "main in thread_join, t1 in mutex_lock b"; empty: none.
};

/// A sequence diagram as Graphviz DOT, for `dot -Tsvg`: a lifeline for each thread, time downwards, a box for each
/// event.
///
/// Arrows lead from an event to the events of other threads that depend on it, where nothing else implies the order.
/// Where an execution begins to repeat for ever there is a line across. Objects over which threads order each other
/// have a colour; boxes of all others are grey. Positions are in the DOT text (layout=nop2), so that every version of
/// Graphviz draws the same.
std::string sequence_dot(const Trace& trace, const DiagramTitle& title);

}  // namespace sim::report
