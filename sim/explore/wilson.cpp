#include "explore/wilson.hpp"

#include <cmath>

namespace sim {

Estimate95 wilson_estimate(std::uint64_t successes, std::uint64_t trials) {
  if (trials == 0) return {};
  constexpr double z = 1.959963984540054;  // The 97.5 % quantile of the normal distribution.
  const double n = static_cast<double>(trials);
  const double share = static_cast<double>(successes) / n;
  const double scale = 1 / (1 + z * z / n);
  const double centre = (share + z * z / (2 * n)) * scale;
  const double half = z * scale * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  // The ends are exact where nothing, or everything, was a success; rounding would leave them beside 0 and 1.
  return {share, successes == 0 ? 0 : centre - half, successes == trials ? 1 : centre + half};
}

}  // namespace sim
