// Values that a program chooses: points of their own within a transition.
#include "explore/race_reversal.hpp"

namespace sim {

Decision RaceReversal::choose_value(const Point& point) {
  if (nodes_.size() == point.depth) {
    Node node;
    node.id = point.id;
    node.is_value = true;
    node.alternatives = point.alternatives;
    nodes_.push_back(node);
    nodes_.back().next_value = next_value(nodes_.back(), point.depth, 0);
  }
  Node& node = nodes_.back();
  node.choice = node.next_value;
  if (node.choice >= node.alternatives) return {0, false, true};
  node.next_value = next_value(node, point.depth, node.choice + 1);
  node.kept = node.next_value < node.alternatives;
  events_.add_value(point.thread, node.choice);
  return {node.choice, node.kept};
}

// The least value, `from` or above, that is to be explored: the planned one, or all but for those that sleep.
std::uint32_t RaceReversal::next_value(const Node& node, Index depth, std::uint32_t from) {
  const Index transition = events_.open_event();
  if (transition == none) return from;
  const Node& parent = nodes_[transition];
  const Index position = depth - transition - 1;
  const auto planned = variants_.values(parent.variant);
  if (position < planned.size()) return from <= planned[position].value ? planned[position].value : node.alternatives;
  // Without a sequence to lead there, a value that sleeps would not be explored behind what wakes it, if another value
  // is explored here, which does not conflict with that.
  if (parent.sleep_count == 0 || !plans_sequences_) return from;
  values_.clear();
  for (Index at = transition + 1; at < depth; ++at) values_.push_back({nodes_[at].choice, nodes_[at].alternatives});
  values_.push_back({from, node.alternatives});
  while (values_.back().value < node.alternatives && variants_.all_asleep(values_, sleepers(parent), parent.choice)) {
    ++values_.back().value;
  }
  return values_.back().value;
}

// The values chosen in a transition so far, into `values_`.
void RaceReversal::read_values(Index transition) {
  values_.clear();
  for (std::size_t at = transition + 1; at < events_.size() && events_[at].kind == OperationKind::choice; ++at) {
    values_.push_back({nodes_[at].choice, nodes_[at].alternatives});
  }
}

}  // namespace sim
