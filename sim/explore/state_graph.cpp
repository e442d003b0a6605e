#include "explore/state_graph.hpp"

#include <algorithm>
#include <atomic>
#include <bit>

#include "base/check.hpp"

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

StateGraph StateGraph::shared(std::uint64_t states) {
  return StateGraph(Shared(), states);
}

StateGraph::StateGraph(Shared, std::uint64_t states)
    : begins_(Pages::shared(states * sizeof(std::uint32_t))),
      words_(Pages::shared(std::min<std::uint64_t>(states * 64, UINT32_MAX) * sizeof(std::uint32_t))),
      unmet_(Pages::shared(states + 1)),
      shared_(true),
      states_(states),
      end_(used_) {
  taken() = first_block;
}

std::uint64_t& StateGraph::taken() const {
  return *reinterpret_cast<std::uint64_t*>(words_.data());
}

std::uint64_t StateGraph::bytes() const {
  if (shared_) return std::atomic_ref(taken()).load() * sizeof(std::uint32_t);
  return (states_ + used_) * sizeof(std::uint32_t) + (unmet_.size() != 0 ? states_ : 0);
}

// 0: there is no room.
std::uint32_t StateGraph::allocate(std::uint64_t words) {
  if (shared_ && used_ + words > end_) {
    constexpr std::uint64_t taken_at_once = 4096;
    const std::uint64_t more = std::max(words, taken_at_once);
    used_ = std::atomic_ref(taken()).fetch_add(more);
    end_ = std::min(used_ + more, words_.size() / sizeof(std::uint32_t));
  }
  if (full_ || used_ + words > end_) {
    full_ = true;
    return 0;
  }
  const std::uint64_t at = used_;
  used_ += words;
  if (!shared_) make_room(words_, used_ * sizeof(std::uint32_t));
  return static_cast<std::uint32_t>(at);
}

std::uint32_t StateGraph::begin(std::uint32_t state) const {
  return state < states_ ? begins()[state] : 0;
}

void StateGraph::expand(std::uint32_t state, const Alternatives& alternatives) {
  if (begin(state) != 0) return;
  std::uint32_t header = (alternatives.timers_wait ? header_waits : 0) | (alternatives.timers_fire ? header_fires : 0);
  std::uint32_t at = 0;
  if (alternatives.values != 0) {
    at = allocate(std::uint64_t{2} + alternatives.values);
    if (at == 0) return;
    words()[at + 1] = alternatives.values;
    header |= header_value | static_cast<std::uint32_t>(std::countr_zero(alternatives.threads));
  } else {
    const std::uint64_t threads = alternatives.threads;
    const bool wide = (threads & ~std::uint64_t{header_threads}) != 0;
    at = allocate((wide ? 3 : 1) + alternatives.count());
    if (at == 0) return;
    if (wide) {
      words()[at + 1] = static_cast<std::uint32_t>(threads);
      words()[at + 2] = static_cast<std::uint32_t>(threads >> 32);
      header |= header_wide;
    } else {
      header |= static_cast<std::uint32_t>(threads);
    }
  }
  words()[at] = header;
  note_begin(state, at);
}

void StateGraph::end(std::uint32_t state) {
  note_begin(state, ended);
}

// Two processes may expand a state at once, if one does again what a third had begun: the first block stays.
void StateGraph::note_begin(std::uint32_t state, std::uint32_t at) {
  if (shared_) {
    SIM_CHECK(state < states_);
    std::uint32_t none = 0;
    std::atomic_ref(begins()[state]).compare_exchange_strong(none, at);
    return;
  }
  states_ = std::max<std::uint64_t>(states_, std::uint64_t{state} + 1);
  make_room(begins_, states_ * sizeof(std::uint32_t));
  begins()[state] = at;
}

void StateGraph::note_unmet(std::uint32_t state, std::uint8_t mask) {
  if (mask == 0) return;
  if (shared_) {
    SIM_CHECK(state < states_);
    // Whoever meets the state writes the same.
    std::atomic_ref(unmet_at(state)).store(mask, std::memory_order_relaxed);
    std::atomic_ref(unmet_at(states_)).fetch_or(mask, std::memory_order_relaxed);
    return;
  }
  make_room(unmet_, std::uint64_t{state} + 1);
  unmet_at(state) = mask;
  ever_unmet_ |= mask;
}

