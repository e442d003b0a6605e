#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "explore/checkpoint.hpp"
#include "runtime/execution.hpp"
#include "runtime/search.hpp"

namespace sim {

/// The threads of an enabled set, lowest first: `for (const ThreadId thread : ThreadsOf(point.enabled))`.
class ThreadsOf {
 public:
  explicit ThreadsOf(std::uint64_t set) : rest_(set) {}
  ThreadsOf begin() const { return *this; }
  ThreadsOf end() const { return ThreadsOf(0); }
  ThreadId operator*() const { return static_cast<ThreadId>(std::countr_zero(rest_)); }
  ThreadsOf& operator++() {
    rest_ &= rest_ - 1;
    return *this;
  }
  bool operator!=(const ThreadsOf& other) const { return rest_ != other.rest_; }

 private:
  std::uint64_t rest_;
};

constexpr std::uint64_t bit_of(ThreadId thread) {
  return std::uint64_t{1} << thread;
}
constexpr bool is_single(std::uint64_t set) {
  return (set & (set - 1)) == 0;
}

/// A thread of a set that is not empty, each as likely.
inline ThreadId uniform(std::uint64_t set, Random& random) {
  if (is_single(set)) return static_cast<ThreadId>(std::countr_zero(set));
  // Without each of its first threads. Sets are small, the baseline of x86-64 has no instruction that counts bits, and
  // a branch on a random number is mispredicted: so the first three are picked out of a table.
  const std::uint64_t second = set & (set - 1), third = second & (second - 1);
  const std::array<std::uint64_t, 3> without = {set, second, third};
  std::uint32_t count = third == 0 ? 2 : 3;
  for (std::uint64_t rest = third & (third - 1); third != 0 && rest != 0; rest &= rest - 1) ++count;
  std::uint32_t skip = random.below(count);
  if (count <= without.size()) return static_cast<ThreadId>(std::countr_zero(without[skip]));
  for (; skip > 0; --skip) set &= set - 1;
  return static_cast<ThreadId>(std::countr_zero(set));
}

/// How a sample draws threads. Each strategy derives from it, hides what it needs, and is passed to Sample.
///
/// Nothing here is virtual: `thread` is asked at every scheduling point, on the stack of the thread that stopped.
struct SamplingPolicy {
  /// An execution begins. Called at its first point.
  void begin(const Point&, Random&) {}
  /// Called once for each execution that `begin` saw, when it ends.
  void end(Ending, const Execution&) {}
  bool wants_names() const { return false; }
  void object_named(ObjectId, std::string_view) {}
  std::string remark() const { return {}; }
  std::uint64_t memory_bytes() const { return 0; }
  // What one execution leaves for the next:
  void save(checkpoint::Writer&) const {}
  void load(checkpoint::Reader&) {}
};

/// A sample of the executions. All begin at the first scheduling point of the program, of which one snapshot is kept.
/// `Policy::thread(point, random)` returns one of the enabled threads; values of sim::choose are uniform. Everything
/// is drawn from one seed, in the order in which it is asked for.
template <class Policy>
class Sample final : public Search, public checkpoint::Resumable {
 public:
  template <class... A>
  explicit Sample(std::uint64_t seed, A&&... arguments) : random_(seed), policy_(std::forward<A>(arguments)...) {}

  std::optional<Branch> begin_execution() override {
    begun_ = false;
    return Branch{first_, 0};
  }

  Decision choose(const Point& point) override {
    Decision decision;
    if (point.depth == 0) {
      decision.keep = true;
      if (first_ == start_of_program) first_ = point.id;
      begun_ = true;
      policy_.begin(point, random_);
    }
    decision.choice = point.alternatives != 0 ? random_.below(point.alternatives) : policy_.thread(point, random_);
    return decision;
  }

  bool end_execution(Ending ending, const Execution& execution, const Hash128*) override {
    if (begun_) policy_.end(ending, execution);
    return true;
  }

  bool is_complete() const override { return false; }
  bool wants_names() const override { return policy_.wants_names(); }
  void object_named(ObjectId object, std::string_view name) override { policy_.object_named(object, name); }
  std::string remark() const override { return policy_.remark(); }
  std::uint64_t memory_bytes() const override { return policy_.memory_bytes(); }

  void save(checkpoint::Writer& to) const override {
    to.number(random_.state());
    policy_.save(to);
  }
  void load(checkpoint::Reader& from, std::vector<Choice>) override {
    random_ = Random(from.number());
    policy_.load(from);
  }
  bool repeats() const override { return false; }  // The next one begins at the start.

 private:
  Random random_;
  Policy policy_;
  PointId first_ = start_of_program;
  bool begun_ = false;  ///< The execution has reached its first point.
};

}  // namespace sim
