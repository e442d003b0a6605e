#pragma once

#include <bit>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "explore/explorer.hpp"
#include "runtime/arena.hpp"
#include "runtime/memory_hooks.hpp"

namespace models {

/// Runs every interleaving from the start, and adds up the probabilities with which a uniform random walk takes those
/// that end in a violation, in a deadlock, or with the outcome `failing_outcome`.
class WeighedWalks : public sim::Search {
 public:
  explicit WeighedWalks(std::string failing_outcome) : failing_outcome_(std::move(failing_outcome)) {}

  std::optional<sim::Branch> begin_execution() override {
    if (begun_) {
      while (!path_.empty() && path_.back().left == 0) path_.pop_back();
      if (path_.empty()) return std::nullopt;
      path_.back().take_next();
    }
    begun_ = true;
    return sim::Branch{};
  }

  sim::Decision choose(const sim::Point& point) override {
    if (point.depth == path_.size()) {
      const std::uint64_t all = point.alternatives == 0 ? point.enabled : (std::uint64_t{1} << point.alternatives) - 1;
      path_.push_back({all, 0, static_cast<unsigned>(std::popcount(all))});
      path_.back().take_next();
    }
    return {path_.at(point.depth).choice};
  }

  bool end_execution(sim::Ending ending, const sim::Execution& execution, const sim::Hash128*) override {
    const bool failed = ending == sim::Ending::violation || ending == sim::Ending::deadlock;
    if (!failed && execution.outcome() != failing_outcome_) return true;
    double weight = 1;
    for (const Step& step : path_) weight /= step.count;
    probability_ += weight;
    return true;
  }

  double probability() const { return probability_; }

 private:
  struct Step {
    std::uint64_t left;
    std::uint32_t choice;
    unsigned count;
    void take_next() {
      choice = static_cast<std::uint32_t>(std::countr_zero(left));
      left &= left - 1;
    }
  };

  std::string failing_outcome_;
  bool begun_ = false;
  std::vector<Step> path_;
  double probability_ = 0;
};

/// The probability that a uniform random walk of `program` ends in a violation, in a deadlock, or with the outcome
/// `failing_outcome`.
template <class P>
double random_walk_probability(P&& program, std::string failing_outcome) {
  sim::runtime::install_memory_hooks();
  sim::Options options{.strategy = sim::Strategy::dfs, .stop_at_first_violation = false};
  options.backtracking = sim::Backtracking::reexecute;
  sim::runtime::Arena::instance().set_stack_bytes(options.stack_bytes);
  sim::Execution::instance().begin_exploration();
  WeighedWalks walks(std::move(failing_outcome));
  sim::detail::erased(program,
                      [&](const sim::detail::Program& erased) { return sim::Explorer(erased, options, walks).run(); });
  for (sim::runtime::Slot slot = 0; slot < sim::runtime::slot_count; ++slot) {
    sim::runtime::Arena::instance().clear(slot);
  }
  return walks.probability();
}

}  // namespace models
