#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/stack.hpp"
#include "event/footprint_table.hpp"
#include "event/happens_before.hpp"
#include "explore/access_set.hpp"
#include "explore/cache_trial.hpp"
#include "explore/checkpoint.hpp"
#include "explore/forked_parts.hpp"
#include "explore/options.hpp"
#include "explore/part_message.hpp"
#include "explore/sleep_set.hpp"
#include "explore/suspendable.hpp"
#include "explore/transition_cache.hpp"
#include "explore/visited_set.hpp"
#include "explore/wakeup_tree.hpp"
#include "runtime/search.hpp"

namespace sim {

/// What the dynamic partial-order reductions have in common: after each maximal execution they look for races, pairs of
/// events whose order can be reversed, and plan for each an execution that does so, unless a sleep set shows that such
/// a one was explored. What is planned, and how much of it, is the variant's.
///
/// An event's accesses are known once it has executed. Those that the later event of a race will make when it comes
/// first are known beforehand for simple operations only; else the Scout goes there and looks.
class RaceReversal : public Search, public checkpoint::Suspendable {
 public:
  std::optional<Branch> begin_execution() final;
  Decision choose(const Point& point) final;
  bool end_execution(Ending ending, const Execution& execution, const Hash128* state) final;
  std::optional<std::vector<Choice>> path_to(const Branch& branch) const final;
  bool is_depth_first() const final { return true; }
  bool recognises_states() const final { return trial_.is_on(); }
  void recognise(std::span<const std::byte> state) final { arrived_ = state; }
  bool starts_over() final { return std::exchange(starts_over_, false); }
  void use(Scout& scout) final { scout_ = &scout; }
  std::uint64_t memory_bytes() const override;
  double fraction_done() const final;
  std::string message_to_parent() final;
  void gather_parts() final;
  void save(checkpoint::Writer& to) const final;
  void load(checkpoint::Reader& from, std::vector<Choice> path) final;
  void end_repetition(Ending ending, const Execution& execution) final;
  std::optional<std::vector<Choice>> waits_behind() const final;
  bool is_suspended() const final { return is_suspended_; }
  void collect_parts() final;
  void fork_suspended() final;
  std::optional<std::string> take_left() final { return std::exchange(left_, std::nullopt); }

  /// Leaves parts of the tree to other processes. Requires: called before the first execution, of a variant that can.
  void share_with(ForkedParts& parts) { parts_ = &parts; }

 protected:
  using Index = std::uint32_t;
  static constexpr Index none = HappensBefore::none;

  /// A point of the running execution.
  struct Node {
    PointId id = 0;
    std::uint64_t enabled = 0;  ///< Threads; 0: a value is chosen.
    std::uint64_t asleep = 0;   ///< Threads with which nothing need be begun.
    std::uint32_t sleep_begin = 0, sleep_count = 0;
    std::uint32_t alternatives = 0, next_value = 0;  ///< Of a value.
    WakeupPool::Index wakeup = WakeupPool::none;
    std::uint64_t backtrack = 0;                   ///< Source-DPOR: threads to explore here.
    std::uint32_t choice = 0, choices_before = 0;  ///< The current one, and how many were explored before it.
    VariantId variant = 0;                         ///< Of the current choice: the values that were planned; 0: all.
    TransitionCache::StateId state = TransitionCache::none;  ///< If states are recognised.
    bool is_value = false, kept = false;
    bool before_leaf = false;  ///< Something was planned here when the search came here first.
  };
  /// `plans_sequences`: whether the whole sequence that reverses a race is planned, and not only what may come first in
  /// it.
  RaceReversal(const Options& options, bool plans_sequences);

  /// The next choice at a point where something has been planned.
  virtual WakeupEntry take_planned(Node& node) = 0;
  static bool has_planned(const Node& node) { return node.wakeup != WakeupPool::none || node.backtrack != 0; }
  /// How many choices are planned there.
  virtual std::uint32_t count_planned(const Node& node) const = 0;
  /// Plans what a race asks for. `sequence` may be changed.
  virtual void plan(Node& node, std::vector<WakeupEntry>& sequence, WakeupPool::Leaf leaf) = 0;

