#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "explore/alternatives.hpp"
#include "explore/arrival_tree.hpp"
#include "explore/explorer.hpp"
#include "explore/retraceable.hpp"
#include "explore/stateful.hpp"
#include "explore/visited_set.hpp"
#include "runtime/execution.hpp"

namespace sim {

/// What both orders of `stateful` share: the states with the smallest depth at which each was met, what the step limit
/// cut off, the graph, and the way to come back to them in another process.
class Stateful : public StatefulSearch, public checkpoint::Retraceable {
 public:
  /// `order`: of `options`, whichever the class is.
  Stateful(const Options& options, bool keep_graph)
      : numbers_states_(keep_graph || !options.checkpoint_file.empty()),
        arrivals_(!options.checkpoint_file.empty(), options.order == Order::depth_first) {
    if (keep_graph) graph_.emplace();
  }

  void attach(Explorer& explorer) override { explorer_ = &explorer; }
  std::uint64_t states() const override { return retrace_ ? retrace_->states : visited_.size(); }
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
    const bool is_cut = ending == Ending::step_limit;
    if (is_cut) {
      *entry.depth_plus_one |= cut;
      ++unexpanded_;
    } else if (graph_) {
      graph_->end(entry.number);
    }
    if (is_kept()) arrivals_.add(departure(), choice_, is_cut ? ArrivalTree::Kind::cut : ArrivalTree::Kind::ended);
    return true;
  }

  void save(checkpoint::Writer& to) const final;
  void load(checkpoint::Reader& from, std::vector<Choice> path) final;
  std::optional<Step> next_step() final;
  Met end_step(Execution::Stop stop, PointId id, const Hash128& state, const Execution& execution) final;
  bool end_retracing(checkpoint::Reader& from) final;
  void has_counted() final { arrivals_.add(departure(), choice_, ArrivalTree::Kind::counted); }

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
    bool expand, is_new;
    std::uint32_t number;  ///< If states are numbered: in the order in which they were met.
    std::uint32_t known_depth;
  };
  Entered enter(const Arrived& at) {
    const Entry entry = insert(at.state, at.depth, at.edge, at.goal);
    const std::uint32_t known = (*entry.depth_plus_one & ~cut) - 1;
    if (!entry.is_new) {
      if (unexpanded_seen_ == 0 || at.depth >= known) return {false, false, entry.number, known};
      if ((*entry.depth_plus_one & cut) != 0) --unexpanded_;
      *entry.depth_plus_one = at.depth + 1;
    }
    if (graph_) {
      graph_->expand(entry.number, at.alternatives);
      graph_->note_unmet(entry.number, at.unmet);
    }
    return {true, entry.is_new, entry.number, at.depth};
  }
  void prefetch(const Hash128& state) const { visited_.prefetch(state); }

  /// Notes how the search came to a state that it expands. Requires: it goes out from departure().
  ArrivalTree::Id note_arrival(const Arrived& at, const Entered& state) {
    return state.is_new ? arrivals_.add(departure(), at.choice, ArrivalTree::Kind::expanded)
                        : arrivals_.add_again(departure(), at.choice, state.number);
  }

  /// The execution goes on from state `number` by its alternative with this index.
  void leave(std::uint32_t number, std::uint32_t alternative, const Choice& choice, const Execution& execution) {
    choice_ = choice;
    if (!graph_) return;
    edge_ = graph_->edge(number, alternative);
    goals_before_ = execution.goals_reached();
  }

  Explorer& explorer() const { return *explorer_; }
  /// True iff arrivals are noted, because the exploration is kept in a file.
  bool is_kept() const { return arrivals_.keeps_kinds(); }
  ArrivalTree& arrivals() { return arrivals_; }
  const ArrivalTree& arrivals() const { return arrivals_; }
  const Choice& choice() const { return choice_; }

  std::uint64_t bytes_of_states() const {
    return visited_.bytes_to_grow() + depths_.capacity() * sizeof(depths_[0]) + (graph_ ? graph_->bytes() : 0) +
           arrivals_.bytes();
  }

  // What a checkpoint says of where the search stands, beside the states.
  /// How the search came to the state from which it makes transitions.
  virtual ArrivalTree::Id departure() const = 0;
  virtual void save_place(checkpoint::Writer& to) const = 0;
  /// Adds arrivals of kind `waiting`.
  virtual void load_place(checkpoint::Reader& from) = 0;
  /// It has come again to a state that it expands; true if the point is to be kept.
  virtual bool find_place(ArrivalTree::Id arrival, const Arrived& at, std::uint32_t number) = 0;
  virtual void find_waiting(ArrivalTree::Id, const Arrived&) {}
  /// For an arrival of kind `waiting`: the edge that leads there, and what else the search knows of it.
  StateGraph::EdgeId edge_to(ArrivalTree::Id arrival) const;

 private:
  static constexpr std::uint32_t cut = 0x80000000;

  struct Entry {
    bool is_new;
    std::uint32_t* depth_plus_one;
    std::uint32_t number;
  };
  Entry insert(const Hash128& state, std::uint32_t depth, StateGraph::EdgeId edge, bool goal) {
    unexpanded_seen_ = std::max(unexpanded_seen_, unexpanded_);
    if (!numbers_states_) {
      const auto [is_new, value] = visited_.insert(state, depth + 1);
      return {is_new, value, 0};
    }
    const auto [is_new, value] = visited_.insert(state, static_cast<std::uint32_t>(visited_.size()) + 1);
    const std::uint32_t number = *value - 1;
    if (is_new) depths_.push_back(depth + 1);
    if (graph_) graph_->lead(edge, number, goal);
    return {is_new, &depths_[number], number};
  }

  bool reached_goal(const Execution& execution) const { return execution.goals_reached() != goals_before_; }
  void load_depths();

  /// Where the states have no hashes yet.
  struct Retrace {
    explicit Retrace(const ArrivalTree& arrivals) : walk(arrivals), numbers(arrivals.states()) {}

    ArrivalWalk walk;
    std::vector<std::uint32_t> numbers;  ///< Of states, by arrival.
    std::uint64_t states = 0;
    ArrivalTree::Id at = ArrivalTree::start;
  };

  // With each state: the smallest depth plus 1. Where states are numbered that is in depths_, and here the number
  // plus 1.
  VisitedSet visited_;
  const bool numbers_states_;
  std::vector<std::uint32_t> depths_;
  std::optional<StateGraph> graph_;
  Explorer* explorer_ = nullptr;
  Choice choice_;                                  ///< That the running transition takes;
  StateGraph::EdgeId edge_ = StateGraph::no_edge;  ///< the same;
  std::uint64_t goals_before_ = 0;                 ///< before it.
  std::uint64_t unexpanded_ = 0;
  std::uint64_t unexpanded_seen_ = 0;
  ArrivalTree arrivals_;
  std::optional<Retrace> retrace_;
};

std::unique_ptr<StatefulSearch> make_depth_first_stateful(const Options& options, bool keep_graph);
std::unique_ptr<StatefulSearch> make_breadth_first_stateful(const Options& options);

}  // namespace sim
