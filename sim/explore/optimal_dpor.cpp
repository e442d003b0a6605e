// Optimal DPOR with wakeup trees: exactly one execution of each equivalence class, and none that ends because all
// threads sleep (Abdulla, Aronis, Jonsson, Sagonas: Optimal dynamic partial order reduction, POPL 2014; Source sets: a
// foundation for optimal dynamic partial order reduction, JACM 2017).
//
// A transition in which values are chosen is planned with them. Where nothing is planned, all values are explored;
// where a sequence names values, only those: the others come with the sequences of the executions that chose them.
#include "explore/race_reversal.hpp"
#include "explore/strategies.hpp"

namespace sim {
namespace {

class OptimalDpor final : public RaceReversal {
 public:
  explicit OptimalDpor(const Options& options) : RaceReversal(options, true) {}

 protected:
  WakeupEntry take_planned(Node& node) override {
    WakeupEntry entry;
    handed_down_ = trees_.take_first(node.wakeup, entry);
    return entry;
  }
  std::uint32_t count_planned(const Node& node) const override {
    std::uint32_t count = 0;
    for (WakeupPool::Index at = node.wakeup; at != WakeupPool::none; at = trees_.next_sibling(at)) ++count;
    return count;
  }
  void plan(Node& node, std::vector<WakeupEntry>& sequence, WakeupPool::Leaf leaf) override {
    trees_.insert(node.wakeup, sequence, leaf, sleepers(node), footprints_, variants_);
  }
};

}  // namespace

std::unique_ptr<Search> make_optimal_dpor(const Options& options, ForkedParts* parts) {
  auto search = std::make_unique<OptimalDpor>(options);
  if (parts != nullptr) search->share_with(*parts);
  return search;
}

}  // namespace sim
