#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "event/schedule.hpp"
#include "explore/arrival_tree.hpp"
#include "explore/checkpoint.hpp"
#include "explore/pages.hpp"
#include "explore/shared_visited_set.hpp"
#include "explore/state_graph.hpp"

namespace sim {

/// What several processes know of the states of a program: which there are, how each was met, who is to expand it, and
/// what came of it. So whatever one of them has begun can be found and done again if it dies.
class SharedStates {
 public:
  struct Settings {
    std::uint64_t max_bytes = 0;  ///< 0: as many addresses as there are.
    bool keep_graph = false;
    /// A state that is met at a smaller depth than before is expanded again: what lies behind it may be within the step
    /// limit now. Looking for that costs time, and is needed only where the limit cuts anything off.
    bool compare_depths = false;
  };
  /// Makes shared memory: before the processes are forked.
  explicit SharedStates(const Settings& settings);

  static constexpr std::uint32_t none = ~std::uint32_t{0};

  /// How a state was met: by a choice in another one.
  struct Arrival {
    std::uint32_t parent = none;  ///< A number; none: the program begins there.
    Choice choice;
  };

  /// Counts of what came of a state's alternatives. Beyond 1023 they are counted elsewhere, and twice if a process
  /// dies.
  struct Ends {
    std::uint32_t violations = 0, assumed_away = 0;
  };

  // ---- what a process does, with a claim of its own on numbers ----

  struct Claim {
    std::uint32_t next = 0, end = 0;
    bool is_used_up() const { return next == end; }
  };
  /// Takes numbers for states to come; false if the set must grow before (ask the parent), or if there are none.
  bool claim(Claim& claim);
  /// True once no more states fit, ever.
  bool is_full() const { return head().full.load(std::memory_order_relaxed); }

  struct Met {
    bool is_new;   ///< Or, with compare_depths, met at a smaller depth than before.
    bool was_cut;  ///< It was cut off by the step limit when it was met before.
    std::uint32_t number;
  };
  /// A state at which somebody arrived. A new one is `who`'s to expand, unless it is `terminal`. `in_hand` tells what
  /// would be lost if the process died meanwhile. Requires: the claim is not used up.
  template <class Wait>
  Met meet(const Hash128& state, const Arrival& arrival, std::uint32_t depth, bool terminal, unsigned who, Claim& claim,
           std::atomic<std::uint32_t>& in_hand, Wait wait) {
    const std::uint32_t number = claim.next;
    const auto prepare = [&] {
      Record& fresh = record(number);
      fresh.arrival.store(pack(arrival), std::memory_order_relaxed);
      fresh.depth.store(depth, std::memory_order_relaxed);
      fresh.status.store(terminal ? status_done | status_terminal : who + 1, std::memory_order_relaxed);
      in_hand.store(number + 1, std::memory_order_release);
    };
    const SharedVisitedSet::Lookup found = visited_.insert(state, number, who, prepare, wait);
    if (found.is_new) {
      in_hand.store(0, std::memory_order_release);
      ++claim.next;
      if (arrival.parent == none) head().first.store(number);
      return {true, false, number};
    }
    if (arrival.parent == none) head().first.store(found.number);  // Whoever met it first may have died just then.
    if (in_hand.load(std::memory_order_relaxed) != 0) {
      record(number).status.store(0, std::memory_order_relaxed);
      in_hand.store(0, std::memory_order_release);
    }
    if (!settings_.compare_depths) return {false, false, found.number};
    return meet_again(found.number, arrival, depth, who);
  }

  /// The state is `who`'s from now on: a process has taken the work over.
  void take_over(std::uint32_t number, unsigned who) { record(number).status.store(who + 1); }
  /// Every alternative of `who`'s state was taken.
  void finish(std::uint32_t number, const Ends& ends, unsigned who);
  /// The program ends before there is a state: violated, or assumed away.
  void end_at_start(bool violated) { (violated ? head().more_violations : head().more_assumed_away).store(1); }
  /// The step limit cut the state off: nobody expands it.
  void cut_off(std::uint32_t number) {
    record(number).status.store(status_done | status_cut);
    head().cut.store(true);
  }
  /// True once the step limit has cut off any state.
  bool has_cut() const { return head().cut.load(); }

  StateGraph* graph() { return graph_ ? &*graph_ : nullptr; }
  const Settings& settings() const { return settings_; }
  void prefetch(const Hash128& state) const { visited_.prefetch(state); }

  // ---- what the parent does, while nobody else uses it ----

