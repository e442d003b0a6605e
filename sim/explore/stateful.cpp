// Explicit-state search on the program's own memory: a state whose identity was seen before is not expanded again.
// Depth-first keeps snapshots along one path only; breadth-first keeps one for each state of its frontier, and meets
// each state, and so each violation, along a shortest path. (Holzmann, The SPIN Model Checker, chapter 8.)
//
// A state that the step limit cut off is remembered as not expanded; met again at a smaller depth, it is expanded then.
// What depends on history but is no part of the memory is not seen: see docs/architecture.md.
#include <algorithm>
#include <bit>
#include <deque>
#include <optional>
#include <vector>

#include "base/check.hpp"
#include "explore/alternatives.hpp"
#include "explore/explorer.hpp"
#include "explore/stateful.hpp"
#include "explore/visited_set.hpp"
#include "runtime/execution.hpp"

namespace sim {
namespace {

/// What both orders share: the states with the smallest depth at which each was met, what the step limit cut off, and
/// the graph.
class Stateful : public StatefulSearch {
 public:
  explicit Stateful(bool keep_graph) {
    if (keep_graph) graph_.emplace();
  }

  void attach(Explorer& explorer) override { explorer_ = &explorer; }
  std::uint64_t states() const override { return visited_.size(); }
  std::uint64_t unexpanded_states() const override { return unexpanded_; }
  const StateGraph* graph() const override { return graph_ ? &*graph_ : nullptr; }

  bool end_execution(Ending ending, const Execution& execution, const Hash128* state) override {
    if (state == nullptr) {
      if (ending == Ending::violation && graph_) graph_->lead_to_violation(edge_, reached_goal(execution));
      if (ending == Ending::assumed_away && graph_) graph_->lead_nowhere(edge_, reached_goal(execution));
      return true;
    }
    const Entry entry = insert(*state, execution.depth(), edge_, reached_goal(execution));
    if (!entry.is_new) return false;
    if (ending == Ending::step_limit) {
      *entry.depth_plus_one |= cut;
      ++unexpanded_;
    } else if (graph_) {
      graph_->end(entry.number);
    }
    return true;
  }

 protected:
  /// A state at which an execution has arrived, and of which nothing is known yet.
  struct Arrived {
    PointId id;  ///< Kept.
    std::uint32_t depth;
    StateGraph::EdgeId edge;  ///< The transition that has led there, if a graph is kept;
    bool goal;                ///< it has reached a goal.
    Choice choice;            ///< The same.
    Hash128 state;
    Alternatives alternatives;
    std::uint8_t unmet;  ///< Liveness properties that are false there.
  };
  Arrived arrived(const Point& point) const {
    return {point.id,
            point.depth,
            edge_,
            reached_goal(point.execution),
            choice_,
            *point.state,
            Alternatives::of(point),
            point.execution.unmet()};
  }

  /// A state is to be expanded if it is new, or if it was cut off deeper than this.
  struct Entered {
    bool expand;
    std::uint32_t number;  ///< Where a graph is kept: of the state, in the order in which they were met.
    std::uint32_t known_depth;
  };
  Entered enter(const Arrived& at) {
    const Entry entry = insert(at.state, at.depth, at.edge, at.goal);
    const std::uint32_t known = (*entry.depth_plus_one & ~cut) - 1;
    if (!entry.is_new) {
      if (unexpanded_seen_ == 0 || at.depth >= known) return {false, entry.number, known};
      if ((*entry.depth_plus_one & cut) != 0) --unexpanded_;
      *entry.depth_plus_one = at.depth + 1;
    }
    if (graph_) {
      graph_->expand(entry.number, at.alternatives);
      graph_->note_unmet(entry.number, at.unmet);
    }
    return {true, entry.number, at.depth};
  }
  void prefetch(const Hash128& state) const { visited_.prefetch(state); }

  /// The execution goes on from state `number` by its alternative with this index.
  void leave(std::uint32_t number, std::uint32_t alternative, const Choice& choice, const Execution& execution) {
    choice_ = choice;
    if (!graph_) return;
    edge_ = graph_->edge(number, alternative);
    goals_before_ = execution.goals_reached();
  }

  Explorer& explorer() const { return *explorer_; }

  std::uint64_t bytes_of_states() const {
    return visited_.bytes_to_grow() + (graph_ ? graph_->bytes() + depths_.capacity() * sizeof(depths_[0]) : 0);
  }

 private:
  static constexpr std::uint32_t cut = 0x80000000;

