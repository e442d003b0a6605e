// The states of several processes in a file: the first ways to them, what is known of each by its number, and the edges
// of the graph. Their numbers have gaps, and a state may have a larger number than those behind it: in the file they
// are numbered depth first along the ways, so that a way goes on from the state before, or from one on the way to it.
#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "explore/shared_states.hpp"

namespace sim {

using checkpoint::Reader;
using checkpoint::Writer;
using Kind = ArrivalTree::Kind;

/// The numbers of the states, in the order of the file; and by number the place in that order.
struct SharedStates::Order {
  explicit Order(const SharedStates& states);

  std::vector<std::uint32_t> numbers, places;
};

SharedStates::Order::Order(const SharedStates& states) {
  const std::uint64_t count = states.numbers();
  // Backwards, so that children come in the order of their numbers.
  std::vector<std::uint32_t> first_child(count, none), next_sibling(count, none);
  for (auto number = static_cast<std::uint32_t>(count); number-- > 0;) {
    if (states.record(number).status.load() == 0) continue;
    const std::uint32_t parent = states.arrival(number).parent;
    if (parent != none) next_sibling[number] = std::exchange(first_child[parent], number);
  }
  places.assign(count, none);
  for (std::uint32_t at = states.first(); at != none;) {
    places[at] = static_cast<std::uint32_t>(numbers.size());
    numbers.push_back(at);
    if (first_child[at] != none) {
      at = first_child[at];
      continue;
    }
    while (at != none && next_sibling[at] == none) at = states.arrival(at).parent;
    if (at != none) at = next_sibling[at];
  }
  SIM_CHECK(numbers.size() == states.totals().states);
}

Kind SharedStates::kind_of(const Record& known) const {
  const std::uint32_t status = known.status.load();
  if ((status & status_done) == 0) return Kind::open;
  if ((status & status_terminal) != 0) return Kind::ended;
  return (status & status_cut) != 0 ? Kind::cut : Kind::expanded;
}

// Depths are those of the ways, unless a state on a way was met again, nearer, and what lies behind it was not yet.
void SharedStates::save(Writer& to) const {
  SIM_CHECK(first() != none);
  const Order order(*this);
  {
    ArrivalTree ways(true, true);
    ways.reserve(order.numbers.size());
    for (const std::uint32_t number : order.numbers) {
      const Arrival by = arrival(number);
      ways.add(by.parent == none ? ArrivalTree::start : order.places[by.parent], by.choice, kind_of(record(number)));
    }
    ways.save(to);
  }
  if (settings_.compare_depths) {
    std::vector<std::uint32_t> lengths;
    lengths.reserve(order.numbers.size());
    for (const std::uint32_t number : order.numbers) {
      const std::uint32_t parent = arrival(number).parent;
      lengths.push_back(parent == none ? 0 : lengths[order.places[parent]] + 1);
      to.number(record(number).depth.load() - lengths.back());
    }
  }
  const Totals all = totals();
  to.number(all.ends.violations);
  to.number(all.ends.assumed_away);
  if (!graph_) return;
  graph_->save(to, order.numbers, order.places,
               [this](std::uint32_t number) { return kind_of(record(number)) == Kind::open; });
}

ArrivalTree SharedStates::load(Reader& from) {
  ArrivalTree ways(true, true);
  ways.load(from);
  if (ways.size() == 0 || ways.size() + claimed_at_once > std::min(visited_.most(), most_states_)) {
    throw checkpoint::Error("the checkpoint has more states than the budget of memory has room for; raise it");
  }
  std::vector<std::uint32_t> lengths;
  if (settings_.compare_depths) lengths.reserve(ways.size());
  for (ArrivalTree::Id id = 0; id < ways.size(); ++id) {
    const ArrivalTree::Id parent = ways.parent(id);
    Record& known = record(id);
    known.arrival.store(pack({parent == ArrivalTree::start ? none : parent, ways.choice(id)}));
    switch (ways.kind(id)) {
      case Kind::expanded:
        known.status.store(status_done);
        break;
      case Kind::ended:
        known.status.store(status_done | status_terminal);
        break;
      case Kind::cut:
        cut_off(id);
        break;
      case Kind::open:
        known.status.store(status_owner);
        break;
      default:
        throw checkpoint::Error("the checkpoint is damaged: its states do not fit together");
    }
    if (!settings_.compare_depths) continue;
    lengths.push_back(parent == ArrivalTree::start ? 0 : lengths[parent] + 1);
    known.depth.store(lengths.back() + static_cast<std::uint32_t>(from.below(UINT32_MAX)));
  }
  head().first.store(0);
  head().next.store(ways.size());
  head().more_violations.store(from.number());
  head().more_assumed_away.store(from.number());
  grow();
  return ways;
}

bool SharedStates::load_graph(Reader& from) {
  return !graph_ || graph_->load(from, numbers());
}

std::vector<std::uint32_t> SharedStates::unexpanded() const {
  return states_where([](std::uint32_t status) { return status == status_owner; });
}

}  // namespace sim
