#pragma once

#include <cstdint>
#include <span>

#include "base/stack.hpp"
#include "event/footprint.hpp"
#include "event/operation.hpp"

namespace sim {

/// How an atomic operation synchronises; from the memory_order that the program named.
enum class Synchronization : std::uint8_t { none, acquire, release, both };

/// One executed event, as exploration needs it: compact, without text. `report/` and people get an Event.
struct Step {
  std::uint8_t thread = 0;
  OperationKind kind = OperationKind::none;
  AccessMode mode = AccessMode::none;  ///< Of `object`, the first access of the footprint.
  Synchronization synchronization = Synchronization::none;
  ObjectId object = no_object;
  std::uint64_t value = 0;       ///< Read, written, chosen, joined, spawned, or an error code; replay compares it.
  std::uint32_t more_begin = 0;  ///< Further accesses, in StepLog::more.
  std::uint32_t more_count = 0;
};

/// The executed events of one execution from its start, kept outside the program's memory.
struct StepLog {
  Stack<Step> steps;
  Stack<Access> more;

  std::span<const Access> further(const Step& step) const { return {more.data() + step.more_begin, step.more_count}; }
};

}  // namespace sim
