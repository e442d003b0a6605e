#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "explore/options.hpp"
#include "explore/report.hpp"
#include "models/random_sites.hpp"

/// How the executions of a random topology are explored, and what is printed of one that should not be.
namespace random_sites {

/// A random strategy, which draws the schedules where a topology is too large for all of them.
struct Schedules {
  sim::Strategy strategy = sim::Strategy::random_walk;
  std::uint64_t seed = 1;
  std::uint32_t pct_depth = 3;
};
std::ostream& operator<<(std::ostream& out, const Schedules& schedules);
/// They do not shrink: `shortest` looks for the shortest schedule of the smallest topology.
rc::Gen<Schedules> schedules();

/// How much of a topology is explored.
struct Effort {
  std::uint64_t memory_bytes = 0;  ///< For all states; where it does not do, they are given up.
  std::uint64_t executions = 0;    ///< Then so many are drawn.
};

/// All states of the topology within the effort, else random schedules. Goes on after violations.
sim::Report explore(const Topology& topology, const Schedules& schedules, const Effort& effort);

/// Breadth first, all schedules until `property` is violated; where that takes more than the effort, random ones until
/// then.
sim::Report explore_until(const Topology& topology, const std::string& property, const Schedules& schedules,
                          const Effort& effort);

/// A counterexample, as a scenario that `racewalk check` finds to be violated, as expected.
struct Found {
  std::string property;
  std::size_t steps = 0;
  std::uint32_t preemptions = 0;
  std::string scenario;  ///< The text of the file.
};

/// The shortest violation of any of these properties: of all, where a breadth-first search within this memory reaches
/// one; else of those that random schedules find. nullopt: they find none.
std::optional<Found> shortest(const Topology& topology, const std::set<std::string>& properties,
                              std::uint64_t memory_bytes);

/// A scenario with this topology, explored breadth-first, that expects these properties to be violated.
std::string scenario_text(const Topology& topology, const std::vector<std::string>& properties);

}  // namespace random_sites
