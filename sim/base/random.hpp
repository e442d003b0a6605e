#pragma once

#include <cstdint>

namespace sim {

/// The one source of randomness: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). The same seed gives the same numbers on
/// every machine and with every standard library.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  /// A seed from which the numbers go on.
  std::uint64_t state() const { return state_; }

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, bound), by Lemire's multiplication; the bias is below 2^-32. Requires: `bound > 0`.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * std::uint64_t{bound}) >> 32);
  }

 private:
  std::uint64_t state_;
};

}  // namespace sim
