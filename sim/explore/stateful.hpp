#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "explore/explore.hpp"
#include "explore/options.hpp"
#include "explore/state_graph.hpp"
#include "runtime/search.hpp"

namespace sim {

/// A search that expands each state once.
class StatefulSearch : public Search {
 public:
  bool matches_states() const override { return true; }

  /// The graph of the states; null if none is kept.
  virtual const StateGraph* graph() const = 0;
  /// True iff it has ended early, because the program can come back to a state, no graph is kept, and one is wanted.
  virtual bool must_begin_again_with_graph() const = 0;
};

/// `keep_graph`: from the beginning. Otherwise a graph is kept if it costs little beside the rest, and if not, and
/// livelocks are looked for, the search ends at the first cycle.
std::unique_ptr<StatefulSearch> make_stateful(const Options& options, bool keep_graph);

/// The property that an execution violates which never ends, and from which no schedule leads to an end.
inline constexpr std::string_view livelock_property = "livelock";

class Checkpoints;

/// One run of an Explorer. `clock_in_state`: virtual time is part of states.
using ExploreOnce = std::function<Report(Search& search, bool clock_in_state)>;
/// Follows a schedule, which may have a cycle.
using RecordSchedule = std::function<Recording(const Schedule& schedule)>;

/// Explores with `stateful`, again if the first time shows that more must be in a state or that a graph is needed, and
/// looks for livelocks. The violations have no trace yet. `checkpoints`: null if none are kept.
Report explore_states(const Options& options, Checkpoints* checkpoints, const ExploreOnce& explore_once,
                      const RecordSchedule& record);

}  // namespace sim
