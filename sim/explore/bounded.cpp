// Every execution of few preemptions (Musuvathi and Qadeer, PLDI 2007: CHESS), or of few delays (Emmi, Qadeer and
// Rakamaric, POPL 2011): most bugs need few of them, and the executions with at most k are polynomially many.
//
// A preemption is a switch away from a thread that could have gone on. A delay is a departure from the deterministic
// scheduler that lets a thread run until it blocks or ends and then takes the next enabled one in the order of their
// numbers, round robin: each enabled thread that is passed over costs one. Values of sim::choose cost nothing.
//
// The bound grows from 0. Each bound is a depth-first search that walks everything within it, also what smaller bounds
// walked, in memory proportional to depth; the number of executions grows so fast from bound to bound that the last
// search takes most of the time. Only executions that need all of the bound are counted: none twice. The first
// violation found is one of those with the fewest preemptions (delays).
#include <bit>
#include <vector>

#include "explore/sampling.hpp"
#include "explore/strategies.hpp"

namespace sim {
namespace {

/// Threads that may run at a point, and what each costs.
struct Preemptions {
  static std::uint64_t affordable(std::uint64_t enabled, ThreadId last, std::uint32_t left) {
    return left == 0 && (enabled & bit_of(last)) != 0 ? bit_of(last) : enabled;
  }
  /// The one of `threads` to try first: the cheapest, and so below.
  static ThreadId cheapest(std::uint64_t threads, ThreadId last) {
    return (threads & bit_of(last)) != 0 ? last : static_cast<ThreadId>(std::countr_zero(threads));
  }
  static std::uint32_t cost(std::uint64_t enabled, ThreadId last, ThreadId next) {
    return next != last && (enabled & bit_of(last)) != 0 ? 1 : 0;
  }
};

struct Delays {
  static_assert(max_threads == 64, "a set of threads is rotated as a whole");

  /// Bit i stands for the thread that comes i after the last one, round robin.
  static std::uint64_t from(ThreadId last, std::uint64_t threads) { return std::rotr(threads, static_cast<int>(last)); }

  static std::uint64_t affordable(std::uint64_t enabled, ThreadId last, std::uint32_t left) {
    std::uint64_t beyond = from(last, enabled);
    for (std::uint32_t paid = 0; beyond != 0 && paid <= left; ++paid) beyond &= beyond - 1;
    return enabled & ~std::rotl(beyond, static_cast<int>(last));
  }
  static ThreadId cheapest(std::uint64_t threads, ThreadId last) {
    return (last + static_cast<ThreadId>(std::countr_zero(from(last, threads)))) % max_threads;
  }
  static std::uint32_t cost(std::uint64_t enabled, ThreadId last, ThreadId next) {
    const std::uint64_t before = bit_of((next - last) % max_threads) - 1;
    return static_cast<std::uint32_t>(std::popcount(from(last, enabled) & before));
  }
};

template <class Rule>
class Bounded : public Search, public checkpoint::Resumable {
 public:
  explicit Bounded(std::optional<std::uint32_t> limit) : limit_(limit) { explored_.executions.push_back(0); }

  std::optional<Branch> begin_execution() override {
    if (!begun_) {
      begun_ = true;
      return Branch{};
    }
    if (!open_.empty()) return Branch{open_.back().id, open_.back().depth};
    if (!cut_by_steps_) explored_.completed = bound() + 1;
    explored_.exhausted = !cut_;
    if (!cut_ || bound() == limit_) return std::nullopt;
    explored_.executions.push_back(0);
    cut_ = false;
    spent_ = 0;
    return Branch{};
  }

  Decision choose(const Point& point) override {
    if (repetition_.is_active()) [[unlikely]]
      return checkpoint::repeat_open(repetition_, open_, point);
    if (!open_.empty() && open_.back().depth == point.depth) return next_alternative();
    if (point.depth == 0) spent_ = 0;
    Node node{point.id, point.depth, spent_, point.thread, point.alternatives, 0, 0, 0};
    if (point.alternatives == 0) {
      node.enabled = point.enabled;
      node.untried = Rule::affordable(point.enabled, point.thread, bound() - spent_);
      if (node.untried != point.enabled) cut_ = true;
    }
    open_.push_back(node);
    return next_alternative();
  }

  bool end_execution(Ending ending, const Execution&, const Hash128*) override {
    const bool is_new = spent_ == bound();
    if (ending == Ending::step_limit) cut_by_steps_ = true;
    const bool ended = ending == Ending::finished || ending == Ending::deadlock || ending == Ending::violation;
    if (is_new && ended) ++explored_.executions.back();
    return is_new;
  }

  const BoundsExplored* bounds() const override { return &explored_; }
  std::uint64_t memory_bytes() const override { return open_.capacity() * sizeof(Node); }

  void save(checkpoint::Writer& to) const override {
    to.words(std::span<const std::uint64_t>(explored_.executions));
    to.number(explored_.completed);
    to.flag(explored_.exhausted);
    to.flag(begun_);
    to.flag(cut_);
    to.flag(cut_by_steps_);
    to.number(spent_);
    to.words(std::span<const Node>(open_));
  }
  void load(checkpoint::Reader& from, std::vector<Choice> path) override {
    explored_.executions = from.words<std::uint64_t>();
    explored_.completed = static_cast<std::uint32_t>(from.number());
    explored_.exhausted = from.flag();
    begun_ = from.flag();
    cut_ = from.flag();
    cut_by_steps_ = from.flag();
    spent_ = static_cast<std::uint32_t>(from.number());
    open_ = from.words<Node>();
    repetition_.begin(std::move(path));
  }
  void end_repetition(Ending, const Execution&) override { repetition_.end(); }

 private:
  /// A point with alternatives left: threads, or values from `next_value` on.
  struct Node {
    PointId id;
    std::uint32_t depth;
    std::uint32_t spent;  ///< Before it.
    ThreadId last;
    std::uint32_t alternatives;
    std::uint32_t next_value;
    std::uint64_t enabled;
    std::uint64_t untried;  ///< Threads that can be afforded.
  };

  std::uint32_t bound() const { return static_cast<std::uint32_t>(explored_.executions.size()) - 1; }

  Decision next_alternative() {
    Node& node = open_.back();
    std::uint32_t choice = 0;
    bool more = false;
    spent_ = node.spent;
    if (node.alternatives != 0) {
      choice = node.next_value++;
      more = node.next_value < node.alternatives;
    } else {
      choice = Rule::cheapest(node.untried, node.last);
      spent_ += Rule::cost(node.enabled, node.last, choice);
      node.untried &= ~bit_of(choice);
      more = node.untried != 0;
    }
    if (!more) open_.pop_back();
    return {choice, more};
  }

  const std::optional<std::uint32_t> limit_;
  BoundsExplored explored_;
  bool begun_ = false;
  bool cut_ = false;           ///< The bound has kept a thread from running.
  bool cut_by_steps_ = false;  ///< An execution did not end within Options::max_steps: no bound is complete.
  std::uint32_t spent_ = 0;    ///< Preemptions (delays) of the execution so far.
  std::vector<Node> open_;
  checkpoint::Repetition repetition_;
};

}  // namespace

std::unique_ptr<Search> make_preemption_bounded(const Options& options) {
  return std::make_unique<Bounded<Preemptions>>(options.bound);
}

std::unique_ptr<Search> make_delay_bounded(const Options& options) {
  return std::make_unique<Bounded<Delays>>(options.bound);
}

}  // namespace sim
