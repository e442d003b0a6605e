#pragma once

#include "explore/report.hpp"

namespace sim::workers {

/// Adds what one process has found to what others have: counts, outcomes, goals, notes, and of each violated property
/// the shortest schedule; of equally short ones that which comes first in the order of their choices. A reason stays
/// unless there was none. What is no sum is left to the caller: verdict, complete, states, seconds, peak memory,
/// bounds, and the failure rate.
void merge(Report& into, const Report& found);

}  // namespace sim::workers
