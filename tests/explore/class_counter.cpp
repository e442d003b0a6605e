#include "tests/explore/class_counter.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "explore/explorer.hpp"
#include "explore/strategies.hpp"
#include "runtime/arena.hpp"
#include "runtime/memory_hooks.hpp"

namespace sim::classes {
namespace {

constexpr std::uint32_t value_flag = 0x10000;
using Interleaving = std::vector<std::uint32_t>;
/// A set of transitions, by number.
using Set = std::uint64_t;
constexpr std::size_t most_transitions = 64;

/// A scheduled step, with the values chosen behind it and the footprints of all.
struct Transition {
  std::uint8_t thread;
  Hash128 label;
  Interleaving choices;
  std::vector<Access> accesses;
  Set irreversible;  ///< Those that precede it by program order, spawn and join alone.
};

bool touches_everything(const Transition& transition) {
  return std::ranges::any_of(transition.accesses, [](const Access& it) { return it.object == everything_object; });
}

bool conflict(const Transition& a, const Transition& b) {
  if (touches_everything(a) || touches_everything(b)) return true;
  return std::ranges::any_of(a.accesses, [&](const Access& one) {
    return std::ranges::any_of(b.accesses, [&](const Access& other) { return sim::conflict(one, other); });
  });
}

/// The transitions of an execution.
class Reader {
 public:
  explicit Reader(const StepLog& log) : log_(log) {
    for (const Step& step : log.steps) read(step);
  }
  Interleaving initial_choices;  ///< Made before the first transition.
  std::vector<Transition> transitions;

 private:
  void read(const Step& step) {
    if (step.kind == OperationKind::choice) {
      const auto value = static_cast<std::uint32_t>(step.value) | value_flag;
      if (transitions.empty()) return initial_choices.push_back(value);
      transitions.back().choices.push_back(value);
    } else if (executes_at_once(step.kind)) {
      return at_once(step);
    } else {
      if (transitions.size() == most_transitions) throw std::runtime_error("the program is too long for counting");
      transitions.push_back(
          {step.thread, mix({}, static_cast<std::uint64_t>(step.kind)), {step.thread}, {}, known_[step.thread]});
      known_[step.thread] |= Set{1} << (transitions.size() - 1);
    }
    if (is_crash(step.kind)) {  // What waits for the end of these threads comes after it.
      for (std::size_t t = 0; t < max_threads; ++t) {
        if ((step.value >> t & 1) != 0) known_[t] |= Set{1} << (transitions.size() - 1);
      }
    }
    Transition& to = transitions.back();
    to.label = mix(to.label, step.value);
    to.accesses.push_back({step.object, step.mode});
    for (const Access& access : log_.further(step)) to.accesses.push_back(access);
  }

  void at_once(const Step& step) {
    if (step.kind == OperationKind::thread_spawn) known_.at(step.value) = known_[step.thread];
    if (step.kind != OperationKind::thread_join) return;
    for (std::size_t t = 0; t < max_threads; ++t) {
      if (step.value == t || step.value == max_threads) known_[step.thread] |= known_[t];
    }
  }

