// Selectively uniform random walk: Zhao, Wolff, Mathur, Roychoudhury, ASPLOS 2025 (URW and SURW).
//
// A thread is intended, drawn in proportion to the selected operations that each has left. Threads that are about to
// execute a selected operation wait unless they are the intended one; among the others each choice is uniform. Once the
// intended thread has executed its selected operation the next is drawn. If every operation is selected (URW), that is
// a walk in which each thread runs in proportion to what it has left: with the right numbers and nothing that blocks,
// all interleavings are equally likely. With few selected, their interleavings are, whatever else the threads do.
//
// The numbers are estimated: the average of earlier executions that finished, renewed after 1, 2, 4, 8, ... of them.
// The first execution is a uniform walk. Until a thread is created, what it will do counts as what its creator has
// left. If the intended thread cannot run and all others wait for it, one of these is drawn instead.
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/glob.hpp"
#include "explore/sampling.hpp"
#include "explore/strategies.hpp"

namespace sim {
namespace {

/// How many selected operations each thread executes, from the executions so far.
class Estimate {
 public:
  using Counts = std::array<std::uint32_t, max_threads>;

  /// What `thread` has left when it is created: its own operations, and those of threads that it creates.
  std::uint32_t weight(ThreadId thread) const { return weight_[thread]; }
  ThreadId parent(ThreadId thread) const { return parent_[thread]; }

  void learn(Ending ending, const Execution& execution, std::span<const std::uint32_t> counts) {
    // One that was cut short does not tell how long its threads are; it is better than nothing.
    const bool finished = ending == Ending::finished;
    if (!finished && finished_ != 0) return;
    for (ThreadId thread = 0; thread < counts.size(); ++thread) {
      total_[thread] =
          finished ? total_[thread] + counts[thread] : std::max<std::uint64_t>(total_[thread], counts[thread]);
    }
    if (!finished) return renew(execution, 1);
    if (finished_ == 0) std::ranges::copy(counts, total_.begin());
    if (++finished_ == next_renewal_) {
      next_renewal_ *= 2;
      renew(execution, finished_);
    }
  }

  void save(checkpoint::Writer& to) const {
    for (ThreadId thread = 0; thread < max_threads; ++thread) {
      to.number(total_[thread]);
      to.number(weight_[thread]);
      to.number(parent_[thread]);
    }
    to.number(finished_);
    to.number(next_renewal_);
  }
  void load(checkpoint::Reader& from) {
    for (ThreadId thread = 0; thread < max_threads; ++thread) {
      total_[thread] = from.number();
      weight_[thread] = static_cast<std::uint32_t>(from.number());
      parent_[thread] = static_cast<ThreadId>(from.below(max_threads));
    }
    finished_ = from.number();
    next_renewal_ = from.number();
  }

 private:
  void renew(const Execution& execution, std::uint64_t executions) {
    for (const Step& step : execution.log().steps) {
      if (step.kind == OperationKind::thread_spawn) parent_[step.value] = step.thread;
    }
    for (ThreadId thread = 0; thread < max_threads; ++thread) {
      weight_[thread] = static_cast<std::uint32_t>((total_[thread] + executions / 2) / executions);
    }
    // A creator comes before its children.
    for (ThreadId thread = max_threads - 1; thread > 0; --thread) weight_[parent_[thread]] += weight_[thread];
  }

  std::array<std::uint64_t, max_threads> total_ = {};
  Counts weight_ = {};
  std::array<ThreadId, max_threads> parent_ = {};
  std::uint64_t finished_ = 0;
  std::uint64_t next_renewal_ = 1;
};

class Surw : public SamplingPolicy {
 public:
  explicit Surw(std::string select) : select_(std::move(select)) {}

  void begin(const Point&, Random&) {
    threads_ = 0;
    intended_ = nobody;
    classified_ = 0;
  }

  std::uint32_t thread(const Point& point, Random& random) {
    if (point.execution.thread_count() != threads_) adopt(point.execution.thread_count(), random);
    const ThreadId thread = selects_all() ? in_proportion(point.enabled, random) : selectively(point, random);
    return thread;
  }

  void end(Ending ending, const Execution& execution) {
    estimate_.learn(ending, execution, {counts_.data(), threads_});
  }

