#include "vfs/class_counter.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "explore/explorer.hpp"
#include "explore/strategies.hpp"
#include "runtime/arena.hpp"
#include "runtime/memory_hooks.hpp"

namespace sim::vfs {
namespace {

using Clock = std::array<std::uint32_t, 8>;

std::vector<Access> accesses_of(const StepLog& log, const Step& step) {
  std::vector<Access> all{{step.object, step.mode}};
  for (const Access& access : log.further(step)) all.push_back(access);
  return all;
}

bool dependent(const StepLog& log, const Step& a, const Step& b) {
  if (a.thread == b.thread || a.thread == 0 || b.thread == 0) return true;  // The main thread starts and awaits all.
  for (const Access& one : accesses_of(log, a)) {
    for (const Access& other : accesses_of(log, b)) {
      if (conflict(one, other)) return true;
    }
  }
  return false;
}

std::vector<Step> scheduled_steps(const StepLog& log) {
  std::vector<Step> steps;
  for (const Step& step : log.steps) {
    if (!executes_at_once(step.kind)) steps.push_back(step);
  }
  return steps;
}

/// The same for all interleavings that differ in the order of independent events: a sum over the events.
Hash128 fingerprint(const StepLog& log, const std::vector<Step>& steps) {
  std::vector<Clock> clocks(steps.size());
  Hash128 sum;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Clock& clock = clocks[i];
    clock.fill(0);
    for (std::size_t k = 0; k < i; ++k) {
      if (!dependent(log, steps[k], steps[i])) continue;
      for (std::size_t t = 0; t < clock.size(); ++t) clock[t] = std::max(clock[t], clocks[k][t]);
    }
    ++clock[steps[i].thread];
    Hash128 hash = mix({steps[i].thread, 0}, static_cast<std::uint64_t>(steps[i].kind));
    hash = mix(hash, steps[i].value);
    for (const std::uint32_t component : clock) hash = mix(hash, component);
    Hash128 touched;  // A sum, because the order in which one event touches its objects means nothing.
    for (const Access& access : accesses_of(log, steps[i])) {
      if (access.mode != AccessMode::none)
        touched += mix(mix({}, access.object), static_cast<std::uint64_t>(access.mode));
    }
    sum += mix(mix(hash, touched.low), touched.high);
  }
  return sum;
}

class Counter : public Search {
 public:
  explicit Counter(const Options& options) : all_(make_depth_first(options)) {}

  std::optional<Branch> begin_execution() override { return all_->begin_execution(); }
  Decision choose(const Point& point) override { return all_->choose(point); }
  bool end_execution(Ending ending, const Execution& execution, const Hash128* state) override {
    ++classes_.interleavings;
    const StepLog& log = execution.log();
    const std::vector<Step> steps = scheduled_steps(log);
    std::vector<std::uint8_t> threads;
    for (const Step& step : steps) threads.push_back(step.thread);
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
      if (!dependent(log, steps[i], steps[i + 1])) exchanges_.emplace_back(threads, i);
    }
    const Hash128 name = fingerprint(log, steps);
    ++classes_.outcomes[name][execution.outcome()];
    classes_.class_of[threads] = name;
    return all_->end_execution(ending, execution, state);
  }

  Classes finish() {
    for (auto& [threads, at] : exchanges_) {
      const Hash128 name = classes_.class_of.at(threads);
      std::swap(threads[at], threads[at + 1]);
      const auto other = classes_.class_of.find(threads);
      if (other == classes_.class_of.end() || other->second != name) ++classes_.inconsistent_exchanges;
    }
    return std::move(classes_);
  }

 private:
  std::unique_ptr<Search> all_;
  Classes classes_;
  std::vector<std::pair<std::vector<std::uint8_t>, std::size_t>> exchanges_;
};

}  // namespace

bool Classes::sound() const {
  for (const auto& [name, seen] : outcomes) {
    if (seen.size() != 1) return false;
  }
  return inconsistent_exchanges == 0;
}

std::map<std::string, std::uint64_t> Classes::all_outcomes() const {
  std::map<std::string, std::uint64_t> all;
  for (const auto& [name, seen] : outcomes) {
    for (const auto& [outcome, count] : seen) all[outcome] += count;
  }
  return all;
}

Classes count_classes(const detail::Program& program) {
  Options options;
  options.strategy = Strategy::dfs;
  options.stop_at_first_violation = false;
  options.check_self_contained = false;
  runtime::install_memory_hooks();
  runtime::Arena::instance().set_stack_bytes(options.stack_bytes);
  Counter counter(options);
  const Report report = Explorer(program, options, counter).run();
  if (!report.complete || !report.violations.empty()) throw std::runtime_error("the program is not fit for counting");
  return counter.finish();
}

}  // namespace sim::vfs
