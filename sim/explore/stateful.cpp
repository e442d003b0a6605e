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
#include <span>
#include <vector>

#include "base/check.hpp"
#include "explore/checkpoint.hpp"
#include "explore/stateful.hpp"
#include "explore/visited_set.hpp"
#include "runtime/execution.hpp"

namespace sim {
namespace {

/// The alternatives at a state, in the order in which they are tried.
struct Alternatives {
  std::uint64_t threads = 0;  ///< Not tried yet.
  std::uint32_t values = 0;   ///< 0: threads are chosen.
  std::uint32_t next_value = 0;

  static Alternatives of(const Point& point) {
    return {point.alternatives == 0 ? point.enabled : 0, point.alternatives, 0};
  }
  bool any() const { return values != 0 ? next_value < values : threads != 0; }
  std::uint32_t take() {
    if (values != 0) return next_value++;
    const auto thread = static_cast<std::uint32_t>(std::countr_zero(threads));
    threads &= threads - 1;
    return thread;
  }
};

/// What both orders share: the states with the smallest depth at which each was met, what the step limit cut off, and
/// the graph.
class Stateful : public StatefulSearch, public checkpoint::Resumable {
 public:
  explicit Stateful(bool keep_graph) {
    if (keep_graph) graph_.emplace();
  }

  std::uint64_t states() const override { return visited_.size(); }
  std::uint64_t unexpanded_states() const override { return unexpanded_; }
  const StateGraph* graph() const override { return graph_ ? &*graph_ : nullptr; }

  bool end_execution(Ending ending, const Execution& execution, const Hash128* state) override {
    if (state == nullptr) {
      if (ending == Ending::violation && graph_) graph_->lead_to_violation(edge_, reached_goal(execution));
      if (ending == Ending::assumed_away && graph_) graph_->lead_nowhere(edge_, reached_goal(execution));
      return true;
    }
    const Entry entry = insert(*state, execution);
    if (!entry.is_new) return false;
    if (ending == Ending::step_limit) {
      *entry.depth_plus_one |= cut;
      ++unexpanded_;
    } else if (graph_) {
      graph_->end(entry.number);
    }
    return true;
  }

  void save(checkpoint::Writer& to) const override {
    visited_.save(to);
    to.number(unexpanded_);
    to.number(unexpanded_seen_);
    to.flag(graph_.has_value());
    if (!graph_) return;
    to.words(std::span<const std::uint32_t>(depths_));
    graph_->save(to);
  }
  void load(checkpoint::Reader& from, std::vector<Choice> path) override {
    visited_.load(from);
    unexpanded_ = from.number();
    unexpanded_seen_ = from.number();
    if (from.flag() && graph_) {
      depths_ = from.words<std::uint32_t>();
      graph_->load(from);
    }
    repetition_.begin(std::move(path));
  }
  void end_repetition(Ending, const Execution&) override { repetition_.end(); }

 protected:
  bool is_repeating() const { return repetition_.is_active(); }
  /// The choice that was made at a point. A state that was not met then does not have the same identity any more: it
  /// refers to something outside.
  std::optional<Choice> repeated(const Point& point) const {
    return visited_.contains(*point.state) ? repetition_.at(point) : std::nullopt;
  }

  struct Entry {
    bool is_new;
    std::uint32_t* depth_plus_one;
    std::uint32_t number;  ///< Where a graph is kept: of the state, in the order in which they were met.
  };

  /// The state at a scheduling point. It is to be expanded if it is new, or if it was cut off deeper than this.
  struct Entered {
    bool expand;
    std::uint32_t number;
    std::uint32_t known_depth;
  };
  Entered enter(const Point& point) {
    const Entry entry = insert(*point.state, point.execution);
    const std::uint32_t known = (*entry.depth_plus_one & ~cut) - 1;
    if (!entry.is_new) {
      if (unexpanded_seen_ == 0 || point.depth >= known) return {false, entry.number, known};
      if ((*entry.depth_plus_one & cut) != 0) --unexpanded_;
      *entry.depth_plus_one = point.depth + 1;
    }
    if (graph_) graph_->expand(entry.number, point);
    return {true, entry.number, point.depth};
  }

  /// The execution goes on from state `number` with `choice`; what the next state is, the next call tells.
  void leave(std::uint32_t number, std::uint32_t choice, const Execution& execution) {
    if (!graph_) return;
    edge_ = graph_->edge(number, choice);
    goals_before_ = execution.goals_reached();
  }

  std::uint64_t bytes_of_states() const {
    return visited_.bytes_to_grow() + (graph_ ? graph_->bytes() + depths_.capacity() * sizeof(depths_[0]) : 0);
  }

 private:
  static constexpr std::uint32_t cut = 0x80000000;

  Entry insert(const Hash128& state, const Execution& execution) {
    unexpanded_seen_ = std::max(unexpanded_seen_, unexpanded_);
    if (!graph_) {
      const auto [is_new, value] = visited_.insert(state, execution.depth() + 1);
      return {is_new, value, 0};
    }
    const auto [is_new, value] = visited_.insert(state, static_cast<std::uint32_t>(visited_.size()) + 1);
    const std::uint32_t number = *value - 1;
    if (is_new) depths_.push_back(execution.depth() + 1);
    graph_->lead(edge_, number, reached_goal(execution));
    edge_ = StateGraph::no_edge;
    return {is_new, &depths_[number], number};
  }

  bool reached_goal(const Execution& execution) const { return execution.goals_reached() != goals_before_; }

