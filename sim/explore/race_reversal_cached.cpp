// Executions that are not run: each of their transitions began in a state from which it had begun before.
//
// The search then knows what the transition touches, which threads are enabled behind it, and how an execution ends:
// all that it asks the program for. It needs the program again where it comes to something new, and brings it there by
// running it once more. The cache is for programs whose transitions do no more than to touch one object, or none, and
// to let threads end and others join them: those are most of the transitions of most programs. What else a program does
// ends the caching, or leaves out a transition.
#include <algorithm>

#include "explore/race_reversal.hpp"
#include "runtime/execution.hpp"

namespace sim {

// True iff nothing but the bytes of its state tells what the program does next, and what of it can be seen.
bool RaceReversal::is_told_by_state(const Execution& execution) const {
  const runtime::WorldCore& core = runtime::world().core;
  const bool is_plain = (core.timed | core.process_count | core.server_count | core.invariant_count | core.asking) == 0;
  return is_plain && !looks_ahead_ && !events_.has_side_effects() && execution.read_sets().empty() &&
         !execution.has_plain_accesses() && execution.clock_marks() == 0 && core.end_hooks == nullptr;
}

// At a point to which the program has come. True: the next transition is known.
bool RaceReversal::learn(const Point& point, bool is_new) {
  const Execution& execution = point.execution;
  Node& node = nodes_.back();
  last_named_ = std::max(last_named_, node.id);
  if (!is_told_by_state(execution)) {
    give_up_cache();
    return false;
  }
  const TransitionCache::StateId state = cache_.number_of(arrived_, node.enabled);
  if (node.state == TransitionCache::none) node.state = state;
  if (state != TransitionCache::none && state != node.state) {  // Something outside the state told what to do.
    give_up_cache();
    return false;
  }
  trial_.has_run_transition();
  if (is_new) learn_transition(execution, nodes_.size() - 2, {.next = node.state});
  remarks_ = execution.remarks();
  ran_last_ = point.thread;
  return is_new && next_known(node, point.depth, point.thread).transition != nullptr;
}

// What the choice at `depth` led to. `transition`: its end.
void RaceReversal::learn_transition(const Execution& execution, std::size_t depth,
                                    TransitionCache::Transition transition) {
  if (depth >= nodes_.size() || execution.remarks() != remarks_) return;
  const Node& before = nodes_[depth];
  if (before.is_value || before.state == TransitionCache::none) return;
  if (!events_.could_be_known(static_cast<Index>(depth), execution.log(), joins_)) return;
  const HappensBefore::Event& event = events_[depth];
  transition.kind = event.kind;
  transition.blocking = event.blocking;
  transition.footprint = event.footprint;
  cache_.learn(before.state, before.choice, transition, joins_);
}

void RaceReversal::learn_end(const Execution& execution) {
  if (nodes_.empty() || nodes_.back().state == TransitionCache::none || !is_told_by_state(execution)) return;
  const std::uint32_t outcome = cache_.number_of_outcome(execution.outcome_hash(), execution.outcome());
  learn_transition(execution, nodes_.size() - 1, {.outcome = outcome});
}

// Of a point to which the search comes, what the choice that is made next leads to.
[[gnu::always_inline]] inline RaceReversal::Known RaceReversal::next_known(const Node& node, Index depth,
                                                                           ThreadId preferred) const {
  constexpr Known unknown = {none, nullptr};
  if (node.state == TransitionCache::none || depth < first_own_) return unknown;
  std::uint32_t thread = none;
  if (node.wakeup != WakeupPool::none) {
    const WakeupEntry planned = trees_.entry(node.wakeup);
    if (planned.variant != 0) return unknown;
    thread = planned.thread;
  } else if (!only_waits_) {
    thread = pick_freely(node.enabled & ~node.asleep, preferred);
  }
  if (thread == none) return unknown;
  const TransitionCache::Transition* const known = cache_.find(node.state, thread);
  const bool is_cut = known != nullptr && !known->ends() && depth + 1 >= options_.max_steps;
  return is_cut ? unknown : Known{thread, known};
}

// From the last point on, as far as is known: to the end of the execution, or to where the program must be run.
void RaceReversal::foresee(Branch& branch) {
  Node* node = &nodes_.back();
  branch.left_at = node->id;
  auto depth = static_cast<Index>(nodes_.size() - 1);
  branch.depth = depth;
  // Where the search comes back to, something is planned: it does not matter there which thread ran last.
  ThreadId thread = ran_last_;
  for (;;) {
    const Known next = next_known(*node, depth, thread);
    if (next.transition == nullptr) break;
    const TransitionCache::Transition& known = *next.transition;
    thread = next.thread;
    if (node->wakeup != WakeupPool::none) take_planned(*node);
    node->variant = 0;
    set_choice(*node, depth, thread);
    events_.add_known(thread, known.kind, known.blocking, known.footprint, cache_.joins(known));
    ++branch.foreseen;
    if (known.ends()) {
      ended_ = true;
      pending_.clear();
      branch.outcome = &cache_.outcome(known.outcome);
      break;
    }
    node = &enter_node(++last_named_, depth + 1, cache_.enabled(known.next), depth);
    node->state = known.next;
    ++depth;
  }
  trial_.has_foreseen(branch.foreseen);
  if (branch.outcome != nullptr) return;
  branch.point = node->id;
  branch.depth = depth;
  branch.last_named = last_named_;
}

void RaceReversal::give_up_cache() {
  trial_.give_up();
  forget_cache();
}

void RaceReversal::forget_cache() {
  cache_.clear();
  for (Node& node : nodes_) node.state = TransitionCache::none;
}

}  // namespace sim
