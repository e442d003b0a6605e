#include "explore/race_reversal.hpp"

#include <algorithm>

#include "runtime/execution.hpp"

namespace sim {

namespace {

constexpr std::uint64_t bit(ThreadId thread) {
  return std::uint64_t{1} << thread;
}

// What is recorded, counted by its log or written down must be run.
Caching caching_of(const Options& options, bool plans_sequences) {
  const bool can = plans_sequences && options.backtracking == Backtracking::snapshot && !options.isolate &&
                   !options.count_traces && options.checkpoint_file.empty();
  return can ? options.cache_transitions : Caching::never;
}

}  // namespace

RaceReversal::RaceReversal(const Options& options, bool plans_sequences)
    : options_(options),
      events_(footprints_),
      plans_sequences_(plans_sequences),
      trial_(caching_of(options, plans_sequences)) {}

// ---- choices ------------------------------------------------------------------------------------

Decision RaceReversal::choose(const Point& point) {
  execution_ = &point.execution;
  if (repetition_.is_active()) [[unlikely]]
    return repeat(point);
  return point.alternatives != 0 ? choose_value(point) : choose_thread(point);
}

Decision RaceReversal::choose_thread(const Point& point) {
  const bool is_new = nodes_.size() == point.depth;
  if (is_new) {
    finish_event(point.execution.log(), false);
    enter_node(point.id, point.depth, point.enabled, last_thread_node_before(point.depth));
    if (runtime::world().core.timed != 0) [[unlikely]]
      note_held_up(point);
  }
  if (trial_.is_on() && learn(point, is_new)) [[unlikely]] {
    goes_on_foreseen_ = true;
    return {0, true, true};
  }
  Node& node = nodes_.back();
  const std::uint32_t thread = choose_from(node, point.depth, point.thread);
  if (thread == none) return {0, only_waits_, true};
  const runtime::ThreadState& state = point.execution.thread(thread);
  const bool blocking = state.ready != nullptr || state.kind == OperationKind::thread_sleep;
  if (is_crash(state.kind)) [[unlikely]]
    note_crash(point, thread);
  events_.begin_event(thread, state.kind, blocking, point.execution.log());
  return {thread, node.kept};
}

// The thread to go on with, as is planned or as it comes; none: all sleep, or others explore what is left.
[[gnu::always_inline]] inline std::uint32_t RaceReversal::choose_from(Node& node, Index depth, ThreadId preferred) {
  std::uint32_t thread = none;
  node.variant = 0;
  if (const bool is_mine = depth >= first_own_; has_planned(node) || !is_mine) {
    const WakeupEntry planned = is_mine ? take_planned(node) : go_to_part(node);
    thread = planned.thread;
    node.variant = planned.variant;
  } else {
    if (only_waits_) [[unlikely]] {
      node.kept = true;
      return none;
    }
    thread = pick_freely(node.enabled & ~node.asleep, preferred);
    if (thread == none) return none;
  }
  set_choice(node, depth, thread);
  return thread;
}

// `parent`: the depth of the point before it at which a thread was chosen, or `none`.
RaceReversal::Node& RaceReversal::enter_node(PointId id, Index depth, std::uint64_t enabled, Index parent) {
  static constexpr Node blank;
  Node& node = nodes_.append();
  node = blank;  // Copied in large pieces, rather than put together from small ones and then copied.
  node.id = id;
  node.enabled = enabled;
  node.sleep_begin = static_cast<std::uint32_t>(sleep_.size());
  node.wakeup = std::exchange(handed_down_, WakeupPool::none);
  if (parent != none && nodes_[parent].sleep_count != 0) inherit_sleep(node, parent);
  node.before_leaf = node.wakeup != WakeupPool::none;
  if (parts_ != nullptr && node.before_leaf && depth >= first_own_) {
    pass_given(depth);
    only_waits_ = node.wakeup == WakeupPool::none;
  }
  return node;
}

// Whoever slept at the point before, and does not conflict with what was executed there, sleeps on.
void RaceReversal::inherit_sleep(Node& node, Index at_parent) {
  const Node& parent = nodes_[at_parent];
  const FootprintId executed = events_[at_parent].footprint;
  bool any_variants = false;
  for (std::uint32_t at = parent.sleep_begin, end = at + parent.sleep_count; at < end; ++at) {
    const Sleeper sleeper = sleep_[at];
    if (sleeper.thread == parent.choice) continue;
    if (sleeper.variant == 0 && footprints_.dependent(sleeper.footprint, executed)) continue;
    any_variants = any_variants || sleeper.variant != 0;
    node.asleep |= bit(sleeper.thread);
    sleep_.push_back(sleeper);
  }
  if (any_variants) wake(sleep_, node.sleep_begin, executed, footprints_);
  node.sleep_count = static_cast<std::uint32_t>(sleep_.size()) - node.sleep_begin;
  if (any_variants) node.asleep = sleeping_threads(node);
}

RaceReversal::Index RaceReversal::last_thread_node_before(std::size_t depth) const {
  while (depth > 0) {
    if (!nodes_[--depth].is_value) return static_cast<Index>(depth);
  }
  return none;
}

std::uint64_t RaceReversal::sleeping_threads(const Node& node) const {
  std::uint64_t asleep = 0;
  for (const Sleeper& sleeper : sleepers(node)) {
    if (is_asleep(sleepers(node), sleeper.thread)) asleep |= bit(sleeper.thread);
  }
  return asleep;
}

void RaceReversal::finish_event(const StepLog& log, bool ends_all) {
  const Index open = events_.open_event();
  if (open == none) return;
  events_.finish_event(log, ends_all);
  if (open + 1 == events_.size()) return;
  const FootprintId footprint = events_[open].footprint;
  read_values(open);
  const Sleeper variant{static_cast<std::uint8_t>(nodes_[open].choice), false, true, footprint,
                        variants_.number_of(values_)};
  explored_variants_.emplace_back(open, variant);
}

// What begins with the choice at a point was explored: with all values, or with those that were planned.
void RaceReversal::put_to_sleep(Node& node, Index depth) {
  sleep_.cut_to(node.sleep_begin + node.sleep_count);
  const auto thread = static_cast<std::uint8_t>(node.choice);
  if (explored_variants_.empty() || explored_variants_.back().first != depth) {
    sleep_.push_back({thread, false, true, events_[depth].footprint, 0});
    ++node.sleep_count;
    node.asleep |= bit(thread);
    return;
  }
  for (; !explored_variants_.empty() && explored_variants_.back().first == depth; explored_variants_.pop_back()) {
    const Sleeper& explored = explored_variants_.back().second;
    const auto same = [&](const Sleeper& it) { return it.thread == thread && it.variant == explored.variant; };
    const auto known = std::find_if(sleep_.begin() + node.sleep_begin, sleep_.end(), same);
    if (known != sleep_.end())
      *known = explored;
    else
      sleep_.push_back(explored);
  }
  node.sleep_count = static_cast<std::uint32_t>(sleep_.size()) - node.sleep_begin;
  values_.clear();
  const bool complete = variants_.all_asleep(values_, sleepers(node), thread);
  for (std::size_t at = node.sleep_begin; at < sleep_.size(); ++at) {
    if (sleep_[at].thread == thread && sleep_[at].variant != 0) sleep_[at].complete = complete;
  }
  node.asleep = sleeping_threads(node);
}

// ---- executions ---------------------------------------------------------------------------------

bool RaceReversal::end_execution(Ending ending, const Execution& execution, const Hash128*) {
  if (goes_on_foreseen_) return false;
  // What ends the execution for all threads conflicts with whatever they would have done.
  const bool ends_all = ending == Ending::violation || ending == Ending::assumed_away;
  finish_event(execution.log(), ends_all);
  if ((ends_all || events_.has_side_effects()) && !looks_ahead_) {
    looks_ahead_ = true;
    must_start_over_ = planned_any_;
  }
  for (std::size_t at = 0; at < execution.read_sets().size(); ++at) {
    const bool grew = footprints_.group(Execution::read_set_object(at), execution.read_sets()[at].objects);
    must_start_over_ = must_start_over_ || grew;
  }
  if (only_waits_) {
    unseen_ = true;
    return false;
  }
  if (trial_.is_on() && ending == Ending::finished) [[unlikely]]
    learn_end(execution);
  note_pending(execution, ending);
  if (!killed_.empty()) keep_killed(execution.log());
  ended_ = true;
  return true;
}

void RaceReversal::note_pending(const Execution& execution, Ending ending) {
  pending_.clear();
  if (ending == Ending::finished || ending == Ending::step_limit || ending == Ending::interrupted) return;
  const bool all = ending == Ending::violation || ending == Ending::assumed_away;
  const std::uint64_t enabled = all ? 0 : execution.point(0, nullptr).enabled;
  for (ThreadId thread = 0; thread < execution.thread_count(); ++thread) {
    const runtime::ThreadState& state = execution.thread(thread);
    if (state.status != runtime::ThreadStatus::stopped || state.kind == OperationKind::thread_join) continue;
    if ((enabled & bit(thread)) != 0 || (all && thread == execution.current())) continue;
    pending_.push_back(pending_of(execution, thread));
  }
}

// The operation in which a thread is stopped, as an event that never came about.
HappensBefore::Event RaceReversal::pending_of(const Execution& execution, ThreadId thread) {
  const runtime::ThreadState& state = execution.thread(thread);
  HappensBefore::Event event = {};
  event.thread = static_cast<std::uint8_t>(thread);
  event.base = events_.thread_clock(thread);
  event.barrier = events_.latest_barrier();
  event.kind = state.kind;
  event.blocking = state.ready != nullptr || state.kind == OperationKind::thread_sleep;
  scratch_.clear();
  if (awaits_objects(state.kind))
    scratch_.push_back({Execution::instance().awaited_reads(thread), AccessMode::read});
  else
    scratch_.push_back({state.object, state.mode});
  if (state.process != runtime::default_process) {
    scratch_.push_back({process_object(state.process), AccessMode::read});
  }
  if (state.remaining >= 0) {  // Its timer would have liked to fire.
    for (const ObjectId object : {virtual_clock_object, timer_queue_object})
      scratch_.push_back({object, AccessMode::write});
  }
  event.footprint = footprints_.id_of(scratch_, is_crash(state.kind) && state.object == no_object);
  return event;
}

std::optional<Branch> RaceReversal::begin_execution() {
  if (goes_on_foreseen_) {
    goes_on_foreseen_ = false;
    Branch branch;
    foresee(branch);
    return branch;
  }
  if (begins_part_) {
    begins_part_ = false;
    return Branch{.point = nodes_.back().id, .depth = static_cast<Index>(nodes_.size() - 1), .last_named = last_named_};
  }
  if (!begun_) {
    begun_ = true;
    Execution::instance().watch_reads();
    return Branch{};
  }
  if (parts_ != nullptr && parts_->must_start_over()) must_start_over_ = true;
  if (ended_ && !must_start_over_) {
    ended_ = false;
    reverse_races();
    if (parts_ != nullptr && parts_->is_worker_free()) give_away();
  }
  std::optional<Branch> branch;
  if (!must_start_over_ && !begins_part_) branch = back_to_planned();
  if (parts_ != nullptr && parts_->must_start_over()) must_start_over_ = true;
  if (branch && !must_start_over_) {
    if (trial_.begin_execution()) forget_cache();
    if (trial_.is_on()) foresee(*branch);
  }
  if (!must_start_over_) return branch;
  if (parts_ != nullptr) end_parts_to_start_over();
  if (first_own_ == 0) start_over();
  return std::nullopt;
}

std::optional<Branch> RaceReversal::back_to_planned() {
  if (!only_waits_ && explored_variants_.empty()) leave_settled();
  while (nodes_.size() > first_own_) {
    const auto depth = static_cast<Index>(nodes_.size() - 1);
    Node& node = nodes_.back();
    bool more = has_more(node);
    const bool concerns_parts = parts_ != nullptr && this->concerns_parts(depth);
    const bool came_only_to_wait = std::exchange(only_waits_, false);
    const bool has_explored =
        !node.is_value && !came_only_to_wait && depth < events_.size();  // Not if all sleep there.
    if (has_explored && (more || concerns_parts || !explored_variants_.empty())) put_to_sleep(node, depth);
    if (concerns_parts) more = settle_with_parts(depth);
    if (begins_part_ || must_start_over_) return std::nullopt;
    if (is_suspended_) {
      only_waits_ = true;
      return std::nullopt;
    }
    if (more) {
      undo_to(depth);
      ++node.choices_before;
      return Branch{.point = node.id, .depth = depth, .last_named = last_named_};
    }
    leave_node();
  }
  return std::nullopt;
}

// Most points have nothing more, and no part can change that. Requires: no variants.
void RaceReversal::leave_settled() {
  const std::size_t least = first_without_parts();
  std::size_t sleepers = sleep_.size(), size = nodes_.size();
  for (; size > least; --size) {
    const Node& node = nodes_[size - 1];
    if (has_more(node) || (passed_ != 0 && node.before_leaf)) break;
    if (!node.is_value) sleepers = node.sleep_begin;
  }
  nodes_.cut_to(size);
  sleep_.cut_to(sleepers);
}

void RaceReversal::leave_node() {
  if (!nodes_.back().is_value) sleep_.cut_to(nodes_.back().sleep_begin);
  nodes_.pop_back();
}

// What comes from the choice at `depth` on will be new, and what no search for races has seen still is.
void RaceReversal::undo_to(Index depth) {
  while (!killed_.empty() && killed_.back().first >= depth) killed_.pop_back();
  while (!held_up_.empty() && held_up_.back().first >= depth) held_up_.pop_back();
  events_.undo_to(depth);
  const Index changed = events_.open_event() != none ? events_.open_event() : depth;
  first_new_ = std::exchange(unseen_, false) ? std::min(first_new_, changed) : changed;
}

void RaceReversal::start_over() {
  clear();
  starts_over_ = true;
}

void RaceReversal::clear() {
  events_.clear();
  nodes_.clear();
  sleep_.clear();
  explored_variants_.clear();
  races_.clear();
  races_before_.clear();
  pending_.clear();
  killed_.clear();
  held_up_.clear();
  trees_.clear();
  handed_down_ = WakeupPool::none;
  forget_given();
  forget_cache();
  first_new_ = 0;
  begun_ = ended_ = planned_any_ = must_start_over_ = only_waits_ = unseen_ = begins_part_ = is_suspended_ =
      goes_on_foreseen_ = false;
}

std::optional<std::vector<Choice>> RaceReversal::path_to(const Branch& branch) const {
  std::vector<Choice> path;
  for (std::size_t at = 0; at < branch.depth && at < nodes_.size(); ++at) {
    path.push_back({nodes_[at].choice, nodes_[at].is_value});
  }
  return path;
}

double RaceReversal::fraction_done() const {
  double done = 0, share = 1;
  for (const Node& node : nodes_) {
    const std::uint32_t left =
        node.is_value ? node.alternatives - std::min(node.next_value, node.alternatives) : count_planned(node);
    const double total = node.choices_before + 1 + left;
    done += share * node.choices_before / total;
    share /= total;
  }
  return done;
}

std::uint64_t RaceReversal::memory_bytes() const {
  return nodes_.capacity() * sizeof(Node) + sleep_.capacity() * sizeof(Sleeper) + races_.capacity() * sizeof(Race) +
         events_.memory_bytes() + trees_.bytes() + cache_.bytes();
}

}  // namespace sim