  std::span<const Sleeper> sleepers(const Node& node) const {
    return {sleep_.data() + node.sleep_begin, node.sleep_count};
  }
  const Options& options_;
  WakeupPool trees_;                                  ///< Of Optimal DPOR.
  WakeupPool::Index handed_down_ = WakeupPool::none;  ///< What is planned below the choice that was made last.
  FootprintTable footprints_;
  Variants variants_;
  HappensBefore events_;
  const bool plans_sequences_;
  Stack<Node> nodes_;

 private:
  struct Race {
    Race(Index at, const HappensBefore::Event& event, Index later_at)
        : earlier(at), later(later_at), number(event.number), thread(event.thread) {}

    Index earlier, later;
    std::uint32_t last_included = none;  ///< The last event that took part when it was reversed last.
    std::uint32_t number;                ///< Of the earlier event.
    std::uint8_t thread;                 ///< The same.
    bool is_settled = false;             ///< It is redundant whatever comes after that event.
  };
  /// What an operation will do when it comes earlier than it did.
  struct Outlook {
    FootprintId footprint;
    VariantId variant;
  };

  Decision choose_value(const Point& point);
  Decision choose_thread(const Point& point);
  std::uint32_t choose_from(Node& node, Index depth, ThreadId preferred);
  void set_choice(Node& node, Index depth, ThreadId thread);
  Node& enter_node(PointId id, Index depth, std::uint64_t enabled, Index parent);
  [[gnu::noinline]] void inherit_sleep(Node& node, Index parent);
  std::uint64_t sleeping_threads(const Node& node) const;
  static std::uint32_t pick_freely(std::uint64_t awake, ThreadId preferred);
  Index last_thread_node_before(std::size_t depth) const;
  void read_values(Index transition);
  std::uint32_t next_value(const Node& node, Index depth, std::uint32_t from);
  void put_to_sleep(Node& node, Index depth);
  void put_to_sleep(Node& node, const WakeupEntry& entry) {
    sleep_.push_back({entry.thread, false, true, entry.footprint, 0});
    ++node.sleep_count;
    node.asleep |= std::uint64_t{1} << entry.thread;
  }
  void finish_event(const StepLog& log, bool ends_all);
  HappensBefore::Event pending_of(const Execution& execution, ThreadId thread);
  void note_pending(const Execution& execution, Ending ending);
  void note_crash(const Point& point, ThreadId thread);
  void note_held_up(const Point& point);
  void keep_killed(const StepLog& log);
  std::optional<Branch> back_to_planned();
  static bool has_more(const Node& node) {
    return node.is_value ? node.next_value < node.alternatives : has_planned(node);
  }
  void leave_settled();
  void leave_node();
  void undo_to(Index depth);
  void clear();
  void start_over();

  // Parts of other processes: race_reversal_parts.cpp.
  /// What another process explores: all that begins with a leaf of a wakeup tree.
  struct Given {
    ForkedParts::Part part;
    WakeupPool::Index leaf;  ///< Where the leaf is marked as given; none: the search has come there.
    Index begin;             ///< The depth of what follows the leaf.
    // Once the search has come there: the point, what the leaf asked for, and how many slept there before it.
    Index depth;
    WakeupEntry entry;
    std::uint32_t sleep_count;
    std::uint32_t deaths;  ///< How often its process died.
    bool runs, has_ended;  ///< Neither: it is to be explored, from the leaf or from what is left.
    std::string left;      ///< Of one that was suspended; of one that has ended its message.
  };
  bool find_part(Index depth, std::vector<std::uint32_t>& path) const;
  bool has_plans(const Node& node) const;
  void give_away();
  bool fork_again(Given given);
  ForkedParts::Side fork_left(Given& given);
  void begin_part(Index depth);
  void forget_given() {
    given_.clear();
    passed_ = 0;
  }
  WakeupEntry go_to_part(Node& node);
  void pass_given(Index depth);
  bool concerns_parts(Index depth) const;
  static constexpr std::size_t npos = ~std::size_t{0};
  std::size_t find_part_before(Index depth) const;
  Index first_without_parts() const { return passed_ == 0 ? first_own_ : first_behind_passed(); }
  Index first_behind_passed() const;
  bool settle_with_parts(Index depth);
  void take_back(std::size_t at);
  void accept(PartMessage message);
  void learn_from(const PartMessage& message);
  void cut_to(Index depth);
  void plan_on_path(Index at);
  bool is_redundant_as_a_whole(const Node& node);
  bool is_covered(Index depth, const std::vector<WakeupEntry>& sequence) {
    const Node& node = nodes_[depth];
    return trees_.covers(node.wakeup, sequence, leaf_beside(depth), sleepers(node), footprints_, variants_);
  }
  /// What a leaf stands for if a race with the event at `depth` is reversed. If values were chosen there, they will
  /// sleep below the leaf, one by one, and what is planned wakes one of them.
  WakeupPool::Leaf leaf_beside(Index depth) const {
    const bool has_values = depth + 1 < nodes_.size() && nodes_[depth + 1].is_value;
    return has_values ? WakeupPool::Leaf::some_that_follows : WakeupPool::Leaf::all_that_follows;
  }
  void read(const PartMessage::Plan& plan);
  void tell_parent(Index depth, const std::vector<WakeupEntry>& sequence);
  void end_parts_to_start_over();
  void plan_at(Index depth, std::vector<WakeupEntry>& sequence) {
    planned_any_ = true;
    if (depth < first_own_)
      tell_parent(depth, sequence);
    else
      plan(nodes_[depth], sequence, leaf_beside(depth));
  }

