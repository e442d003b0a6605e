#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "event/schedule.hpp"
#include "explore/state_graph.hpp"

namespace sim {

/// Executions that never end, found in the graph of the states. A *component* is a set of states each of which leads to
/// each other one: what repeats for ever stays in one.
struct Livelocks {
  /// Components that no schedule leaves, in which the program does not end and reaches no goal: it can never complete.
  std::uint64_t inescapable = 0;
  std::optional<Schedule> inescapable_cycle;  ///< Into one of them along a shortest way, and around in it.

  /// The same, but time stands still in them: a thread sleeps, and its timer never fires, because others never stop
  /// running. Nothing is known about a program that polls without sleeping, under urgent time.
  std::uint64_t timeless = 0;

  /// Sets of states in which a strongly fair schedule can stay for ever without reaching a goal, though it could also
  /// leave: every thread that is enabled again and again takes steps again and again.
  std::uint64_t escapable = 0;
  std::optional<Schedule> escapable_cycle;

  /// Components that no schedule leaves, and in which a goal is reached: the program serves for ever.
  std::uint64_t quiescent = 0;

  /// For each liveness property, by number: into a set of states in all of which it is false and in which a strongly
  /// fair schedule can stay for ever, and around in it. None: there is no such set.
  std::array<std::optional<Schedule>, 8> unmet_cycles;
  /// Such sets in which time stands still. Nothing is known about them.
  std::uint64_t timeless_unmet = 0;
};

/// Looks at the graph of states with numbers below `states`; the program begins in state `first`. States that were not
/// expanded, and alternatives that were not taken, are taken for ways out: nothing is called inescapable that may be
/// escaped.
Livelocks find_livelocks(const StateGraph& graph, std::uint64_t states, std::uint32_t first = 0);
/// Bytes that it takes meanwhile, at least.
constexpr std::uint64_t find_livelocks_bytes(std::uint64_t states) {
  return states * 5 * sizeof(std::uint32_t);
}

}  // namespace sim
