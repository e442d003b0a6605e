#pragma once

#include <algorithm>
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
  void has_foreseen(std::uint64_t transitions) { foreseen_ += transitions; }
  /// Another execution begins. True if the cache is switched off.
  bool begin_execution() {
    ++executions_;
    if (mode_ != Caching::automatic) return false;
    if (on_) return was_in_vain();
    begin_if_due();
    return false;
  }

 private:
  static constexpr std::uint64_t first_trial = 1 << 10;

  void begin_if_due() {
    if (executions_ < next_trial_) return;
    window_ = executions_;
    run_ = foreseen_ = 0;
    is_warm_ = false;
    on_ = true;
  }
  // What is known grows at first: little is asked for at the beginning of a window, and from then on more of each whole
  // one.
  bool was_in_vain() {
    if (run_ + foreseen_ < (is_warm_ ? window_ : std::max<std::uint64_t>(window_ / 8, first_trial / 2))) return false;
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
  std::uint64_t window_ = 0, run_ = 0, foreseen_ = 0;  ///< Transitions: of a window; run and foreseen in this one.
};

}  // namespace sim
