#include "explore/state_graph.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "runtime/execution.hpp"

namespace sim {
namespace {

void make_room(Pages& pages, std::uint64_t bytes) {
  if (bytes > pages.size()) pages.resize(bytes * 2);  // Addresses are taken ahead, memory is not.
}

}  // namespace

StateGraph::StateGraph() {
  make_room(begins_, 4096);
  make_room(words_, 4096);
}

std::uint64_t StateGraph::bytes() const {
  return states_ * sizeof(std::uint32_t) + used_ * sizeof(std::uint32_t);
}

void StateGraph::load_begins(std::span<const std::uint32_t> begins) {
  states_ = begins.size();
  make_room(begins_, states_ * sizeof(std::uint32_t));
  std::ranges::copy(begins, this->begins());
}

void StateGraph::load_words(std::span<const std::uint32_t> words) {
  used_ = words.size();
  make_room(words_, used_ * sizeof(std::uint32_t));
  std::ranges::copy(words, this->words());
}

// 0: there is no room.
std::uint32_t StateGraph::allocate(std::uint64_t words) {
  const std::uint64_t at = used_;
  if (full_ || at + words > UINT32_MAX) {
    full_ = true;
    return 0;
  }
  used_ += words;
  make_room(words_, used_ * sizeof(std::uint32_t));
  return static_cast<std::uint32_t>(at);
}

std::uint32_t StateGraph::begin(std::uint32_t state) const {
  return state < states_ ? begins()[state] : 0;
}

void StateGraph::expand(std::uint32_t state, const Point& point) {
  if (begin(state) != 0) return;
  const std::uint64_t timed = runtime::world().core.timed;
  std::uint32_t header = 0;
  std::uint32_t at = 0;
  if (point.alternatives != 0) {
    at = allocate(std::uint64_t{2} + point.alternatives);
    if (at == 0) return;
    words()[at + 1] = point.alternatives;
    header = header_value | point.thread;
  } else {
    const auto count = static_cast<std::uint32_t>(std::popcount(point.enabled));
    const bool wide = (point.enabled & ~std::uint64_t{header_threads}) != 0;
    at = allocate((wide ? 3 : 1) + count);
    if (at == 0) return;
    if (wide) {
      words()[at + 1] = static_cast<std::uint32_t>(point.enabled);
      words()[at + 2] = static_cast<std::uint32_t>(point.enabled >> 32);
      header = header_wide;
    } else {
      header = static_cast<std::uint32_t>(point.enabled);
    }
    if ((timed & point.enabled) != 0) header |= header_fires;
    if (timed != 0 && (timed & point.enabled) == 0) header |= header_waits;
  }
  words()[at] = header;
  states_ = std::max<std::uint64_t>(states_, std::uint64_t{state} + 1);
  make_room(begins_, states_ * sizeof(std::uint32_t));
  begins()[state] = at;
}

void StateGraph::end(std::uint32_t state) {
  states_ = std::max<std::uint64_t>(states_, std::uint64_t{state} + 1);
  make_room(begins_, states_ * sizeof(std::uint32_t));
  begins()[state] = ended;
}

StateGraph::Node StateGraph::node(std::uint32_t state) const {
  const std::uint32_t at = begin(state);
  Node node;
  if (at < first_block) return node;
  const std::uint32_t* const block = words() + at;
  const std::uint32_t header = block[0];
  if ((header & header_value) != 0) {
    node.chooses_value = true;
    node.threads = std::uint64_t{1} << (header & header_threads);
    node.edges = {block + 2, block[1]};
    return node;
  }
  const bool wide = (header & header_wide) != 0;
  node.threads = wide ? block[1] | std::uint64_t{block[2]} << 32 : header & header_threads;
  node.timers_wait = (header & header_waits) != 0;
  node.timers_fire = (header & header_fires) != 0;
  node.edges = {block + (wide ? 3 : 1), static_cast<std::size_t>(std::popcount(node.threads))};
  return node;
}

StateGraph::EdgeId StateGraph::edge(std::uint32_t state, std::uint32_t choice) const {
  const Node all = node(state);
  if (!all.is_expanded()) return no_edge;
  const auto first = static_cast<std::uint32_t>(all.edges.data() - words());
  if (all.chooses_value) return first + choice;
  return first + static_cast<std::uint32_t>(std::popcount(all.threads & ((std::uint64_t{1} << choice) - 1)));
}

void StateGraph::lead(EdgeId edge, std::uint32_t state, bool goal) {
  full_ = full_ || state >= max_states;
  put(edge, state + first_state, goal);
}
void StateGraph::lead_to_violation(EdgeId edge, bool goal) {
  put(edge, to_violation, goal);
}
void StateGraph::lead_nowhere(EdgeId edge, bool goal) {
  put(edge, to_nowhere, goal);
}

StateGraph::Edge StateGraph::Node::edge(std::size_t alternative) const {
  const std::uint32_t word = edges[alternative];
  const std::uint32_t target = word & ~goal_flag;
  const bool goal = (word & goal_flag) != 0;
  switch (target) {
    case not_taken:
      return {Edge::Kind::not_taken, goal, 0};
    case to_violation:
      return {Edge::Kind::violation, goal, 0};
    case to_nowhere:
      return {Edge::Kind::assumed_away, goal, 0};
    default:
      return {Edge::Kind::to_state, goal, target - first_state};
  }
}

Choice StateGraph::Node::choice(std::size_t alternative) const {
  if (chooses_value) return {static_cast<std::uint32_t>(alternative), true};
  std::uint64_t rest = threads;
  for (; alternative > 0; --alternative) rest &= rest - 1;
  return {static_cast<std::uint32_t>(std::countr_zero(rest)), false};
}

}  // namespace sim