  // Checkpoints: race_reversal_checkpoint.cpp.
  /// A point of the execution that is to be run once more.
  struct SavedNode {
    Node node;
    std::vector<Sleeper> sleepers;
  };
  Decision repeat(const Point& point);
  void save_footprint(checkpoint::Writer& to, FootprintId footprint) const;
  FootprintId load_footprint(checkpoint::Reader& from);
  VariantId load_variant(checkpoint::Reader& from) const;
  void save_sleeper(checkpoint::Writer& to, const Sleeper& sleeper) const;
  Sleeper load_sleeper(checkpoint::Reader& from);
  void save_tree(checkpoint::Writer& to, WakeupPool::Index first) const;
  WakeupPool::Index load_tree(checkpoint::Reader& from);
  void save_node(checkpoint::Writer& to, const Node& node) const;
  SavedNode load_node(checkpoint::Reader& from);
  void save_parts(checkpoint::Writer& to) const;
  void load_parts(checkpoint::Reader& from);
  std::uint64_t mark_of(WakeupPool::Index node) const;

  // Transitions that need not be run: race_reversal_cached.cpp.
  bool is_told_by_state(const Execution& execution) const;
  bool learn(const Point& point, bool is_new);
  void learn_transition(const Execution& execution, std::size_t depth, TransitionCache::Transition transition);
  void learn_end(const Execution& execution);
  struct Known {
    std::uint32_t thread;
    const TransitionCache::Transition* transition;  ///< Null: it is not known.
  };
  Known next_known(const Node& node, Index depth, ThreadId preferred) const;
  void foresee(Branch& branch);
  void give_up_cache();
  void forget_cache();

  // Races: race_reversal_races.cpp.
  void find_new_races();
  void find_races(const HappensBefore::Event& event, Index depth);
  void collect_candidates(const HappensBefore::Event& event, Index depth);
  void add_event_that_ended_all();
  void reverse_races();
  void reverse_pending();
  void reverse_held_up();
  void reverse_killed();
  bool reverse_without(Index crash, Index other, const HappensBefore::Event& killed);
  bool brings_nothing_new(const Race& race) const;
  bool reverse(Race& race, const HappensBefore::Event& later);
  bool collect_sequence(Race& race, const HappensBefore::Event& later, std::uint64_t asleep);
  void keep_asleep(std::uint64_t threads);
  void collect_without_conflicts(Index earlier, const HappensBefore::Event& later, Index later_depth);
  VariantId variant_of(Index transition, Index end);
  bool plan_with(Index earlier, const HappensBefore::Event& later, bool& enabled);
  void look_ahead(Index earlier, ThreadId thread);
  bool may_have_variants(std::span<const Sleeper> sleepers) const {
    return variants_.size() != 1 && has_variants(sleepers);  // Number 1: no values, as of most programs.
  }
  bool is_redundant(const Node& node);
  bool is_redundant_with(const Outlook& last, ThreadId thread);