  struct Entry {
    bool is_new;
    std::uint32_t* depth_plus_one;
    std::uint32_t number;
  };
  Entry insert(const Hash128& state, std::uint32_t depth, StateGraph::EdgeId edge, bool goal) {
    unexpanded_seen_ = std::max(unexpanded_seen_, unexpanded_);
    if (!graph_) {
      const auto [is_new, value] = visited_.insert(state, depth + 1);
      return {is_new, value, 0};
    }
    const auto [is_new, value] = visited_.insert(state, static_cast<std::uint32_t>(visited_.size()) + 1);
    const std::uint32_t number = *value - 1;
    if (is_new) depths_.push_back(depth + 1);
    graph_->lead(edge, number, goal);
    return {is_new, &depths_[number], number};
  }

  bool reached_goal(const Execution& execution) const { return execution.goals_reached() != goals_before_; }

  // With each state: the smallest depth plus 1. Where a graph is kept that is in depths_, and here its number plus 1.
  VisitedSet visited_;
  std::vector<std::uint32_t> depths_;
  std::optional<StateGraph> graph_;
  Explorer* explorer_ = nullptr;
  Choice choice_;                                  ///< That the running transition takes;
  StateGraph::EdgeId edge_ = StateGraph::no_edge;  ///< the same;
  std::uint64_t goals_before_ = 0;                 ///< before it.
  std::uint64_t unexpanded_ = 0;
  std::uint64_t unexpanded_seen_ = 0;
};

/// All transitions out of a state are taken before the first state that they lead to is looked up. Each look-up misses
/// the caches: this way the memory that it needs has arrived when it comes. Apart from that the order is that of a
/// depth-first search.
class DepthFirstStateful : public Stateful {
 public:
  DepthFirstStateful(bool keep_graph, bool end_at_cycle) : Stateful(keep_graph), end_at_cycle_(end_at_cycle) {}

  bool is_complete() const override { return !met_cycle_; }
  bool must_begin_again_with_graph() const override { return ended_at_cycle_; }

  std::optional<Branch> begin_execution() override {
    if (!begun_) {
      begun_ = true;
      return Branch{};
    }
    while (!met_cycle_) {
      while (!path_.empty() && !path_.back().has_more() && is_settled()) path_.pop_back();
      const bool goes_on = !path_.empty() && path_.back().has_more() && (!scarce_ || is_settled());
      if (goes_on) return Branch{path_.back().id, path_.back().depth, path_.back().arrival};
      if (arrived_.empty()) break;
      const Arrived at = arrived_.back();
      arrived_.pop_back();
      if (!arrived_.empty()) prefetch(arrived_.back().state);
      const Entered state = enter(at);
      if (state.expand) return expand(at, state.number);
      if (end_at_cycle_ && lies_on_path(at.state, state.known_depth, at.depth)) met_cycle_ = true;
      explorer().give_up(at.id);
    }
    ended_at_cycle_ = met_cycle_;
    return std::nullopt;
  }

  Decision choose(const Point& point) override {
    if (point.state != nullptr) {
      prefetch(*point.state);
      arrived_.push_back(arrived(point));
      return {.keep = true, .abandon = true};
    }
    Node& node = path_.back();
    SIM_CHECK(node.depth == point.depth);
    const Choice choice = node.take();
    leave(node.number, node.next - 1, choice, point.execution);
    return {choice.value, node.has_more()};
  }

  std::optional<std::vector<Branch>> kept_on_the_way_to(const Branch& branch) const override {
    std::vector<Branch> way;
    for (const Node& node : path_) {
      if (node.depth < branch.depth) way.push_back({node.id, node.depth});
    }
    return way;
  }
  // One transition at a time from now on: what is kept lies on the path, where gaps can be run again, and is less.
  void snapshots_are_scarce() override { scarce_ = true; }

  std::uint64_t memory_bytes() const override {
    return bytes_of_states() + path_.capacity() * sizeof(Node) + arrived_.capacity() * sizeof(Arrived) +
           hashes_.capacity() * sizeof(hashes_[0]);
  }

 private:
  /// A state of the path.
  struct Node {
    PointId id;
    std::uint32_t depth;
    std::uint32_t number;
    std::optional<Choice> arrival;  ///< The last choice before it.
    std::size_t first_arrived;      ///< In arrived_: the states that it leads to, and that were not looked up yet.
    std::uint64_t threads;          ///< Not tried yet.
    std::uint32_t values, next = 0;

    bool has_more() const { return values != 0 ? next < values : threads != 0; }
    Choice take() {
      const std::uint32_t alternative = next++;
      if (values != 0) return {alternative, true};
      const auto thread = static_cast<std::uint32_t>(std::countr_zero(threads));
      threads &= threads - 1;
      return {thread, false};
    }
  };