  const StepLog& log_;
  std::array<Set, max_threads> known_ = {};  ///< What each thread's next transition follows irreversibly.
};

bool independent(const std::vector<Transition>& all, std::size_t a, std::size_t b) {
  return (all[b].irreversible >> a & 1) == 0 && !conflict(all[a], all[b]);
}

/// The same for all interleavings that differ in the order of independent transitions: a sum over the transitions.
Hash128 fingerprint(const std::vector<Transition>& all) {
  std::vector<Set> before(all.size());
  Hash128 sum;
  for (std::size_t k = 0; k < all.size(); ++k) {
    for (std::size_t i = 0; i < k; ++i) {
      if (!independent(all, i, k)) before[k] |= before[i] | Set{1} << i;
    }
    std::array<std::uint32_t, max_threads> clock = {};
    for (std::size_t i = 0; i < k; ++i) clock[all[i].thread] += static_cast<std::uint32_t>(before[k] >> i & 1);
    Hash128 hash = mix(all[k].label, all[k].thread);
    for (const std::uint32_t choice : all[k].choices) hash = mix(hash, choice);
    for (std::size_t t = 0; t < max_threads; ++t) {
      if (clock[t] != 0) hash = mix(hash, std::uint64_t{clock[t]} << 8 | t);
    }
    Hash128 touched;  // A sum, because the order in which one transition touches its objects means nothing.
    for (const Access& access : all[k].accesses) {
      if (access.mode != AccessMode::none)
        touched += mix(mix({}, access.object), static_cast<std::uint64_t>(access.mode));
    }
    sum += mix(mix(hash, touched.low), touched.high);
  }
  return sum;
}

/// What can be done after an interleaving: the choices of the next transition, and what it touches.
using Continuations = std::map<Interleaving, std::vector<Access>>;

std::vector<Access> sorted(std::vector<Access> accesses) {
  const auto key = [](const Access& it) { return std::pair(it.object, it.mode); };
  std::erase_if(accesses, [](const Access& it) { return it.mode == AccessMode::none; });
  std::ranges::sort(accesses, {}, key);
  accesses.erase(std::ranges::unique(accesses).begin(), accesses.end());
  return accesses;
}

Interleaving operator+(Interleaving one, const Interleaving& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

class Counter : public Search {
 public:
  explicit Counter(const Options& options) : all_(make_depth_first(options)) {}

  std::optional<Branch> begin_execution() override { return all_->begin_execution(); }
  Decision choose(const Point& point) override { return all_->choose(point); }
  bool end_execution(Ending ending, const Execution& execution, const Hash128* state) override {
    ++classes_.interleavings;
    const Reader read(execution.log());
    const std::vector<Transition>& all = read.transitions;
    // What a violation cuts off does not exist in the other order.
    const std::size_t whole = ending == Ending::violation && !all.empty() ? all.size() - 1 : all.size();
    for (std::size_t i = 0; i + 1 < whole; ++i) {
      if (independent(all, i, i + 1))
        exchanges_.emplace_back(interleaving(read, most_transitions), interleaving(read, i));
    }
    Interleaving so_far = read.initial_choices;
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::vector<Access> accesses = all[i].accesses;
      if (i >= whole) accesses.push_back({everything_object, AccessMode::write});  // It ends all threads.
      continuations_[so_far][all[i].choices] = sorted(std::move(accesses));
      so_far = so_far + all[i].choices;
    }
    const Hash128 name = fingerprint(all);
    ++classes_.outcomes[name][outcome_of(ending, execution)];
    classes_.class_of[interleaving(read, most_transitions)] = name;
    return all_->end_execution(ending, execution, state);
  }

  Classes finish() {
    for (const auto& [one, other] : exchanges_) {
      const auto found = classes_.class_of.find(other);
      if (found != classes_.class_of.end() && found->second == classes_.class_of.at(one)) continue;
      inconsistent(text_of(one) + " against " + text_of(other));
    }
    for (const auto& [so_far, next] : continuations_) {
      for (auto one = next.begin(); one != next.end(); ++one) {
        for (auto other = std::next(one); other != next.end(); ++other) check_pair(so_far, *one, *other);
      }
    }
    return std::move(classes_);
  }

 private:
  void inconsistent(const std::string& example) {
    ++classes_.inconsistent_exchanges;
    if (classes_.example.empty()) classes_.example = example;
  }

  // Sleep sets conclude from what two transitions touch at one point that neither changes the other.
  void check_pair(const Interleaving& so_far, const Continuations::value_type& one,
                  const Continuations::value_type& other) {
    if (one.first[0] == other.first[0]) return;  // The same thread, with other values.
    if (conflict({0, {}, {}, one.second, 0}, {0, {}, {}, other.second, 0})) return;
    for (const auto& [first, second] : {std::pair(one, other), std::pair(other, one)}) {
      const Continuations& behind = continuations_[so_far + first.first];
      const auto found = behind.find(second.first);
      if (found != behind.end() && found->second == second.second) continue;
      inconsistent("after" + text_of(so_far) + ":" + text_of(first.first) + " changes" + text_of(second.first));
    }
  }

  static std::string outcome_of(Ending ending, const Execution& execution) {
    const std::string outcome = execution.outcome();
    if (ending == Ending::finished) return outcome;
    const std::string how = ending == Ending::violation ? execution.finding().property : "deadlock";
    return outcome.empty() ? how : outcome + " " + how;
  }
  /// Its choices, with transitions `at` and the next exchanged.
  static Interleaving interleaving(const Reader& read, std::size_t at) {
    Interleaving all = read.initial_choices;
    for (std::size_t i = 0; i < read.transitions.size(); ++i) {
      const std::size_t from = i == at ? i + 1 : i == at + 1 ? i - 1 : i;
      const Interleaving& choices = read.transitions[from].choices;
      all.insert(all.end(), choices.begin(), choices.end());
    }
    return all;
  }
  static std::string text_of(const Interleaving& choices) {
    std::ostringstream text;
    for (const std::uint32_t choice : choices) text << (choice < value_flag ? " " : " =") << (choice & ~value_flag);
    return text.str();
  }

  std::unique_ptr<Search> all_;
  Classes classes_;
  std::vector<std::pair<Interleaving, Interleaving>> exchanges_;
  std::map<Interleaving, Continuations> continuations_;
};

}  // namespace

bool Classes::sound() const {
  const bool distinct = std::ranges::all_of(outcomes, [](const auto& it) { return it.second.size() == 1; });
  return distinct && inconsistent_exchanges == 0;
}

std::map<std::string, std::uint64_t> Classes::all_outcomes() const {
  std::map<std::string, std::uint64_t> all;
  for (const auto& [name, seen] : outcomes) {
    for (const auto& [outcome, count] : seen) all[outcome] += count;
  }
  return all;
}

Classes count_classes(const detail::Program& program, const Options& options) {
  Options all = options;
  all.strategy = Strategy::dfs;
  all.stop_at_first_violation = false;
  all.check_self_contained = false;
  runtime::install_memory_hooks();
  runtime::Arena::instance().set_stack_bytes(all.stack_bytes);
  Counter counter(all);
  const Report report = Explorer(program, all, counter).run();
  if (!report.complete) throw std::runtime_error("the program is not fit for counting: " + report.reason);
  return counter.finish();
}

}  // namespace sim::classes
