// Explicit-state search on the program's own memory, depth first: a state whose identity was seen before is not
// expanded again, and snapshots are kept along one path only. (Holzmann, The SPIN Model Checker, chapter 8.)
//
// A state that the step limit cut off is remembered as not expanded; met again at a smaller depth, it is expanded then.
// What depends on history but is no part of the memory is not seen: see docs/architecture.md.
#include <bit>
#include <optional>
#include <vector>

#include "base/check.hpp"
#include "explore/stateful_base.hpp"

namespace sim {
namespace {

/// All transitions out of a state are taken before the first state that they lead to is looked up. Each look-up misses
/// the caches: this way the memory that it needs has arrived when it comes. Apart from that the order is that of a
/// depth-first search.
class DepthFirstStateful : public Stateful {
 public:
  DepthFirstStateful(const Options& options, bool keep_graph)
      : Stateful(options, keep_graph), end_at_cycle_(options.livelocks && !keep_graph) {}

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
      if (state.expand) return expand(at, state);
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
    ArrivalTree::Id arrived_by;     ///< If arrivals are noted.
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

  Branch expand(const Arrived& at, const Entered& state) {
    note_hash(at);
    const ArrivalTree::Id arrived_by = is_kept() ? note_arrival(at, state) : ArrivalTree::start;
    const Node& node = path_.emplace_back(node_of(at, state.number, arrived_by, arrived_.size()));
    return {at.id, at.depth, node.arrival};
  }

  static Node node_of(const Arrived& at, std::uint32_t number, ArrivalTree::Id arrived_by, std::size_t first_arrived) {
    const auto arrival = at.depth != 0 ? std::optional(at.choice) : std::nullopt;
    return {
        at.id, at.depth, number, arrival, arrived_by, first_arrived, at.alternatives.threads, at.alternatives.values};
  }

  void note_hash(const Arrived& at) {
    if (!end_at_cycle_) return;
    if (at.depth >= hashes_.size()) hashes_.resize(at.depth + 1);
    hashes_[at.depth] = at.state.low;
  }

  ArrivalTree::Id departure() const override { return path_.empty() ? ArrivalTree::start : path_.back().arrived_by; }

  void save_place(checkpoint::Writer& to) const override {
    to.flag(begun_);
    to.flag(scarce_);
    to.number(path_.size());
    for (const Node& node : path_) {
      to.number(node.arrived_by);
      to.number(node.next);
      to.number(node.first_arrived);
    }
    to.number(arrived_.size());
    for (const Arrived& at : arrived_) {
      to.number(std::uint64_t{at.choice.value} << 1 | (at.choice.is_value ? 1 : 0));
      to.flag(at.goal);
    }
  }

  void load_place(checkpoint::Reader& from) override {
    begun_ = from.flag();
    scarce_ = from.flag();
    path_.resize(from.count(3));
    for (Node& node : path_) {
      node.arrived_by = static_cast<ArrivalTree::Id>(from.below(arrivals().size()));
      node.next = static_cast<std::uint32_t>(from.below(UINT32_MAX));
      node.first_arrived = from.number();
    }
    arrived_.resize(from.count(2));
    first_waiting_ = arrivals().size();
    std::size_t nodes = 0;
    for (std::size_t index = 0; index < arrived_.size(); ++index) {
      while (nodes < path_.size() && path_[nodes].first_arrived <= index) ++nodes;
      const std::uint64_t choice = from.below(std::uint64_t{1} << 32);
      arrivals().add(nodes == 0 ? ArrivalTree::start : path_[nodes - 1].arrived_by,
                     {static_cast<std::uint32_t>(choice >> 1), (choice & 1) != 0}, ArrivalTree::Kind::waiting);
      arrived_[index].goal = from.flag();
    }
  }

  bool find_place(ArrivalTree::Id arrival, const Arrived& at, std::uint32_t number) override {
    if (at.depth >= path_.size() || path_[at.depth].arrived_by != arrival) return false;
    note_hash(at);
    const std::uint32_t taken = path_[at.depth].next;
    Node& node = path_[at.depth] = node_of(at, number, arrival, path_[at.depth].first_arrived);
    while (node.next < taken && node.has_more()) node.take();
    return node.has_more();
  }

  void find_waiting(ArrivalTree::Id arrival, const Arrived& at) override {
    Arrived& waiting = arrived_[arrival - first_waiting_];
    const bool goal = waiting.goal;
    waiting = at;
    waiting.goal = goal;
    waiting.edge = edge_to(arrival);
  }

  std::vector<Choice> path_of_search() const override { return arrivals().path_to(departure()); }

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
  std::size_t first_waiting_ = 0;      ///< Of arrivals(), while it comes back to them.
};

}  // namespace

std::unique_ptr<StatefulSearch> make_depth_first_stateful(const Options& options, bool keep_graph) {
  return std::make_unique<DepthFirstStateful>(options, keep_graph);
}

}  // namespace sim
