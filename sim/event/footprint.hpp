#pragma once

#include <cstdint>

#include "base/ids.hpp"

namespace sim {

/// How an event touches an object. Two `add`s commute: neither reads what the other leaves.
enum class AccessMode : std::uint8_t { none, read, add, write };

/// One object of an event's footprint.
struct Access {
  ObjectId object = no_object;
  AccessMode mode = AccessMode::none;

  friend bool operator==(const Access&, const Access&) = default;
};

/// True iff the order of the two accesses matters.
constexpr bool conflict(const Access& a, const Access& b) {
  if (a.object != b.object || a.mode == AccessMode::none || b.mode == AccessMode::none) return false;
  return a.mode != b.mode || a.mode == AccessMode::write;
}

}  // namespace sim