  /// Makes room for more states; is_full() if that is impossible.
  void grow();
  /// After a process died that had `in_hand`: returns the states that it was to expand, in the order of their numbers.
  std::vector<std::uint32_t> inherit(unsigned dead, std::uint32_t in_hand);
  /// The choices that lead to a state.
  std::vector<Choice> path_to(std::uint32_t number) const;

  struct Totals {
    std::uint64_t states = 0;    ///< Met.
    std::uint64_t terminal = 0;  ///< Of these, such as end an execution.
    std::uint64_t cut_off = 0;   ///< Of these.
    Ends ends;
  };
  Totals totals() const;
  /// One more than the largest number of a state; the state in which the program begins, or none.
  std::uint64_t numbers() const { return head().next.load(); }
  std::uint32_t first() const { return head().first.load(); }
  std::uint64_t bytes() const;

  // A checkpoint: shared_states_checkpoint.cpp. Hashes are not saved: they differ from process to process.
  /// Writes all that is known of the states. Requires: there is a first state.
  void save(checkpoint::Writer& to) const;
  /// Reads that, where nothing was met yet, and returns the ways by which the states were met: the state to which the
  /// arrival `n` leads has number n. Throws checkpoint::Error.
  ArrivalTree load(checkpoint::Reader& from);
  /// The same for the graph, once every state was entered and expanded again. False: the program did not repeat itself.
  bool load_graph(checkpoint::Reader& from);
  /// The states that were met and are still to be expanded, as load() has read them.
  std::vector<std::uint32_t> unexpanded() const;

  /// What a process does with a state that was loaded: gives it its hash. False if another state has that.
  template <class Wait>
  bool enter_again(std::uint32_t number, const Hash128& state, unsigned who, Wait wait) {
    return visited_
               .insert(
                   state, number, who, [] {}, wait)
               .number == number;
  }

 private:
  static constexpr std::uint32_t claimed_at_once = 64;

  // Of a status: who is to expand the state, plus 1; and marks. 0: no such state.
  static constexpr std::uint32_t status_owner = 0xff;  ///< The same as a value: nobody yet.
  static constexpr std::uint32_t status_done = 1U << 8, status_terminal = 1U << 9, status_cut = 1U << 10;
  static constexpr unsigned violations_shift = 11, assumed_shift = 21;
  static constexpr std::uint32_t most_ends = (1U << 10) - 1;

  struct alignas(16) Record {
    std::atomic<std::uint64_t> arrival;
    std::atomic<std::uint32_t> depth;
    std::atomic<std::uint32_t> status;

    bool exchange(const Record& expected, const Record& desired);
  };
  struct Head {
    std::atomic<std::uint64_t> next;   ///< Number to be claimed next.
    std::atomic<std::uint32_t> first;  ///< State.
    std::atomic<bool> full, cut;
    std::atomic<std::uint64_t> more_violations, more_assumed_away;
  };

  static constexpr std::uint32_t value_flag = 1U << 31;
  static std::uint64_t pack(const Arrival& arrival) {
    const std::uint32_t choice = arrival.choice.value | (arrival.choice.is_value ? value_flag : 0);
    return std::uint64_t{arrival.parent} << 32 | choice;
  }
  static Arrival unpack(std::uint64_t packed) {
    const auto choice = static_cast<std::uint32_t>(packed);
    return {static_cast<std::uint32_t>(packed >> 32), {choice & ~value_flag, (choice & value_flag) != 0}};
  }
  Arrival arrival(std::uint64_t number) const { return unpack(record(number).arrival.load()); }
  /// Those whose status is one of these.
  template <class Is>
  std::vector<std::uint32_t> states_where(Is is) const {
    std::vector<std::uint32_t> found;
    for (std::uint64_t number = 0; number < numbers(); ++number) {
      if (is(record(number).status.load())) found.push_back(static_cast<std::uint32_t>(number));
    }
    return found;
  }
  Met meet_again(std::uint32_t number, const Arrival& arrival, std::uint32_t depth, unsigned who);

  struct Order;
  ArrivalTree::Kind kind_of(const Record& known) const;

  Head& head() const { return *reinterpret_cast<Head*>(head_.data()); }
  Record& record(std::uint64_t number) const { return reinterpret_cast<Record*>(records_.data())[number]; }

  Settings settings_;
  std::uint64_t most_states_;
  SharedVisitedSet visited_;
  Pages head_, records_;
  std::optional<StateGraph> graph_;
};

}  // namespace sim
