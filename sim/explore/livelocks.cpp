// Strongly connected components (Tarjan, SIAM J. Comput. 1972) of the stored graph, without recursion. Components that
// no edge leaves are judged as they are. For the others, strong fairness: a thread that is enabled in some state of a
// component, and takes no step within it, makes every schedule unfair that visits that state again and again; such
// states are removed, and what is left falls into smaller components (Lichtenstein, Pnueli, POPL 1985; Emerson, Lei,
// 1987). What stays is kept up by fair schedules.
//
// Weak fairness would not do: it lets a thread starve that waits for a mutex which others take again and again, and
// calls that a livelock, though no real scheduler keeps it up.
#include "explore/livelocks.hpp"

#include <algorithm>
#include <functional>
#include <vector>

#include "base/check.hpp"

namespace sim {
namespace {

using States = std::vector<std::uint32_t>;
using Kind = StateGraph::Edge::Kind;

class Finder {
 public:
  Finder(const StateGraph& graph, std::uint64_t states, std::uint32_t first)
      : graph_(graph), first_(first), region_(states), index_(states), low_(states), label_(states) {}

  Livelocks find() {
    judge_inescapable();
    if (found_.inescapable != 0) found_.inescapable_cycle = lasso(inescapable, true);
    judge_escapable();
    if (found_.escapable != 0) found_.escapable_cycle = lasso(fair, false);
    judge_liveness();
    return std::move(found_);
  }

 private:
  // Labels of states, besides numbers of components.
  static constexpr std::uint32_t unlabelled = 0, inescapable = 1, fair = 2, first_component = 3;

  using Judge = std::function<void(const States& component)>;

  /// What a component does, by its states and the edges between them.
  struct Summary {
    /// A thread sleeps, and its timer never fires.
    bool is_timeless() const { return timers_wait && !timers_fire; }

    std::uint64_t enabled = 0, taken = 0;  ///< Threads, in some state.
    bool can_leave = false, reaches_goal = false;
    bool timers_wait = false, timers_fire = false;
  };
  using FairJudge = std::function<void(const States& component, const Summary& summary)>;

  bool follows(const StateGraph::Edge& edge, std::uint32_t region, bool goals) const {
    return edge.kind == Kind::to_state && region_[edge.state] == region && (goals || !edge.goal);
  }

  /// Calls `judge` for each component with a cycle of the graph of `members`, all of which are in `region`. The states
  /// of each component are labelled with a number of their own. `goals`: edges on which a goal is reached are part of
  /// the graph.
  void each_component(const States& members, std::uint32_t region, bool goals, const Judge& judge);
  Summary summarise(const States& component, bool goals) const;

  void judge_inescapable();
  void judge_escapable();
  void judge_liveness();
  void each_fair_component(States members, bool goals, const FairJudge& judge);
  void show_smallest(const std::vector<States>& found);
  void mark(const States& component, std::uint32_t label) {
    for (const std::uint32_t state : component) label_[state] = label;
  }

  std::optional<Schedule> lasso(std::uint32_t label, bool goals);
  template <class From, class Stop>
  std::optional<std::uint32_t> shortest_way(std::uint32_t from, From follow, Stop stop, std::vector<Choice>& way);
  void go_around(std::uint32_t start, std::uint32_t label, bool goals, std::vector<Choice>& way);

