#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "explore/alternatives.hpp"
#include "explore/explorer.hpp"
#include "explore/shared_states.hpp"
#include "explore/workers/exchange.hpp"
#include "explore/workers/worker.hpp"
#include "runtime/search.hpp"

namespace sim {

/// What one of several processes does under `stateful`: depth-first search on states that all of them share. It leaves
/// the work nearest to the start of its path to those who have none.
class WorkerSearch : public Search, public Listener {
 public:
  WorkerSearch(SharedStates& states, workers::Exchange& exchange, workers::Worker& worker, bool stop_at_first_violation)
      : states_(states), exchange_(exchange), worker_(worker), stop_at_first_violation_(stop_at_first_violation) {}

  /// Requires: called before the exploration begins.
  void attach(Explorer& explorer);

  /// A piece of work for any worker: to explore from the start of the program, or from a state along a path.
  static bool leave_start(workers::Exchange& exchange, unsigned who);
  static bool leave_state(workers::Exchange& exchange, unsigned who, std::uint32_t number,
                          const std::vector<Choice>& path);
  /// The state that a piece of work is about; SharedStates::none: the start.
  static std::uint32_t state_of(std::span<const std::byte> piece);

  bool matches_states() const override { return true; }
  std::optional<Branch> begin_execution() override;
  Decision choose(const Point& point) override;
  bool end_execution(Ending ending, const Execution& execution, const Hash128* state) override;
  std::optional<std::vector<Choice>> path_to(const Branch& branch) const override;
  std::optional<std::vector<Branch>> kept_on_the_way_to(const Branch&) const override { return std::vector<Branch>(); }

  std::uint64_t states() const override { return met_; }
  std::uint64_t unexpanded_states() const override { return cut_off_; }
  std::uint64_t memory_bytes() const override { return open_.capacity() * sizeof(Node); }
  bool is_complete() const override { return worker_.is_finished(); }

  void violated(const Violation& violation) override;
  void ends_with(const std::string& outcome) override;

  /// A violation without a name: its schedule initialises a function-local static of the program for the first time, in
  /// one process and not in the others.
  static constexpr const char* initialises_static = "";

 private:
  /// A state to be expanded.
  struct Node {
    PointId id;
    std::uint32_t depth;
    std::uint32_t number;
    Choice arrival;                ///< The last choice before it.
    Alternatives alternatives;     ///< None: not known yet.
    std::uint32_t next = 0;        ///< Of them.
    SharedStates::Ends ends = {};  ///< Of those that were taken.

    bool has_more() const { return next < alternatives.count(); }
  };
  /// A state at which an execution has arrived, and of which nothing is known yet.
  struct Arrived {
    PointId id;
    Choice choice;
    StateGraph::EdgeId edge;
    bool goal;  ///< The transition has reached one.
    Hash128 state;
    Alternatives alternatives;
    std::uint8_t unmet;  ///< Liveness properties that are false there.
  };
  struct Piece;

  std::optional<Branch> take_work();
  void adopt(unsigned place);
  void share_work();
  std::size_t write(const Node& node, std::span<std::byte> room) const;
  void settle();
  void pause_between();
  Branch go_on() const;
  std::optional<SharedStates::Met> meet(const Hash128& state, std::uint32_t depth, const SharedStates::Arrival& arrival,
                                        StateGraph::EdgeId edge, bool goal, bool terminal);
  void start_was_taken();
  void count_end();
  bool says_what_is_new(const Execution& execution);
  void publish_goals(const Execution& execution);
  bool reached_goal(const Execution& execution) const { return execution.goals_reached() != goals_before_; }

  SharedStates& states_;
  workers::Exchange& exchange_;
  workers::Worker& worker_;
  const bool stop_at_first_violation_;
  Explorer* explorer_ = nullptr;

  std::vector<Node> open_;  ///< Mine to expand, the next one last. Those before bottom_ were given away.
  std::size_t bottom_ = 0;
  std::optional<Node> current_;   ///< Being expanded. None at the start of the program.
  std::vector<Arrived> arrived_;  ///< From there.
  SharedStates::Claim claim_;
  Choice choice_;                                  ///< That the running transition takes;
  StateGraph::EdgeId edge_ = StateGraph::no_edge;  ///< the same;
  std::uint64_t goals_before_ = 0;                 ///< before it.

  std::optional<unsigned> start_place_;  ///< Where the start of the program was taken.
  PointId adopted_ = start_of_program;
  std::vector<Choice> adopted_path_;  ///< Of a state that came without a snapshot.
  Snapshot snapshot_;
  std::uint64_t met_ = 0, cut_off_ = 0, ended_ = 0;
  std::uint64_t transitions_before_ = 0;
  std::uint64_t statics_ = 0;
  std::size_t goals_published_ = 0;
};

}  // namespace sim
