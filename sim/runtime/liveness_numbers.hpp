#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

namespace sim::runtime {

/// Numbers for the liveness properties of a program, which are the same in all states and all processes that explore
/// it: bits of a mask. Lies in memory that those processes share.
class LivenessNumbers {
 public:
  static constexpr std::uint32_t most = 8;

  /// Those of the exploring processes: forked from now on they share them.
  static LivenessNumbers& instance();

  /// From now on no property has a number. Requires: nothing is explored.
  void forget();
  /// The number of the property with this key, which is not 0; `most` if there are too many.
  std::uint32_t number_of(std::uint64_t key);
  /// The keys in the order of their numbers, for another process to learn.
  std::vector<std::uint64_t> keys() const;
  /// Forgets all, and takes over what another process had.
  void learn(const std::vector<std::uint64_t>& keys, bool are_used_up);
  /// True iff some property has a number, or should have one.
  bool any() const { return keys_[0].load(std::memory_order_relaxed) != 0; }
  /// True iff there were too many.
  bool are_used_up() const { return used_up_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<std::uint64_t>, most> keys_;
  std::atomic<bool> used_up_;
};

}  // namespace sim::runtime