  Branch expand(const Arrived& at, std::uint32_t number) {
    if (end_at_cycle_) {
      if (at.depth >= hashes_.size()) hashes_.resize(at.depth + 1);
      hashes_[at.depth] = at.state.low;
    }
    const auto arrival = at.depth != 0 ? std::optional(at.choice) : std::nullopt;
    path_.push_back(
        {at.id, at.depth, number, arrival, arrived_.size(), at.alternatives.threads, at.alternatives.values});
    return {at.id, at.depth, arrival};
  }

  /// Every state that the last one of the path was seen to lead to was looked up.
  bool is_settled() const { return path_.back().first_arrived == arrived_.size(); }

  // Depth first, there is a cycle iff some transition leads back to a state of the path that it ends. The first half of
  // its hash names a state: if another one had the same, a graph would be kept in vain.
  bool lies_on_path(const Hash128& state, std::uint32_t known_depth, std::uint32_t depth) const {
    return known_depth < depth && hashes_[known_depth] == state.low;
  }

  const bool end_at_cycle_;
  bool met_cycle_ = false, ended_at_cycle_ = false;
  bool begun_ = false;
  bool scarce_ = false;
  std::vector<Node> path_;
  std::vector<Arrived> arrived_;
  std::vector<std::uint64_t> hashes_;  ///< With end_at_cycle_: of the states of the path.
};

class BreadthFirstStateful : public Stateful {
 public:
  explicit BreadthFirstStateful(bool keep_graph) : Stateful(keep_graph) {}

  bool must_begin_again_with_graph() const override { return false; }

  std::optional<Branch> begin_execution() override {
    if (!begun_) {
      begun_ = true;
      return Branch{};
    }
    if (current_.next < current_.alternatives.count()) return Branch{current_.id, current_.depth};
    if (frontier_.empty()) return std::nullopt;
    if (newest_first_) {
      current_ = frontier_.back();
      frontier_.pop_back();
    } else {
      current_ = frontier_.front();
      frontier_.pop_front();
    }
    return Branch{current_.id, current_.depth};
  }

  Decision choose(const Point& point) override {
    if (point.state == nullptr) {
      last_choice_ = current_.alternatives.choice(current_.next++);
      leave(current_.number, current_.next - 1, last_choice_, point.execution);
      return {last_choice_.value, current_.next < current_.alternatives.count()};
    }
    const Arrived at = arrived(point);
    const Entered state = enter(at);
    if (!state.expand) return {.abandon = true};
    const auto index = static_cast<std::uint32_t>(arrivals_.size());
    arrivals_.push_back({current_.index, last_choice_.value | (last_choice_.is_value ? value_flag : 0)});
    frontier_.push_back({point.id, point.depth, index, state.number, at.alternatives, 0});
    return {.keep = true, .abandon = true};
  }

  std::optional<std::vector<Choice>> path_to(const Branch& branch) const override {
    if (branch.point == start_of_program) return std::vector<Choice>{};
    SIM_CHECK(current_.id == branch.point);
    std::vector<Choice> path;
    for (std::uint32_t at = current_.index; arrivals_[at].parent != no_parent; at = arrivals_[at].parent) {
      path.push_back({arrivals_[at].choice & ~value_flag, (arrivals_[at].choice & value_flag) != 0});
    }
    std::ranges::reverse(path);
    return path;
  }

  // A frontier without snapshots would be re-executed from the start, state by state. The newest states still have
  // theirs: from here on the search goes deep, and what it finds may not be shortest.
  void snapshots_are_scarce() override { newest_first_ = true; }

  std::uint64_t memory_bytes() const override {
    return bytes_of_states() + arrivals_.capacity() * sizeof(Arrival) + frontier_.size() * sizeof(Node);
  }

 private:
  static constexpr std::uint32_t no_parent = ~std::uint32_t{0};
  static constexpr std::uint32_t value_flag = 0x80000000;

  struct Node {
    PointId id = start_of_program;
    std::uint32_t depth = 0;
    std::uint32_t index = no_parent;  ///< In arrivals_.
    std::uint32_t number = 0;
    Alternatives alternatives;
    std::uint32_t next = 0;  ///< Of them.
  };
  /// How an expanded state was first met.
  struct Arrival {
    std::uint32_t parent;  ///< In arrivals_.
    std::uint32_t choice;
  };

  bool begun_ = false;
  bool newest_first_ = false;
  Node current_;  ///< Being expanded; at first, nothing.
  std::deque<Node> frontier_;
  std::vector<Arrival> arrivals_;
  Choice last_choice_;
};

}  // namespace

std::unique_ptr<StatefulSearch> make_stateful(const Options& options, bool keep_graph) {
  // A frontier of snapshots takes far more than a graph.
  if (options.order == Order::breadth_first) return std::make_unique<BreadthFirstStateful>(options.livelocks);
  return std::make_unique<DepthFirstStateful>(keep_graph, options.livelocks && !keep_graph);
}

}  // namespace sim