  Scout* scout_ = nullptr;
  const Execution* execution_ = nullptr;
  Stack<Sleeper> sleep_;
  std::vector<std::pair<Index, Sleeper>> explored_variants_;  ///< With the depth of their point, by depth.
  Stack<Race> races_;                                         ///< By their later event.
  Stack<std::size_t> races_before_;                           ///< Depth -> races whose later event is less deep.
  std::vector<Index> candidates_;
  std::vector<WakeupEntry> sequence_, planned_;
  std::vector<Outlook> outlook_;  ///< One for each way of choosing values.
  std::vector<Choice> route_;
  std::span<const Sleeper> surviving_;  ///< What sleeps on beyond `sequence_`: part of `sleep_`, or `filtered_`.
  Stack<Sleeper> filtered_, filtered_last_;
  AccessSet touched_{footprints_};
  std::vector<ChosenValue> values_;
  std::vector<HappensBefore::Event> pending_;  ///< Operations that no thread could take at the end.
  /// What threads were about to do when a crash, at this depth, may have ended them.
  std::vector<std::pair<Index, HappensBefore::Event>> killed_;
  /// Timers that could have fired at a point, and could no longer behind the choice that was made there.
  std::vector<std::pair<Index, HappensBefore::Event>> held_up_;
  std::vector<Access> scratch_;
  Index first_new_ = 0;

  ForkedParts* parts_ = nullptr;
  Index first_own_ = 0;                       ///< Points before it belong to a process above.
  std::vector<std::uint32_t> route_to_part_;  ///< In the trees from a point on, to the leaf that is mine.
  Index route_begin_ = 0;
  std::vector<Given> given_;
  std::size_t passed_ = 0;  ///< How many of them the search has come to.
  VisitedSet told_;
  PartMessage to_parent_;
  bool begins_part_ = false;
  bool only_waits_ = false;  ///< The execution ended where others explore all that is planned.
  bool unseen_ = false;      ///< The last execution was not searched for races.
  bool is_suspended_ = false;
  std::optional<std::string> left_;  ///< Of the part that this process is to go on with.

  std::vector<SavedNode> saved_;
  std::vector<std::pair<Index, Sleeper>> saved_variants_;
  std::vector<VariantId> variant_numbers_;  ///< By the number that a variant had.
  /// By place among given_: the leaf, for those to which the search has not come.
  std::vector<WakeupPool::Index> saved_leaves_;
  struct SavedRace {
    std::uint32_t last_included;
    bool is_settled;
  };
  std::vector<SavedRace> saved_races_;  ///< What was learnt of those whose later event comes before first_new_.
  checkpoint::Repetition repetition_;

  CacheTrial trial_;
  TransitionCache cache_;
  std::span<const std::byte> arrived_;  ///< The state at the point that is asked about.
  std::uint64_t remarks_ = 0;           ///< Of the program, until the last point.
  ThreadId ran_last_ = 0;               ///< Before that.
  PointId last_named_ = 0;
  std::vector<HappensBefore::Join> joins_;
  bool goes_on_foreseen_ = false;  ///< The execution was abandoned as it can be foreseen from there on.

  bool begun_ = false, ended_ = false, planned_any_ = false;
  bool starts_over_ = false, must_start_over_ = false;
  bool looks_ahead_ = false;  ///< Operations do more than they say: every outlook needs the Scout.
};

// Any enabled thread that does not sleep will do; going on with the same one costs least.
inline std::uint32_t RaceReversal::pick_freely(std::uint64_t awake, ThreadId preferred) {
  if ((awake >> preferred & 1) != 0) return preferred;
  return awake == 0 ? none : static_cast<std::uint32_t>(std::countr_zero(awake));
}

// Requires: what was planned for it has been taken.
[[gnu::always_inline]] inline void RaceReversal::set_choice(Node& node, Index depth, ThreadId thread) {
  SIM_CHECK((node.enabled >> thread & 1) != 0);
  const std::uint64_t others = node.enabled & ~node.asleep & ~(std::uint64_t{1} << thread);
  // On the way to a leaf, parts that were passed may yet plan something here, and a part finds what its parent plans.
  const bool may_come_back = node.before_leaf && (passed_ != 0 || depth < first_own_);
  node.kept = node.kept || others != 0 || has_planned(node) || may_come_back;
  node.choice = thread;
}

}  // namespace sim