  const StateGraph& graph_;
  const std::uint32_t first_;
  States region_;       ///< Of each state: the set of states that is being looked at.
  States index_, low_;  ///< Tarjan's; 0: not met.
  States label_;
  States cyclic_;  ///< That the program can come back to.
  std::uint32_t next_label_ = first_component;
  Livelocks found_;
};

void Finder::each_component(const States& members, std::uint32_t region, bool goals, const Judge& judge) {
  struct Frame {
    std::uint32_t state;
    std::uint32_t next_edge;
    bool loops;  ///< An edge leads from the state to itself.
  };
  std::vector<Frame> frames;
  States stack, component;
  std::uint32_t met = 0;
  for (const std::uint32_t state : members) index_[state] = 0;
  const auto meet = [&](std::uint32_t state) {
    index_[state] = low_[state] = ++met;
    stack.push_back(state);
    label_[state] = unlabelled;
    frames.push_back({state, 0, false});
  };
  for (const std::uint32_t root : members) {
    if (index_[root] != 0) continue;
    meet(root);
    while (!frames.empty()) {
      const std::uint32_t state = frames.back().state;
      const StateGraph::Node node = graph_.node(state);
      bool descended = false;
      while (frames.back().next_edge < node.edges.size()) {
        const StateGraph::Edge edge = node.edge(frames.back().next_edge++);
        if (!follows(edge, region, goals)) continue;
        if (index_[edge.state] == 0) {
          meet(edge.state);
          descended = true;
          break;
        }
        if (edge.state == state) frames.back().loops = true;
        if (label_[edge.state] == unlabelled) low_[state] = std::min(low_[state], index_[edge.state]);
      }
      if (descended) continue;
      const bool loops = frames.back().loops;
      frames.pop_back();
      if (!frames.empty()) low_[frames.back().state] = std::min(low_[frames.back().state], low_[state]);
      if (low_[state] != index_[state]) continue;
      const std::uint32_t label = next_label_++;
      if (stack.back() == state && !loops) {  // As most are.
        label_[state] = label;
        stack.pop_back();
        continue;
      }
      component.clear();
      do {
        component.push_back(stack.back());
        label_[stack.back()] = label;
        stack.pop_back();
      } while (component.back() != state);
      judge(component);
    }
  }
}

Finder::Summary Finder::summarise(const States& component, bool goals) const {
  Summary summary;
  const std::uint32_t label = label_[component.front()];
  for (const std::uint32_t state : component) {
    const StateGraph::Node node = graph_.node(state);
    summary.enabled |= node.alternatives.threads;
    summary.timers_wait = summary.timers_wait || node.alternatives.timers_wait;
    summary.timers_fire = summary.timers_fire || node.alternatives.timers_fire;
    if (!node.is_expanded()) summary.can_leave = true;
    for (std::size_t k = 0; k < node.edges.size(); ++k) {
      const StateGraph::Edge edge = node.edge(k);
      if (edge.kind != Kind::to_state || label_[edge.state] != label || (edge.goal && !goals)) {
        summary.can_leave = true;
        continue;
      }
      summary.reaches_goal = summary.reaches_goal || edge.goal;
      summary.taken |= std::uint64_t{1} << node.alternatives.thread(static_cast<std::uint32_t>(k));
    }
  }
  return summary;
}

void Finder::judge_inescapable() {
  States all(region_.size());
  for (std::uint32_t state = 0; state < all.size(); ++state) all[state] = state;
  std::vector<States> found;
  each_component(all, 0, true, [&](const States& component) {
    const Summary summary = summarise(component, true);
    cyclic_.insert(cyclic_.end(), component.begin(), component.end());
    if (summary.can_leave) return;
    if (summary.reaches_goal) {
      ++found_.quiescent;
    } else if (summary.is_timeless()) {
      ++found_.timeless;
    } else {
      ++found_.inescapable;
      found.push_back(component);
    }
  });
  for (const States& component : found) mark(component, inescapable);
}

// Calls `judge` for each component within `members` that a strongly fair schedule can keep up. `goals`: as above.
void Finder::each_fair_component(States members, bool goals, const FairJudge& judge) {
  constexpr std::uint32_t looked_at = 1;
  std::uint32_t next_region = looked_at + 1;
  std::ranges::fill(region_, 0);
  for (const std::uint32_t state : members) region_[state] = looked_at;
  std::vector<States> regions;
  regions.push_back(std::move(members));
  while (!regions.empty()) {
    const States region = std::move(regions.back());
    regions.pop_back();
    if (region.empty()) continue;
    each_component(region, region_[region.front()], goals, [&](const States& component) {
      const Summary summary = summarise(component, goals);
      const std::uint64_t starving = summary.enabled & ~summary.taken;
      if (starving == 0) return judge(component, summary);
      States left;
      for (const std::uint32_t state : component) {
        if ((graph_.node(state).alternatives.threads & starving) == 0) left.push_back(state);
      }
      regions.push_back(std::move(left));
    });
    // Only now: regions must stay apart while one is looked at.
    for (const std::uint32_t state : region) region_[state] = 0;
    for (const States& left : regions) {
      if (left.empty() || region_[left.front()] != 0) continue;
      for (const std::uint32_t state : left) region_[state] = next_region;
      ++next_region;
    }
  }
}

void Finder::judge_escapable() {
  // In inescapable components fair schedules stay anyway: looked at no more. They keep their label.
  States rest;
  std::ranges::sort(cyclic_);
  for (const std::uint32_t state : cyclic_) {
    if (label_[state] != inescapable && graph_.node(state).is_expanded()) rest.push_back(state);
  }
  std::vector<States> found;
  each_fair_component(std::move(rest), false, [&](const States& component, const Summary& summary) {
    if (!summary.is_timeless()) found.push_back(component);
  });
  found_.escapable = found.size();
  show_smallest(found);
}

// One component is shown: an example that goes around in two of them would not be fair.
void Finder::show_smallest(const std::vector<States>& found) {
  for (std::uint32_t& label : label_) label = label == fair ? unlabelled : label;
  if (!found.empty()) mark(*std::ranges::min_element(found, {}, &States::size), fair);
}

// Whether a component can be left, or reaches a goal, does not matter here: a fair schedule can stay in it, and the
// predicate is false all the time.
void Finder::judge_liveness() {
  const std::uint8_t ever = graph_.ever_unmet();
  for (std::size_t property = 0; property < found_.unmet_cycles.size(); ++property) {
    if ((ever >> property & 1) == 0) continue;
    States members;
    for (const std::uint32_t state : cyclic_) {
      if ((graph_.unmet(state) >> property & 1) != 0 && graph_.node(state).is_expanded()) members.push_back(state);
    }
    std::vector<States> found;
    each_fair_component(std::move(members), true, [&](const States& component, const Summary& summary) {
      if (summary.is_timeless())
        ++found_.timeless_unmet;
      else
        found.push_back(component);
    });
    show_smallest(found);
    if (!found.empty()) found_.unmet_cycles[property] = lasso(fair, true);
  }
}

// ---- examples -----------------------------------------------------------------------------------

/// Breadth first from `from`, along the edges that `follow` admits, to the first edge for which `stop` holds. Appends
/// the choices, that of this edge included, and returns the state that it leads to.
template <class Follow, class Stop>
std::optional<std::uint32_t> Finder::shortest_way(std::uint32_t from, Follow follow, Stop stop,
                                                  std::vector<Choice>& way) {
  struct Arrival {
    std::uint32_t state, parent;  ///< Parent: an index.
    Choice choice;
  };
  std::vector<Arrival> arrivals = {{from, 0, {}}};
  States& met = index_;
  std::ranges::fill(met, 0);
  met[from] = 1;
  for (std::uint32_t at = 0; at < arrivals.size(); ++at) {
    const std::uint32_t state = arrivals[at].state;
    const StateGraph::Node node = graph_.node(state);
    for (std::size_t k = 0; k < node.edges.size(); ++k) {
      const StateGraph::Edge edge = node.edge(k);
      if (edge.kind != Kind::to_state || !follow(edge)) continue;
      if (stop(node.alternatives.thread(static_cast<std::uint32_t>(k)), edge)) {
        const std::size_t begin = way.size();
        way.push_back(node.alternatives.choice(static_cast<std::uint32_t>(k)));
        for (std::uint32_t back = at; back != 0; back = arrivals[back].parent) way.push_back(arrivals[back].choice);
        std::reverse(way.begin() + static_cast<std::ptrdiff_t>(begin), way.end());
        return edge.state;
      }
      if (met[edge.state] != 0) continue;
      met[edge.state] = 1;
      arrivals.push_back({edge.state, at, node.alternatives.choice(static_cast<std::uint32_t>(k))});
    }
  }
  return std::nullopt;
}

// Around from `start` within the states of one label, until each thread that is enabled in one of them has taken a
// step.
void Finder::go_around(std::uint32_t start, std::uint32_t label, bool goals, std::vector<Choice>& way) {
  const auto stays = [&](const StateGraph::Edge& edge) { return label_[edge.state] == label && (goals || !edge.goal); };
  std::uint64_t waiting = 0;
  for (std::uint32_t state = 0; state < label_.size(); ++state) {
    if (label_[state] == label) waiting |= graph_.node(state).alternatives.threads;
  }
  std::uint32_t at = start;
  while (waiting != 0) {
    const std::size_t begin = way.size();
    ThreadId reached = 0;
    const auto next = shortest_way(
        at, stays,
        [&](ThreadId thread, const StateGraph::Edge&) {
          reached = thread;
          return (waiting >> thread & 1) != 0;
        },
        way);
    SIM_CHECK(next.has_value());
    waiting &= ~(std::uint64_t{1} << reached);
    for (std::size_t i = begin; i < way.size(); ++i) {
      if (!way[i].is_value) waiting &= ~(std::uint64_t{1} << way[i].value);
    }
    at = *next;
  }
  if (at == start) return;
  const auto back = shortest_way(
      at, stays, [&](ThreadId, const StateGraph::Edge& edge) { return edge.state == start; }, way);
  SIM_CHECK(back.has_value());
}

// The shortest way from the first state into the states with `label`, and around there.
std::optional<Schedule> Finder::lasso(std::uint32_t label, bool goals) {
  std::vector<Choice> way;
  std::uint32_t start = first_;
  if (label_[first_] != label) {
    const auto entered = shortest_way(
        first_, [](const StateGraph::Edge&) { return true; },
        [&](ThreadId, const StateGraph::Edge& edge) { return label_[edge.state] == label; }, way);
    if (!entered) return std::nullopt;  // A state cut off by the step limit was expanded only later, on another way.
    start = *entered;
  }
  const std::size_t cycle = way.size();
  // Components with one label may be many, of which this is one.
  States here = {start};
  for (std::uint32_t& other : region_) other = 0;
  region_[start] = 1;
  for (std::size_t at = 0; at < here.size(); ++at) {
    const StateGraph::Node node = graph_.node(here[at]);
    for (std::size_t k = 0; k < node.edges.size(); ++k) {
      const StateGraph::Edge edge = node.edge(k);
      if (edge.kind != Kind::to_state || label_[edge.state] != label || region_[edge.state] != 0) continue;
      region_[edge.state] = 1;
      here.push_back(edge.state);
    }
  }
  const std::uint32_t this_one = next_label_++;
  mark(here, this_one);
  go_around(start, this_one, goals, way);
  mark(here, label);
  Schedule schedule(std::move(way));
  schedule.set_cycle(cycle);
  return schedule;
}

}  // namespace

Livelocks find_livelocks(const StateGraph& graph, std::uint64_t states, std::uint32_t first) {
  if (states == 0) return {};
  return Finder(graph, states, first).find();
}

}  // namespace sim