  bool wants_names() const { return !selects_all(); }
  void object_named(ObjectId object, std::string_view name) {
    const auto place = std::ranges::lower_bound(objects_, object);
    if (place != objects_.end() && *place == object) return;
    if (matches_any_glob(select_, name)) objects_.insert(place, object);
  }
  std::string remark() const {
    if (selects_all() || !objects_.empty()) return {};
    return "no object has a name like " + select_ + " (select), so that this was a uniform random walk";
  }
  std::uint64_t memory_bytes() const { return objects_.capacity() * sizeof(ObjectId); }
  void save(checkpoint::Writer& to) const {
    estimate_.save(to);
    to.words(std::span<const ObjectId>(objects_));
  }
  void load(checkpoint::Reader& from) {
    estimate_.load(from);
    objects_ = from.words<ObjectId>();
  }

 private:
  static constexpr ThreadId nobody = ~ThreadId{0};

  bool selects_all() const { return select_.empty(); }

  // What new threads have left passes from their creators to them.
  void adopt(std::uint32_t threads, Random& random) {
    for (; threads_ < threads; ++threads_) {
      const std::uint32_t weight = estimate_.weight(threads_);
      left_[threads_] = weight;
      counts_[threads_] = 0;
      if (threads_ == 0) continue;
      const ThreadId parent = estimate_.parent(threads_);
      if (intended_ == parent && weight != 0 && random.below(std::max(left_[parent], weight)) < weight) {
        intended_ = threads_;
      }
      left_[parent] -= std::min(left_[parent], weight);
    }
  }

  ThreadId in_proportion(std::uint64_t enabled, Random& random) {
    auto chosen = static_cast<ThreadId>(std::countr_zero(enabled));
    if (!is_single(enabled)) chosen = draw(enabled, random, 1);
    executes_selected(chosen);
    return chosen;
  }

  // A thread of `set` by what it has left, but at least `least`. Requires: not all of that is 0.
  ThreadId draw(std::uint64_t set, Random& random, std::uint32_t least) const {
    std::uint32_t total = 0;
    for (const ThreadId thread : ThreadsOf(set)) total += std::max(left_[thread], least);
    std::uint32_t skip = random.below(total);
    for (const ThreadId thread : ThreadsOf(set)) {
      const std::uint32_t weight = std::max(left_[thread], least);
      if (skip < weight) return thread;
      skip -= weight;
    }
    return static_cast<ThreadId>(std::countr_zero(set));
  }

  void executes_selected(ThreadId thread) {
    ++counts_[thread];
    left_[thread] -= left_[thread] != 0;
  }

  ThreadId selectively(const Point& point, Random& random) {
    classify(point);
    if (intended_ == nobody) intend(point.execution, random);
    std::uint64_t allowed = point.enabled;
    if (intended_ != nobody) allowed &= ~selected_ | bit_of(intended_);
    if (allowed == 0) {
      intended_ = draw(point.enabled, random, 1);
      allowed = bit_of(intended_);
    }
    const ThreadId chosen = uniform(allowed, random);
    classified_ &= ~bit_of(chosen);
    if ((selected_ & bit_of(chosen)) != 0) {
      executes_selected(chosen);
      intended_ = nobody;
    }
    return chosen;
  }

  // Which threads are about to execute a selected operation. Only the thread that ran last has a new one.
  void classify(const Point& point) {
    for (const ThreadId thread : ThreadsOf(point.enabled & ~classified_)) {
      const bool selected = std::ranges::binary_search(objects_, point.execution.thread(thread).object);
      selected_ = selected ? selected_ | bit_of(thread) : selected_ & ~bit_of(thread);
    }
    classified_ |= point.enabled;
  }

  void intend(const Execution& execution, Random& random) {
    std::uint64_t with_some_left = 0;
    for (ThreadId thread = 0; thread < threads_; ++thread) {
      const bool ended = execution.thread(thread).status == runtime::ThreadStatus::exited;
      if (left_[thread] != 0 && !ended) with_some_left |= bit_of(thread);
    }
    if (with_some_left != 0) intended_ = draw(with_some_left, random, 0);
  }

  const std::string select_;
  std::vector<ObjectId> objects_;  ///< The selected ones, sorted.
  Estimate estimate_;
  Estimate::Counts left_ = {};    ///< Selected operations that each thread has left, with its future children's.
  Estimate::Counts counts_ = {};  ///< Selected operations that each thread has executed.
  std::uint32_t threads_ = 0;
  ThreadId intended_ = nobody;
  std::uint64_t classified_ = 0;  ///< Threads for which `selected_` tells about their next operation.
  std::uint64_t selected_ = 0;
};

}  // namespace

std::unique_ptr<Search> make_surw(const Options& options) {
  return std::make_unique<Sample<Surw>>(options.seed, options.select);
}

}  // namespace sim
