#include <bit>
#include <iostream>

#include "base/random.hpp"
#include "explore/explorer.hpp"
#include "sim/sim.hpp"

/// A random walk that mostly goes on with the thread that ran last: few preemptions, as on a real machine.
class StickyWalk : public sim::Search {
 public:
  StickyWalk(std::uint64_t seed, std::uint64_t executions) : random_(seed), left_(executions) {}

  std::optional<sim::Branch> begin_execution() override {
    if (left_ == 0) return std::nullopt;
    --left_;
    return sim::Branch{};  // From the start of the program.
  }

  sim::Decision choose(const sim::Point& point) override {
    if (point.alternatives != 0) return {random_.below(point.alternatives)};
    const bool can_go_on = (point.enabled >> point.thread & 1) != 0;
    if (can_go_on && random_.below(8) != 0) return {point.thread};
    std::uint64_t rest = point.enabled;
    for (auto skip = random_.below(static_cast<std::uint32_t>(std::popcount(rest))); skip > 0; --skip) rest &= rest - 1;
    return {static_cast<std::uint32_t>(std::countr_zero(rest))};
  }

  bool end_execution(sim::Ending, const sim::Execution&, const sim::Hash128*) override { return true; }
  bool is_complete() const override { return false; }  // A sample proves nothing.

 private:
  sim::Random random_;
  std::uint64_t left_;
};
