#pragma once

#include <cstdint>

#include "explore/options.hpp"

namespace sim {

/// When a search looks transitions up instead of running the program. To recognise states costs about as much as to run
/// transitions, which pays where there are many more transitions than states. So it is tried after a while, and given
/// up if it does not; and tried again, for longer, when there were many more executions.
class CacheTrial {
 public:
  explicit CacheTrial(Caching mode) : mode_(mode), on_(mode == Caching::always) {}

  bool is_on() const { return on_; }
  /// For good: the program does what a cache cannot tell.
  void give_up() {
    mode_ = Caching::never;
    on_ = false;
  }
  void has_run_transition() { ++run_; }
  /// An execution begins, of which so many transitions were foreseen. True if the cache was switched on or off.
  bool begin_execution(std::uint32_t foreseen) {
    ++executions_;
    if (mode_ != Caching::automatic) return false;
    return on_ ? was_in_vain(foreseen) : begins_now();
  }

 private:
  static constexpr std::uint64_t first_trial = 1 << 10;

  bool begins_now() {
    if (executions_ < next_trial_) return false;
    window_ = executions_;
    run_ = foreseen_ = 0;
    is_warm_ = false;
    return on_ = true;
  }
  // What is known grows at first: less is asked for in the first quarter of a window than in its second half.
  bool was_in_vain(std::uint32_t foreseen) {
    foreseen_ += foreseen;
    if (run_ + foreseen_ < (is_warm_ ? window_ : window_ / 2)) return false;
    const bool pays = is_warm_ ? foreseen_ > 2 * run_ : foreseen_ > run_ / 4;
    run_ = foreseen_ = 0;
    if (pays) {
      is_warm_ = true;
      return false;
    }
    next_trial_ = 8 * executions_;
    on_ = false;
    return true;
  }

  Caching mode_;
  bool on_, is_warm_ = false;
  std::uint64_t executions_ = 0, next_trial_ = first_trial;
  std::uint64_t window_ = 0, run_ = 0, foreseen_ = 0;  ///< Transitions: of half a window, run and foreseen in it.
};

}  // namespace sim
