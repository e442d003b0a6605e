// Every interleaving, depth first. The stack holds the points with alternatives left; each is kept as a snapshot until
// its last alternative is taken, so memory is proportional to depth. The thread that ran last goes on first.
#include <bit>
#include <vector>

#include "explore/checkpoint.hpp"
#include "explore/strategies.hpp"

namespace sim {
namespace {

class DepthFirst : public Search, public checkpoint::Resumable {
 public:
  std::optional<Branch> begin_execution() override {
    if (!begun_) {
      begun_ = true;
      return Branch{};
    }
    if (open_.empty()) return std::nullopt;
    return Branch{open_.back().id, open_.back().depth};
  }

  Decision choose(const Point& point) override {
    if (repetition_.is_active()) [[unlikely]]
      return checkpoint::repeat_open(repetition_, open_, point);
    if (!open_.empty() && open_.back().depth == point.depth) return next_alternative();
    const auto all = static_cast<std::uint32_t>(std::popcount(point.enabled));
    Node node{point.id, point.depth, point.alternatives, 1, 0, all};
    std::uint32_t first = 0;
    if (point.alternatives == 0) {
      first = (point.enabled >> point.thread & 1) != 0 ? point.thread
                                                       : static_cast<std::uint32_t>(std::countr_zero(point.enabled));
      node.threads = point.enabled & ~(std::uint64_t{1} << first);
      if (node.threads == 0) return {first};
    } else if (point.alternatives == 1) {
      return {0};
    }
    open_.push_back(node);
    return {first, true};
  }

  bool end_execution(Ending, const Execution&, const Hash128*) override { return true; }
  double fraction_done() const override {
    double done = 0, share = 1;
    for (const Node& node : open_) {
      const bool is_value = node.alternatives != 0;
      const int left = is_value ? static_cast<int>(node.alternatives - node.next_value) : std::popcount(node.threads);
      const double total = is_value ? node.alternatives : node.all;
      done += share * (total - 1 - left) / total;
      share /= total;
    }
    return done;
  }
  std::uint64_t memory_bytes() const override { return open_.capacity() * sizeof(Node); }

  void save(checkpoint::Writer& to) const override {
    to.flag(begun_);
    to.words(std::span<const Node>(open_));
  }
  void load(checkpoint::Reader& from, std::vector<Choice> path) override {
    begun_ = from.flag();
    open_ = from.words<Node>();
    repetition_.begin(std::move(path));
  }
  void end_repetition(Ending, const Execution&) override { repetition_.end(); }

 private:
  /// A point with alternatives left: threads, or values from `next_value` on.
  struct Node {
    PointId id;
    std::uint32_t depth;
    std::uint32_t alternatives;
    std::uint32_t next_value;
    std::uint64_t threads;
    std::uint32_t all;  ///< Threads that were enabled.
  };

  Decision next_alternative() {
    Node& node = open_.back();
    std::uint32_t choice = 0;
    bool more = false;
    if (node.alternatives != 0) {
      choice = node.next_value++;
      more = node.next_value < node.alternatives;
    } else {
      choice = static_cast<std::uint32_t>(std::countr_zero(node.threads));
      node.threads &= node.threads - 1;
      more = node.threads != 0;
    }
    if (!more) open_.pop_back();
    return {choice, more};
  }

  bool begun_ = false;
  std::vector<Node> open_;
  checkpoint::Repetition repetition_;
};

}  // namespace

std::unique_ptr<Search> make_depth_first(const Options&) {
  return std::make_unique<DepthFirst>();
}

}  // namespace sim
