#pragma once

#include <cstdint>

#include "event/schedule.hpp"

namespace sim {

/// The choices of the running execution, in memory that outlives the process: what is left when it dies.
struct Journal {
  static constexpr std::uint32_t capacity = 1 << 20;

  std::uint32_t depth;  ///< Choices made; those beyond the capacity are not kept.
  Choice choices[capacity];

  void record(std::uint64_t at, Choice choice) {
    if (at >= capacity) return;
    choices[at] = choice;
    depth = static_cast<std::uint32_t>(at) + 1;
  }
};

}  // namespace sim
