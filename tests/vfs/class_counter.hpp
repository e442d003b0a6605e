#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/hash128.hpp"
#include "explore/explore.hpp"

namespace sim::vfs {

/// What all interleavings of a program show, by brute force.
struct Classes {
  std::uint64_t interleavings = 0;
  /// Equivalence class (fingerprint of its events with clocks and accesses) -> outcomes seen in it.
  std::map<Hash128, std::map<std::string, std::uint64_t>> outcomes;
  /// Interleaving (the threads in order) -> its class.
  std::map<std::vector<std::uint8_t>, Hash128> class_of;
  /// Exchanges of adjacent independent events that led to an interleaving of another class, or to none.
  std::uint64_t inconsistent_exchanges = 0;

  std::size_t count() const { return outcomes.size(); }
  /// No class has two outcomes, and independent events can be exchanged: what reduction relies on.
  bool sound() const;
  /// The outcomes of all interleavings.
  std::map<std::string, std::uint64_t> all_outcomes() const;
};

/// Runs every interleaving of a program that has no choices and does not block.
Classes count_classes(const detail::Program& program);

template <class P>
Classes count_classes(P program) {
  return detail::erased(program, [](const detail::Program& erased) { return count_classes(erased); });
}

}  // namespace sim::vfs
