// Partial order sampling: Yuan, Yang, Gu, CAV 2018, algorithm 2 (POS).
//
// Every pending event gets a random priority, and the enabled event of the highest priority is executed. Those that
// race with it get new priorities: what they met before says nothing about whether they come early or late from here
// on. Events that do not race keep theirs, so that the order of unrelated events does not use chances up: a partial
// order of few races is likely, however many interleavings others have.
//
// Two pending events race if the first accesses of their footprints conflict; of the executed event all accesses are
// known. A pending event that the executed one disables (another lock of the same mutex, an await) races with it, too.
#include <array>
#include <cstddef>

#include "explore/sampling.hpp"
#include "explore/strategies.hpp"

namespace sim {
namespace {

class Pos : public SamplingPolicy {
 public:
  void begin(const Point&, Random&) {
    ranked_ = 0;
    chosen_ = nobody;
  }

  std::uint32_t thread(const Point& point, Random& random) {
    // The thread that ran has a new event, and what is not enabled now gets a new priority when it is again.
    if (chosen_ != nobody) ranked_ &= point.enabled & ~bit_of(chosen_);
    if (ranked_ != 0) forget_races(point.execution);
    for (const ThreadId fresh : ThreadsOf(point.enabled & ~ranked_)) priority_[fresh] = random.next();
    ranked_ |= point.enabled;
    chosen_ = highest(point.enabled);
    step_ = point.execution.log().steps.size();
    return chosen_;
  }

 private:
  static constexpr ThreadId nobody = ~ThreadId{0};

  void forget_races(const Execution& execution) {
    const StepLog& log = execution.log();
    const Step& executed = log.steps[step_];
    for (const ThreadId pending : ThreadsOf(ranked_)) {
      const runtime::ThreadState& state = execution.thread(pending);
      const Access access{state.object, state.mode};
      bool races = conflict({executed.object, executed.mode}, access);
      if (executed.more_count != 0 && !races) {
        for (const Access& further : log.further(executed)) races = races || conflict(further, access);
      }
      if (races) ranked_ &= ~bit_of(pending);
    }
  }

  ThreadId highest(std::uint64_t enabled) const {
    auto best = static_cast<ThreadId>(std::countr_zero(enabled));
    for (const ThreadId thread : ThreadsOf(enabled & (enabled - 1))) {
      if (priority_[thread] > priority_[best]) best = thread;
    }
    return best;
  }

  std::array<std::uint64_t, max_threads> priority_ = {};
  std::uint64_t ranked_ = 0;  ///< Threads whose pending event has a priority.
  ThreadId chosen_ = nobody;  ///< The thread that ran last.
  std::size_t step_ = 0;      ///< Where its event is in the log.
};

}  // namespace

std::unique_ptr<Search> make_pos(const Options& options) {
  return std::make_unique<Sample<Pos>>(options.seed);
}

}  // namespace sim
