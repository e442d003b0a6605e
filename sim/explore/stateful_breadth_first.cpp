// The same breadth first: a snapshot is kept of each state of the frontier, and each state, and so each violation, is
// met along a shortest path.
#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "explore/stateful_base.hpp"

namespace sim {
namespace {

class BreadthFirstStateful : public Stateful {
 public:
  // A frontier of snapshots takes far more than a graph.
  explicit BreadthFirstStateful(const Options& options) : Stateful(options, options.livelocks) {}

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
      const Choice choice = current_.alternatives.choice(current_.next++);
      leave(current_.number, current_.next - 1, choice, point.execution);
      return {choice.value, current_.next < current_.alternatives.count()};
    }
    const Arrived at = arrived(point);
    const Entered state = enter(at);
    if (!state.expand) return {.abandon = true};
    frontier_.push_back({point.id, point.depth, note_arrival(at, state), state.number, at.alternatives, 0});
    return {.keep = true, .abandon = true};
  }

  std::optional<std::vector<Choice>> path_to(const Branch& branch) const override {
    if (branch.point == start_of_program) return std::vector<Choice>{};
    SIM_CHECK(current_.id == branch.point);
    return arrivals().path_to(current_.arrived_by);
  }

  // A frontier without snapshots would be re-executed from the start, state by state. The newest states still have
  // theirs: from here on the search goes deep, and what it finds may not be shortest.
  void snapshots_are_scarce() override { newest_first_ = true; }

  std::uint64_t memory_bytes() const override { return bytes_of_states() + frontier_.size() * sizeof(Node); }

 private:
  struct Node {
    PointId id = start_of_program;
    std::uint32_t depth = 0;
    ArrivalTree::Id arrived_by = ArrivalTree::start;
    std::uint32_t number = 0;
    Alternatives alternatives;
    std::uint32_t next = 0;  ///< Of them.
  };
  ArrivalTree::Id departure() const override { return current_.arrived_by; }

  // The frontier is in the order in which its states were met.
  void save_place(checkpoint::Writer& to) const override {
    to.flag(begun_);
    to.flag(newest_first_);
    to.number(static_cast<ArrivalTree::Id>(current_.arrived_by + 1));  // 0: the start.
    to.number(current_.next);
    to.number(frontier_.size());
    ArrivalTree::Id before = 0;
    for (const Node& node : frontier_) to.number(node.arrived_by - std::exchange(before, node.arrived_by));
  }

  void load_place(checkpoint::Reader& from) override {
    begun_ = from.flag();
    newest_first_ = from.flag();
    current_.arrived_by = static_cast<ArrivalTree::Id>(from.below(std::uint64_t{1} << 32) - 1);
    current_.next = static_cast<std::uint32_t>(from.number());
    frontier_.resize(from.count());
    ArrivalTree::Id before = 0;
    for (Node& node : frontier_) before = node.arrived_by = before + static_cast<ArrivalTree::Id>(from.number());
  }

  bool find_place(ArrivalTree::Id arrival, const Arrived& at, std::uint32_t number) override {
    Node* node = arrival == current_.arrived_by ? &current_ : nullptr;
    if (node == nullptr) {
      const auto found = std::ranges::lower_bound(frontier_, arrival, {}, &Node::arrived_by);
      if (found == frontier_.end() || found->arrived_by != arrival) return false;
      node = &*found;
    }
    *node = {at.id, at.depth, arrival, number, at.alternatives, node->next};
    return node->next < node->alternatives.count();
  }

  std::vector<Choice> path_of_search() const override { return arrivals().path_to(current_.arrived_by); }

  bool begun_ = false;
  bool newest_first_ = false;
  Node current_;  ///< Being expanded; at first, nothing.
  std::deque<Node> frontier_;
};

}  // namespace

std::unique_ptr<StatefulSearch> make_breadth_first_stateful(const Options& options) {
  return std::make_unique<BreadthFirstStateful>(options);
}

}  // namespace sim
