#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "explore/explorer.hpp"
#include "runtime/arena.hpp"
#include "runtime/memory_hooks.hpp"

/// How likely each randomised strategy lets a program fail, exactly: the papers' algorithms, with every draw tried.
namespace models {

/// Takes every value of every draw, one combination after the other, and says how likely that was.
class Dice {
 public:
  /// False if there are no more combinations.
  bool next() {
    at_ = 0;
    while (!draws_.empty() && draws_.back().value + 1 == draws_.back().weights.size()) draws_.pop_back();
    if (draws_.empty()) return !std::exchange(begun_, true);
    ++draws_.back().value;
    return true;
  }
  /// A number below the number of weights. No weight is 0.
  std::uint32_t draw(std::vector<double> weights) {
    if (at_ == draws_.size()) draws_.push_back({0, std::move(weights)});
    return draws_[at_++].value;
  }
  std::uint32_t below(std::size_t count) { return draw(std::vector<double>(count, 1)); }
  double probability() const {
    double all = 1;
    for (const Draw& draw : draws_) {
      double sum = 0;
      for (const double weight : draw.weights) sum += weight;
      all *= draw.weights[draw.value] / sum;
    }
    return all;
  }

 private:
  struct Draw {
    std::uint32_t value;
    std::vector<double> weights;
  };
  bool begun_ = false;
  std::vector<Draw> draws_;
  std::size_t at_ = 0;
};

inline std::vector<sim::ThreadId> threads_of(std::uint64_t set) {
  std::vector<sim::ThreadId> threads;
  for (; set != 0; set &= set - 1) threads.push_back(static_cast<sim::ThreadId>(std::countr_zero(set)));
  return threads;
}

struct WalkRules {
  void begin(Dice&) {}
  sim::ThreadId thread(const sim::Point& point, Dice& dice) {
    const std::vector<sim::ThreadId> enabled = threads_of(point.enabled);
    return enabled[dice.below(enabled.size())];
  }
};

/// Threads in the order of their priorities; at each of depth - 1 steps out of `length` the one that ran falls behind.
class PctRules {
 public:
  PctRules(std::uint32_t depth, std::uint32_t length) : changes_(depth - 1), length_(length) {}

  void begin(Dice& dice) {
    order_.clear();
    fallen_.assign(changes_.size(), nobody);
    step_ = 0;
    for (std::uint32_t& change : changes_) change = 1 + dice.below(length_);
  }
  sim::ThreadId thread(const sim::Point& point, Dice& dice) {
    for (const sim::ThreadId thread : threads_of(point.enabled)) {
      if (std::ranges::count(order_, thread) + std::ranges::count(fallen_, thread) != 0) continue;
      const auto place = static_cast<std::ptrdiff_t>(dice.below(order_.size() + 1));
      order_.insert(order_.begin() + place, thread);
    }
    const sim::ThreadId chosen = highest(point.enabled);
    ++step_;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (changes_[i] != step_) continue;
      std::erase(order_, chosen);
      std::ranges::replace(fallen_, chosen, nobody);
      fallen_[i] = chosen;
    }
    return chosen;
  }

 private:
  static constexpr sim::ThreadId nobody = ~sim::ThreadId{0};

  sim::ThreadId highest(std::uint64_t enabled) const {
    const auto is_enabled = [enabled](sim::ThreadId thread) {
      return thread != nobody && (enabled >> thread & 1) != 0;
    };
    const auto first = std::ranges::find_if(order_, is_enabled);
    return first != order_.end() ? *first : *std::find_if(fallen_.rbegin(), fallen_.rend(), is_enabled);
  }

  std::vector<std::uint32_t> changes_;
  const std::uint32_t length_;
  std::vector<sim::ThreadId> order_;   // That never fell behind, highest first.
  std::vector<sim::ThreadId> fallen_;  // By the change point, which is the priority that it gave.
  std::uint32_t step_ = 0;
};

/// All draws so far in their order; a new one is equally likely to stand anywhere among them.
class PosRules {
 public:
  void begin(Dice&) {
    order_.clear();
    draw_.fill(none);
    chosen_ = nobody;
    draws_ = 0;
  }
  sim::ThreadId thread(const sim::Point& point, Dice& dice) {
    for (sim::ThreadId thread = 0; thread < draw_.size(); ++thread) {
      const bool is_fresh = chosen_ != nobody && (thread == chosen_ || races(point.execution, thread));
      if (is_fresh || (point.enabled >> thread & 1) == 0) draw_[thread] = none;
    }
    if (std::ranges::all_of(draw_, [](int draw) { return draw == none; })) order_.clear();  // Nobody is compared to it.
    for (const sim::ThreadId thread : threads_of(point.enabled)) {
      if (draw_[thread] != none) continue;
      const auto place = static_cast<std::ptrdiff_t>(dice.below(order_.size() + 1));
      order_.insert(order_.begin() + place, draw_[thread] = draws_++);
    }
    const auto is_drawn = [this](int draw) { return std::ranges::find(draw_, draw) != draw_.end(); };
    const int best = *std::ranges::find_if(order_, is_drawn);
    chosen_ = static_cast<sim::ThreadId>(std::ranges::find(draw_, best) - draw_.begin());
    step_ = point.execution.log().steps.size();
    return chosen_;
  }

