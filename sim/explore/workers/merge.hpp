#pragma once

#include "explore/report.hpp"

namespace sim::workers {

/// Adds what one process has found to what others have: counts, outcomes, goals, and of each violated property the
/// shortest schedule; of equally short ones that which comes first in the order of their choices. A reason stays unless
/// there was none.
void merge(Report& into, const Report& found);

}  // namespace sim::workers