std::uint8_t StateGraph::unmet(std::uint32_t state) const {
  return state < unmet_.size() ? unmet_at(state) : 0;
}

std::uint8_t StateGraph::ever_unmet() const {
  return shared_ ? std::atomic_ref(unmet_at(states_)).load() : ever_unmet_;
}

StateGraph::Node StateGraph::node(std::uint32_t state) const {
  const std::uint32_t at = begin(state);
  Node node;
  if (at < first_block) return node;
  const std::uint32_t* const block = words() + at;
  const std::uint32_t header = block[0];
  Alternatives& alternatives = node.alternatives;
  if ((header & header_value) != 0) {
    alternatives.threads = std::uint64_t{1} << (header & header_threads);
    alternatives.values = block[1];
    node.edges = {block + 2, block[1]};
    return node;
  }
  const bool wide = (header & header_wide) != 0;
  alternatives.threads = wide ? block[1] | std::uint64_t{block[2]} << 32 : header & header_threads;
  alternatives.timers_wait = (header & header_waits) != 0;
  alternatives.timers_fire = (header & header_fires) != 0;
  node.edges = {block + (wide ? 3 : 1), alternatives.count()};
  return node;
}

StateGraph::EdgeId StateGraph::edge(std::uint32_t state, std::uint32_t alternative) const {
  const Node all = node(state);
  if (!all.is_expanded()) return no_edge;
  return static_cast<std::uint32_t>(all.edges.data() - words()) + alternative;
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

// A target is mostly near by, so that its distance is written: 2n forwards, 2n - 1 backwards.
void StateGraph::save(checkpoint::Writer& to, std::uint64_t states) const {
  std::uint64_t edges = 0;
  for (std::uint32_t state = 0; state < states; ++state) edges += node(state).edges.size();
  to.number(edges);
  to.flag(full_);
  for (std::uint32_t state = 0; state < states; ++state) {
    for (const std::uint32_t word : node(state).edges) save_edge(to, word, state, (word & ~goal_flag) - first_state);
  }
}

void StateGraph::save(checkpoint::Writer& to, std::span<const std::uint32_t> order,
                      std::span<const std::uint32_t> numbers, const std::function<bool(std::uint32_t)>& is_open) const {
  const auto edges_of = [&](std::uint32_t state) {
    return is_open(state) ? std::span<const std::uint32_t>() : node(state).edges;
  };
  std::uint64_t edges = 0;
  for (const std::uint32_t state : order) edges += edges_of(state).size();
  to.number(edges);
  to.flag(full_);
  for (std::uint32_t number = 0; number < order.size(); ++number) {
    for (const std::uint32_t word : edges_of(order[number])) {
      const std::uint32_t target = word & ~goal_flag;
      save_edge(to, word, number, target >= first_state ? numbers[target - first_state] : 0);
    }
  }
}

// `to_state`: the state that the edge of state `from` leads to, if it leads to one.
void StateGraph::save_edge(checkpoint::Writer& to, std::uint32_t word, std::uint64_t from, std::uint64_t to_state) {
  std::uint64_t target = word & ~goal_flag;
  if (target >= first_state) {
    target = first_state + (to_state >= from ? 2 * (to_state - from) : 2 * (from - to_state) - 1);
  }
  to.number(target << 1 | ((word & goal_flag) != 0 ? 1 : 0));
}

bool StateGraph::load(checkpoint::Reader& from, std::uint64_t states) {
  std::uint64_t edges = 0;
  for (std::uint32_t state = 0; state < states; ++state) edges += node(state).edges.size();
  if (from.number() != edges) return false;
  full_ = from.flag();
  for (std::uint32_t state = 0; state < states; ++state) {
    const std::span<const std::uint32_t> of_state = node(state).edges;
    for (const std::uint32_t& word : of_state) {
      const std::uint64_t read = from.below(std::uint64_t{1} << 34), coded = read >> 1;
      std::uint64_t target = coded;
      if (coded >= first_state) {
        const std::uint64_t distance = (coded - first_state + 1) / 2;
        target = first_state + ((coded - first_state) % 2 == 0 ? state + distance : state - distance);
        if (target - first_state >= states) return false;
      }
      words()[&word - words()] = static_cast<std::uint32_t>(target) | ((read & 1) != 0 ? goal_flag : 0);
    }
  }
  return true;
}

}  // namespace sim
