#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/hash128.hpp"
#include "explore/explore.hpp"

namespace sim::classes {

/// What all interleavings of a program show, by brute force.
struct Classes {
  std::uint64_t interleavings = 0;
  /// Equivalence class (fingerprint of its transitions with clocks and accesses) -> outcomes seen in it.
  std::map<Hash128, std::map<std::string, std::uint64_t>> outcomes;
  /// Interleaving (its choices in order) -> its class.
  std::map<std::vector<std::uint32_t>, Hash128> class_of;
  /// Exchanges of adjacent independent transitions that led to an interleaving of another class, or to none; and pairs
  /// of transitions that were both enabled at a point, shared nothing there, and yet changed each other. One is shown.
  std::uint64_t inconsistent_exchanges = 0;
  std::string example;

  std::size_t count() const { return outcomes.size(); }
  /// No class has two outcomes, and independent transitions can be exchanged: what reduction relies on.
  bool sound() const;
  /// The outcomes of all interleavings.
  std::map<std::string, std::uint64_t> all_outcomes() const;
};

/// Runs every interleaving of a program. Its main thread must do nothing between two joins: what a thread does when it
/// has joined two others belongs to the transition of the one that ended last.
Classes count_classes(const detail::Program& program, const Options& options = {});

template <class P>
Classes count_classes(P program, const Options& options = {}) {
  return detail::erased(program, [&options](const detail::Program& erased) { return count_classes(erased, options); });
}

}  // namespace sim::classes
