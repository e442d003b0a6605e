// Probabilistic concurrency testing: Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010.
//
// Each thread gets a random priority, and the enabled thread of the highest priority always runs. At d - 1 random steps
// the thread that takes the step falls below all initial priorities: to the place that belongs to that change point, so
// that the order among the fallen is random, too. A bug of depth d in a program of n threads and at most k steps is
// found with probability at least 1 / (n k^(d-1)).
//
// Departs from the paper in two things. k is not given: it is the length of the longest execution so far, and a guess
// before the first one. And a thread that yields falls below all others, as without it a thread that polls, yielding,
// could run for ever; for programs that do not yield, the paper's bound holds as it stands.
#include <algorithm>
#include <array>
#include <vector>

#include "explore/sampling.hpp"
#include "explore/strategies.hpp"

namespace sim {
namespace {

class Pct : public SamplingPolicy {
 public:
  explicit Pct(std::uint32_t depth) : changes_(depth - 1) {}

  void begin(const Point&, Random& random) {
    ranked_ = 0;
    steps_ = 0;
    floor_ = 0;
    for (std::uint32_t& change : changes_) change = 1 + random.below(longest_ != 0 ? longest_ : guess);
    find_next_change();
  }

  std::uint32_t thread(const Point& point, Random& random) {
    if (const std::uint64_t fresh = point.enabled & ~ranked_; fresh != 0) rank(fresh, random);
    const ThreadId thread = highest(point.enabled);
    ++steps_;
    if (point.execution.thread(thread).kind == OperationKind::thread_yield) [[unlikely]]
      priority_[thread] = --floor_;
    if (steps_ == next_change_) [[unlikely]]
      change(thread);
    return thread;
  }

  void end(Ending ending, const Execution&) {
    // One that was cut says nothing about the length of those that end.
    if (ending != Ending::step_limit) longest_ = std::max(longest_, steps_);
  }

  void save(checkpoint::Writer& to) const { to.number(longest_); }
  void load(checkpoint::Reader& from) { longest_ = static_cast<std::uint32_t>(from.number()); }

 private:
  static constexpr std::uint32_t guess = 64;
  static constexpr std::uint32_t never = 0;

  void rank(std::uint64_t fresh, Random& random) {
    for (const ThreadId thread : ThreadsOf(fresh)) {
      // Above all change points and yields. Two are equal with probability 2^-62.
      priority_[thread] = static_cast<std::int64_t>(random.next() >> 2 | std::uint64_t{1} << 62);
    }
    ranked_ |= fresh;
  }

  ThreadId highest(std::uint64_t enabled) const {
    auto best = static_cast<ThreadId>(std::countr_zero(enabled));
    for (const ThreadId thread : ThreadsOf(enabled & (enabled - 1))) {
      if (priority_[thread] > priority_[best]) best = thread;
    }
    return best;
  }

  // Change points are drawn in no order, so their places are a random order of the moments at which they happen.
  void change(ThreadId thread) {
    for (std::size_t place = 0; place < changes_.size(); ++place) {
      if (changes_[place] == steps_) priority_[thread] = static_cast<std::int64_t>(place);
    }
    find_next_change();
  }

  void find_next_change() {
    next_change_ = never;
    for (const std::uint32_t change : changes_) {
      if (change > steps_ && (next_change_ == never || change < next_change_)) next_change_ = change;
    }
  }

  std::vector<std::uint32_t> changes_;  ///< The step, from 1, at which each change point happens.
  std::array<std::int64_t, max_threads> priority_ = {};
  std::uint64_t ranked_ = 0;  ///< Threads that have a priority.
  std::int64_t floor_ = 0;    ///< The priority of the thread that yielded last.
  std::uint32_t steps_ = 0;
  std::uint32_t next_change_ = never;
  std::uint32_t longest_ = 0;
};

}  // namespace

std::unique_ptr<Search> make_pct(const Options& options) {
  return std::make_unique<Sample<Pct>>(options.seed, options.pct_depth);
}

}  // namespace sim
