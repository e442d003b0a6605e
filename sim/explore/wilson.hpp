#pragma once

#include <cstdint>

namespace sim {

/// A share between 0 and 1, estimated from a sample, with an interval that covers the true one in 95 of 100 samples.
struct Estimate95 {
  double share = 0, low = 0, high = 1;
};

/// `successes` of `trials` independent draws: the score interval (Wilson, Journal of the American Statistical
/// Association 22, 1927). It is right for rare events, too: none of n gives 0 to about 3.84 / n. Without trials nothing
/// is known: 0 to
/// 1. Requires: `successes <= trials`.
Estimate95 wilson_estimate(std::uint64_t successes, std::uint64_t trials);

}  // namespace sim
