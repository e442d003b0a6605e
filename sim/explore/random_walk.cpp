// A uniformly random choice at every point, from the seed. Every walk begins at the first scheduling point of the
// program, of which one snapshot is kept. Probability of a schedule: the product of 1/(enabled threads) along it.
#include <bit>

#include "base/random.hpp"
#include "explore/strategies.hpp"

namespace sim {
namespace {

class RandomWalk : public Search {
 public:
  explicit RandomWalk(std::uint64_t seed) : random_(seed) {}

  std::optional<Branch> begin_execution() override { return Branch{first_, 0}; }

  Decision choose(const Point& point) override {
    Decision decision;
    if (point.depth == 0) {
      decision.keep = true;
      if (first_ == start_of_program) first_ = point.id;
    }
    if (point.alternatives != 0) {
      decision.choice = random_.below(point.alternatives);
    } else {
      const auto count = static_cast<std::uint32_t>(std::popcount(point.enabled));
      std::uint64_t rest = point.enabled;
      for (std::uint32_t skip = count == 1 ? 0 : random_.below(count); skip > 0; --skip) rest &= rest - 1;
      decision.choice = static_cast<std::uint32_t>(std::countr_zero(rest));
    }
    return decision;
  }

  bool end_execution(Ending, const Execution&, const Hash128*) override { return true; }
  bool is_complete() const override { return false; }

 private:
  Random random_;
  PointId first_ = start_of_program;
};

}  // namespace

std::unique_ptr<Search> make_random_walk(const Options& options) {
  return std::make_unique<RandomWalk>(options.seed);
}

}  // namespace sim
