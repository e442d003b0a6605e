// Explicit-state search on the program's own memory: a state whose identity was seen before is not expanded again.
// Depth-first keeps snapshots along one path only; breadth-first keeps one for each state of its frontier, and meets
// each state, and so each violation, along a shortest path. (Holzmann, The SPIN Model Checker, chapter 8.)
//
// A state that the step limit cut off is remembered as not expanded; met again at a smaller depth, it is expanded then.
// What depends on history but is no part of the memory is not seen: see docs/architecture.md.
#include <algorithm>
#include <bit>
#include <deque>
#include <vector>

#include "base/check.hpp"
#include "explore/strategies.hpp"
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

/// What both orders share: the set of states, and what the step limit cut off.
class Stateful : public Search {
 public:
  bool matches_states() const override { return true; }
  std::uint64_t states() const override { return visited_.size(); }
  std::uint64_t unexpanded_states() const override { return unexpanded_; }

  bool end_execution(Ending ending, const Execution& execution, const Hash128* state) override {
    if (state == nullptr) return true;
    if (ending != Ending::step_limit) return insert(*state, execution.depth()).is_new;
    const auto [is_new, depth] = insert(*state, execution.depth());
    if (is_new) {
      *depth |= cut;
      ++unexpanded_;
    }
    return is_new;
  }

 protected:
  /// True iff the state is to be expanded: it is new, or it was cut off deeper than this.
  bool enter(const Hash128& state, std::uint32_t depth) {
    const auto [is_new, known] = insert(state, depth);
    if (is_new) return true;
    if (unexpanded_seen_ == 0 || depth + 1 >= (*known & ~cut)) return false;
    if ((*known & cut) != 0) --unexpanded_;
    *known = depth + 1;
    return true;
  }

  VisitedSet visited_;

 private:
  static constexpr std::uint32_t cut = 0x80000000;

  VisitedSet::Lookup insert(const Hash128& state, std::uint32_t depth) {
    unexpanded_seen_ = std::max(unexpanded_seen_, unexpanded_);
    return visited_.insert(state, depth + 1);
  }

  std::uint64_t unexpanded_ = 0;
  std::uint64_t unexpanded_seen_ = 0;
};

class DepthFirstStateful : public Stateful {
 public:
  std::optional<Branch> begin_execution() override {
    if (!begun_) {
      begun_ = true;
      return Branch{};
    }
    if (open_.empty()) return std::nullopt;
    return Branch{open_.back().id, open_.back().depth};
  }

  Decision choose(const Point& point) override {
    if (point.state == nullptr) {
      SIM_CHECK(!open_.empty() && open_.back().depth == point.depth);
      const std::uint32_t choice = open_.back().alternatives.take();
      const bool more = open_.back().alternatives.any();
      if (!more) open_.pop_back();
      return {choice, more};
    }
    if (!enter(*point.state, point.depth)) return {.abandon = true};
    Alternatives alternatives = Alternatives::of(point);
    const std::uint32_t choice = alternatives.take();
    if (!alternatives.any()) return {choice};
    open_.push_back({point.id, point.depth, alternatives});
    return {choice, true};
  }

  std::uint64_t memory_bytes() const override { return visited_.bytes_to_grow() + open_.capacity() * sizeof(Node); }

 private:
  struct Node {
    PointId id;
    std::uint32_t depth;
    Alternatives alternatives;
  };

  bool begun_ = false;
  std::vector<Node> open_;
};

class BreadthFirstStateful : public Stateful {
 public:
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
    if (point.state == nullptr) {
      if (!current_.alternatives.any()) current_.alternatives = Alternatives::of(point);
      last_choice_ = {current_.alternatives.take(), point.alternatives != 0};
      return {last_choice_.value, current_.alternatives.any()};
    }
    if (!enter(*point.state, point.depth)) return {.abandon = true};
    const auto index = static_cast<std::uint32_t>(arrivals_.size());
    arrivals_.push_back({current_.index, last_choice_.value | (last_choice_.is_value ? value_flag : 0)});
    frontier_.push_back({point.id, point.depth, index, {}});
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
    return visited_.bytes_to_grow() + arrivals_.capacity() * sizeof(Arrival) + frontier_.size() * sizeof(Node);
  }

 private:
  static constexpr std::uint32_t no_parent = ~std::uint32_t{0};
  static constexpr std::uint32_t value_flag = 0x80000000;

  struct Node {
    PointId id = start_of_program;
    std::uint32_t depth = 0;
    std::uint32_t index = no_parent;  ///< In arrivals_.
    Alternatives alternatives;        ///< None: not known yet, or all tried.
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

std::unique_ptr<Search> make_stateful(const Options& options) {
  if (options.order == Order::breadth_first) return std::make_unique<BreadthFirstStateful>();
  return std::make_unique<DepthFirstStateful>();
}

}  // namespace sim