  checkpoint::Repetition repetition_;
  // With each state: the smallest depth plus 1. Where a graph is kept that is in depths_, and here its number plus 1.
  VisitedSet visited_;
  std::vector<std::uint32_t> depths_;
  std::optional<StateGraph> graph_;
  StateGraph::EdgeId edge_ = StateGraph::no_edge;  ///< That the running transition takes.
  std::uint64_t goals_before_ = 0;                 ///< That transition.
  std::uint64_t unexpanded_ = 0;
  std::uint64_t unexpanded_seen_ = 0;
};

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
    ended_at_cycle_ = met_cycle_;
    if (open_.empty() || met_cycle_) return std::nullopt;
    return Branch{open_.back().id, open_.back().depth};
  }

  Decision choose(const Point& point) override {
    if (is_repeating()) return repeat(point);
    if (point.state == nullptr) {
      SIM_CHECK(!open_.empty() && open_.back().depth == point.depth);
      const std::uint32_t choice = open_.back().alternatives.take();
      leave(open_.back().number, choice, point.execution);
      const bool more = open_.back().alternatives.any();
      if (!more) open_.pop_back();
      return {choice, more};
    }
    const Entered state = enter(point);
    if (!state.expand) {
      if (end_at_cycle_ && lies_on_path(*point.state, state.known_depth, point.depth)) met_cycle_ = true;
      return {.abandon = true};
    }
    if (end_at_cycle_) put_on_path(*point.state, point.depth);
    Alternatives alternatives = Alternatives::of(point);
    const std::uint32_t choice = alternatives.take();
    leave(state.number, choice, point.execution);
    if (!alternatives.any()) return {choice};
    open_.push_back({point.id, point.depth, state.number, alternatives});
    return {choice, true};
  }

  std::uint64_t memory_bytes() const override {
    return bytes_of_states() + open_.capacity() * sizeof(Node) + path_.capacity() * sizeof(path_[0]);
  }

  void save(checkpoint::Writer& to) const override {
    to.flag(begun_);
    to.flag(met_cycle_);
    to.words(std::span<const Node>(open_));
    Stateful::save(to);
  }
  void load(checkpoint::Reader& from, std::vector<Choice> path) override {
    begun_ = from.flag();
    met_cycle_ = from.flag();
    open_ = from.words<Node>();
    Stateful::load(from, std::move(path));
  }

 private:
  Decision repeat(const Point& point) {
    const auto choice = repeated(point);
    if (!choice) return {.abandon = true};
    if (end_at_cycle_) put_on_path(*point.state, point.depth);
    const auto node = std::ranges::lower_bound(open_, point.depth, {}, &Node::depth);
    const bool keep = node != open_.end() && node->depth == point.depth;
    if (keep) node->id = point.id;
    return {choice->value, keep};
  }

  struct Node {
    PointId id;
    std::uint32_t depth;
    std::uint32_t number;
    Alternatives alternatives;
  };

  // Depth first, there is a cycle iff some transition leads back to a state of the path that it ends. The first half of
  // its hash names a state: if another one had the same, a graph would be kept in vain.
  void put_on_path(const Hash128& state, std::uint32_t depth) {
    if (depth >= path_.size()) path_.resize(depth + 1);
    path_[depth] = state.low;
  }
  bool lies_on_path(const Hash128& state, std::uint32_t known_depth, std::uint32_t depth) const {
    return known_depth < depth && path_[known_depth] == state.low;
  }

  const bool end_at_cycle_;
  bool met_cycle_ = false, ended_at_cycle_ = false;
  bool begun_ = false;
  std::vector<Node> open_;
  std::vector<std::uint64_t> path_;  ///< With end_at_cycle_: the states of the running execution.
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
    if (current_.alternatives.any()) return Branch{current_.id, current_.depth};
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
    if (is_repeating()) {
      const auto choice = repeated(point);
      return choice ? Decision{choice->value} : Decision{.abandon = true};
    }
    if (point.state == nullptr) {
      if (!current_.alternatives.any()) current_.alternatives = Alternatives::of(point);
      last_choice_ = {current_.alternatives.take(), point.alternatives != 0};
      leave(current_.number, last_choice_.value, point.execution);
      return {last_choice_.value, current_.alternatives.any()};
    }
    const Entered state = enter(point);
    if (!state.expand) return {.abandon = true};
    const auto index = static_cast<std::uint32_t>(arrivals_.size());
    arrivals_.push_back({current_.index, last_choice_.value | (last_choice_.is_value ? value_flag : 0)});
    frontier_.push_back({point.id, point.depth, index, state.number, {}});
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

  // The frontier is without snapshots afterwards: each of its states is reached by its path.
  void save(checkpoint::Writer& to) const override {
    to.flag(begun_);
    to.flag(newest_first_);
    to.words(std::span<const Node>(&current_, 1));
    to.number(frontier_.size());
    for (const Node& node : frontier_) to.bytes(&node, sizeof node);
    to.words(std::span<const Arrival>(arrivals_));
    Stateful::save(to);
  }
  void load(checkpoint::Reader& from, std::vector<Choice> path) override {
    begun_ = from.flag();
    newest_first_ = from.flag();
    const auto current = from.words<Node>();
    if (!current.empty()) current_ = current.front();
    frontier_.resize(from.count(sizeof(Node)));
    for (Node& node : frontier_) from.bytes(&node, sizeof node);
    arrivals_ = from.words<Arrival>();
    Stateful::load(from, std::move(path));
  }

 private:
  static constexpr std::uint32_t no_parent = ~std::uint32_t{0};
  static constexpr std::uint32_t value_flag = 0x80000000;

  struct Node {
    PointId id = start_of_program;
    std::uint32_t depth = 0;
    std::uint32_t index = no_parent;  ///< In arrivals_.
    std::uint32_t number = 0;
    Alternatives alternatives;  ///< None: not known yet, or all tried.
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
