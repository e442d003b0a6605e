// A uniformly random choice at every point, from the seed. Probability of a schedule: the product of 1/(enabled
// threads) along it, so that short ways are likely and classes of many interleavings no more than others.
#include "explore/sampling.hpp"
#include "explore/strategies.hpp"

namespace sim {
namespace {

struct RandomWalk : SamplingPolicy {
  std::uint32_t thread(const Point& point, Random& random) { return uniform(point.enabled, random); }
};

}  // namespace

std::unique_ptr<Search> make_random_walk(const Options& options) {
  return std::make_unique<Sample<RandomWalk>>(options.seed);
}

}  // namespace sim
