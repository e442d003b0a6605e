// Source-DPOR: for each race, some thread that could begin its reversal is explored at the point before the race,
// unless one of them is already (Abdulla, Aronis, Jonsson, Sagonas: JACM 2017, section 5). Without wakeup trees an
// execution may find that all enabled threads sleep: it is cut short, and counted as blocked.
#include <bit>

#include "explore/race_reversal.hpp"
#include "explore/strategies.hpp"

namespace sim {
namespace {

class SourceDpor final : public RaceReversal {
 public:
  explicit SourceDpor(const Options& options) : RaceReversal(options, false) {}

 protected:
  WakeupEntry take_planned(Node& node) override {
    const auto thread = static_cast<std::uint8_t>(std::countr_zero(node.backtrack));
    node.backtrack &= node.backtrack - 1;
    return {thread, 0, 0};
  }
  std::uint32_t count_planned(const Node& node) const override {
    return static_cast<std::uint32_t>(std::popcount(node.backtrack));
  }
  void plan(Node& node, std::vector<WakeupEntry>& sequence, WakeupPool::Leaf) override {
    std::uint64_t initials = 0;
    for (std::size_t at = 0; at < sequence.size(); ++at) {
      bool comes_first = true;
      for (std::size_t before = 0; comes_first && before < at; ++before) {
        comes_first = sequence[before].thread != sequence[at].thread &&
                      !footprints_.dependent(sequence[before].footprint, sequence[at].footprint);
      }
      if (comes_first) initials |= std::uint64_t{1} << sequence[at].thread;
    }
    if ((initials & node.backtrack) == 0) node.backtrack |= std::uint64_t{1} << sequence.front().thread;
  }
};

}  // namespace

std::unique_ptr<Search> make_source_dpor(const Options& options) {
  return std::make_unique<SourceDpor>(options);
}

}  // namespace sim