 private:
  static constexpr int none = -1;
  static constexpr sim::ThreadId nobody = ~sim::ThreadId{0};

  bool races(const sim::Execution& execution, sim::ThreadId pending) const {
    if (draw_[pending] == none) return false;
    const sim::runtime::ThreadState& state = execution.thread(pending);
    const sim::Access access{state.object, state.mode};
    const sim::Step& executed = execution.log().steps[step_];
    bool any = sim::conflict({executed.object, executed.mode}, access);
    for (const sim::Access& further : execution.log().further(executed)) any = any || sim::conflict(further, access);
    return any;
  }

  std::vector<int> order_;         // Of all draws, highest first.
  std::array<int, 16> draw_ = {};  // Of each thread's next event.
  sim::ThreadId chosen_ = nobody;
  std::size_t step_ = 0;
  int draws_ = 0;
};

/// Threads in proportion to the events that each has left, of those that it has on average, but at least 1.
class SurwRules {
 public:
  explicit SurwRules(std::vector<std::uint32_t> lengths) : lengths_(std::move(lengths)) {}

  void begin(Dice&) { left_ = lengths_; }
  sim::ThreadId thread(const sim::Point& point, Dice& dice) {
    const std::vector<sim::ThreadId> enabled = threads_of(point.enabled);
    std::vector<double> weights;
    for (const sim::ThreadId thread : enabled) weights.push_back(std::max(left_.at(thread), 1u));
    const sim::ThreadId chosen = enabled[dice.draw(weights)];
    left_[chosen] -= left_[chosen] != 0;
    return chosen;
  }

 private:
  const std::vector<std::uint32_t> lengths_;
  std::vector<std::uint32_t> left_;
};

/// What all executions under some rules have shown.
struct Weighed {
  double all = 0;             ///< The probabilities of all executions: 1.
  double failing = 0;         ///< Of those that end in a violation, in a deadlock, or with the outcome that was named.
  std::uint32_t longest = 0;  ///< Transitions.
  double finished = 0;        ///< Of those in which all threads end.
  std::array<double, 16> lengths = {};  ///< Transitions of each thread in those, each as often as it is probable.

  std::vector<std::uint32_t> average_lengths() const {
    std::vector<std::uint32_t> average;
    for (const double length : lengths) average.push_back(static_cast<std::uint32_t>(length / finished + 0.5));
    return average;
  }
};

/// Runs each execution from its start.
template <class Rules>
class WeighedRuns : public sim::Search {
 public:
  WeighedRuns(Rules rules, std::string failing_outcome)
      : rules_(std::move(rules)), failing_outcome_(std::move(failing_outcome)) {}

  std::optional<sim::Branch> begin_execution() override {
    if (!dice_.next()) return std::nullopt;
    rules_.begin(dice_);
    counts_.fill(0);
    length_ = 0;
    return sim::Branch{};
  }

  sim::Decision choose(const sim::Point& point) override {
    const sim::ThreadId thread = rules_.thread(point, dice_);
    ++counts_.at(thread);
    ++length_;
    return {thread};
  }

  bool end_execution(sim::Ending ending, const sim::Execution& execution, const sim::Hash128*) override {
    const double probability = dice_.probability();
    weighed_.all += probability;
    weighed_.longest = std::max(weighed_.longest, length_);
    if (ending == sim::Ending::finished) {
      weighed_.finished += probability;
      for (std::size_t thread = 0; thread < counts_.size(); ++thread) {
        weighed_.lengths[thread] += probability * counts_[thread];
      }
    }
    const bool failed = ending == sim::Ending::violation || ending == sim::Ending::deadlock;
    if (failed || execution.outcome() == failing_outcome_) weighed_.failing += probability;
    return true;
  }

  const Weighed& weighed() const { return weighed_; }

 private:
  Rules rules_;
  std::string failing_outcome_;
  Dice dice_;
  Weighed weighed_;
  std::array<std::uint32_t, 16> counts_ = {};
  std::uint32_t length_ = 0;
};

/// Every execution of `program` under some rules. Requires: it chooses no values.
template <class Rules, class P>
Weighed weigh(P&& program, Rules rules, std::string failing_outcome) {
  sim::runtime::install_memory_hooks();
  sim::Options options{.strategy = sim::Strategy::dfs, .stop_at_first_violation = false};
  options.backtracking = sim::Backtracking::reexecute;
  sim::runtime::Arena::instance().set_stack_bytes(options.stack_bytes);
  sim::Execution::instance().begin_exploration();
  WeighedRuns<Rules> runs(std::move(rules), std::move(failing_outcome));
  sim::detail::erased(program,
                      [&](const sim::detail::Program& erased) { return sim::Explorer(erased, options, runs).run(); });
  for (sim::runtime::Slot slot = 0; slot < sim::runtime::slot_count; ++slot) {
    sim::runtime::Arena::instance().clear(slot);
  }
  return runs.weighed();
}

}  // namespace models
