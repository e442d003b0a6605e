#pragma once

#include "runtime/clear_below.hpp"

namespace sim {

/// A hint for `stateful`: clears what earlier calls left on the dead part of the calling thread's stack, so that it
/// does not shine through gaps in the frames of the next call. Worth it before a call in a loop whose callee has
/// scheduling points: states that differ only in such remains are one. Changes nothing else.
[[gnu::always_inline]] inline void forget_dead_frames() {
  runtime::clear_below();
}

}  // namespace sim
