#include "explore/trace_counter.hpp"

namespace sim {

void TraceCounter::count(const Execution& execution, bool everything) {
  for (std::size_t at = 0; at < execution.read_sets().size(); ++at) {
    footprints_.group(Execution::read_set_object(at), execution.read_sets()[at].objects);
  }
  events_.rebuild(execution.log(), everything);
  seen_.insert(events_.fingerprint(), 1);
}

// Fingerprints are made of the numbers of objects.
void TraceCounter::save(checkpoint::Writer& to) const {
  to.words(footprints_.names());
  seen_.save(to);
}

void TraceCounter::load(checkpoint::Reader& from) {
  footprints_.number_in_order(from.words<ObjectId>());
  seen_.load(from);
}

}  // namespace sim
