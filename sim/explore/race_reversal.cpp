#include "explore/race_reversal.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"
#include "runtime/execution.hpp"

namespace sim {

namespace {

constexpr std::uint64_t bit(ThreadId thread) {
  return std::uint64_t{1} << thread;
}

}  // namespace

// ---- choices ------------------------------------------------------------------------------------

Decision RaceReversal::choose(const Point& point) {
  execution_ = &point.execution;
  return point.alternatives != 0 ? choose_value(point) : choose_thread(point);
}

Decision RaceReversal::choose_thread(const Point& point) {
  if (nodes_.size() == point.depth) enter_node(point);
  Node& node = nodes_.back();
  const std::uint64_t awake = awake_threads(node);
  std::optional<WakeupEntry> planned;
  if (may_have_planned(node)) planned = take_planned(node);
  const std::uint32_t thread = planned ? planned->thread : pick_freely(awake, point.thread);
  if (thread == none) return {0, false, true};
  SIM_CHECK((point.enabled & bit(thread)) != 0);
  node.kept = node.kept || (awake & ~bit(thread)) != 0 || (may_have_planned(node) && has_planned(node));
  node.choice = thread;
  node.variant = planned ? planned->variant : 0;
  const runtime::ThreadState& state = point.execution.thread(thread);
  const bool blocking = state.ready != nullptr || state.kind == OperationKind::thread_sleep;
  events_.begin_event(thread, state.kind, blocking, point.execution.log());
  return {thread, node.kept};
}

void RaceReversal::enter_node(const Point& point) {
  finish_event(point.execution.log(), false);
  Node node;
  node.id = point.id;
  node.enabled = point.enabled;
  inherit_sleep(node);
  enter(node);
  nodes_.push_back(node);
}

// Whoever slept at the point before, and does not conflict with what was executed there, sleeps on.
void RaceReversal::inherit_sleep(Node& node) {
  node.sleep_begin = static_cast<std::uint32_t>(sleep_.size());
  const Index parent = last_thread_node();
  if (parent == none || nodes_[parent].sleep_count == 0) return;
  const std::uint32_t begin = nodes_[parent].sleep_begin;
  const FootprintId executed = events_[parent].footprint;
  bool any_variants = false;
  for (std::uint32_t at = begin; at < begin + nodes_[parent].sleep_count; ++at) {
    const Sleeper sleeper = sleep_[at];
    if (sleeper.thread == nodes_[parent].choice) continue;
    if (sleeper.variant == 0 && footprints_.dependent(sleeper.footprint, executed)) continue;
    any_variants = any_variants || sleeper.variant != 0;
    sleep_.push_back(sleeper);
  }
  if (any_variants) wake(sleep_, node.sleep_begin, executed, footprints_);
  node.sleep_count = static_cast<std::uint32_t>(sleep_.size()) - node.sleep_begin;
}

RaceReversal::Index RaceReversal::last_thread_node() const {
  for (std::size_t at = nodes_.size(); at-- > 0;) {
    if (!nodes_[at].is_value) return static_cast<Index>(at);
  }
  return none;
}

std::uint64_t RaceReversal::awake_threads(const Node& node) const {
  std::uint64_t awake = node.enabled;
  if (node.sleep_count == 0) return awake;
  if (!has_variants(sleepers(node))) {
    for (const Sleeper& sleeper : sleepers(node)) awake &= ~bit(sleeper.thread);
    return awake;
  }
  for (const Sleeper& sleeper : sleepers(node)) {
    if (is_asleep(sleepers(node), sleeper.thread)) awake &= ~bit(sleeper.thread);
  }
  return awake;
}

// Any enabled thread that does not sleep will do; going on with the same one costs least.
std::uint32_t RaceReversal::pick_freely(std::uint64_t awake, ThreadId preferred) {
  if ((awake & bit(preferred)) != 0) return preferred;
  return awake == 0 ? none : static_cast<std::uint32_t>(std::countr_zero(awake));
}

Decision RaceReversal::choose_value(const Point& point) {
  if (nodes_.size() == point.depth) {
    Node node;
    node.id = point.id;
    node.is_value = true;
    node.alternatives = point.alternatives;
    nodes_.push_back(node);
    nodes_.back().next_value = next_value(nodes_.back(), point.depth, 0);
  }
  Node& node = nodes_.back();
  node.choice = node.next_value;
  if (node.choice >= node.alternatives) return {0, false, true};
  node.next_value = next_value(node, point.depth, node.choice + 1);
  node.kept = node.next_value < node.alternatives;
  events_.add_value(point.thread, node.choice);
  return {node.choice, node.kept};
}

// The least value, `from` or above, that is to be explored: the planned one, or all but for those that sleep.
std::uint32_t RaceReversal::next_value(const Node& node, Index depth, std::uint32_t from) {
  const Index transition = events_.open_event();
  if (transition == none) return from;
  const Node& parent = nodes_[transition];
  const Index position = depth - transition - 1;
  const auto planned = variants_.values(parent.variant);
  if (position < planned.size()) return from <= planned[position].value ? planned[position].value : node.alternatives;
  if (parent.sleep_count == 0) return from;
  values_.clear();
  for (Index at = transition + 1; at < depth; ++at) values_.push_back({nodes_[at].choice, nodes_[at].alternatives});
  values_.push_back({from, node.alternatives});
  while (values_.back().value < node.alternatives && variants_.all_asleep(values_, sleepers(parent), parent.choice)) {
    ++values_.back().value;
  }
  return values_.back().value;
}

// The values chosen in a transition so far, into `values_`.
void RaceReversal::read_values(Index transition) {
  values_.clear();
  for (std::size_t at = transition + 1; at < events_.size() && events_[at].kind == OperationKind::choice; ++at) {
    values_.push_back({nodes_[at].choice, nodes_[at].alternatives});
  }
}

void RaceReversal::finish_event(const StepLog& log, bool ends_all) {
  const Index open = events_.open_event();
  if (open == none) return;
  events_.finish_event(log, ends_all);
  const FootprintId footprint = events_[open].footprint;
  nodes_[open].explored = footprint;
  if (open + 1 == events_.size()) return;
  read_values(open);
  const Sleeper variant{static_cast<std::uint8_t>(nodes_[open].choice), false, true, footprint,
                        variants_.number_of(values_)};
  explored_variants_.emplace_back(open, variant);
}

// What begins with the choice at a point was explored: with all values, or with those that were planned.
void RaceReversal::put_to_sleep(Node& node, Index depth) {
  sleep_.resize(node.sleep_begin + node.sleep_count);
  const auto thread = static_cast<std::uint8_t>(node.choice);
  if (explored_variants_.empty() || explored_variants_.back().first != depth) {
    sleep_.push_back({thread, false, true, node.explored, 0});
    ++node.sleep_count;
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
}

// ---- executions ---------------------------------------------------------------------------------

bool RaceReversal::end_execution(Ending ending, const Execution& execution, const Hash128*) {
  // What ends the execution for all threads conflicts with whatever they would have done.
  const bool ends_all = ending == Ending::violation || ending == Ending::assumed_away;
  finish_event(execution.log(), ends_all);
  if ((ends_all || events_.has_side_effects() || events_.has_nested_locks()) && !looks_ahead_) {
    looks_ahead_ = true;
    must_start_over_ = planned_any_;
  }
  for (std::size_t at = 0; at < execution.read_sets().size(); ++at) {
    const bool grew = footprints_.group(Execution::read_set_object(at), execution.read_sets()[at].objects);
    must_start_over_ = must_start_over_ || grew;
  }
  note_pending(execution, ending);
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
    HappensBefore::Event event = {};
    event.thread = thread;
    event.base = events_.thread_clock(thread);
    event.barrier = events_.latest_barrier();
    event.kind = state.kind;
    event.blocking = state.ready != nullptr || state.kind == OperationKind::thread_sleep;
    event.footprint = state.kind == OperationKind::await
                          ? footprints_.id_of({Execution::instance().awaited_reads(thread), AccessMode::read})
                          : footprints_.id_of({state.object, state.mode});
    if (state.remaining >= 0) {  // Its timer would have liked to fire.
      for (const ObjectId object : {virtual_clock_object, timer_queue_object})
        event.footprint = footprints_.joined(event.footprint, footprints_.id_of({object, AccessMode::write}));
    }
    pending_.push_back(event);
  }
}

std::optional<Branch> RaceReversal::begin_execution() {
  if (!begun_) {
    begun_ = true;
    Execution::instance().watch_reads();
    return Branch{};
  }
  if (must_start_over_) {
    start_over();
    return std::nullopt;
  }
  if (ended_) {
    ended_ = false;
    reverse_races();
  }
  return back_to_planned();
}

std::optional<Branch> RaceReversal::back_to_planned() {
  while (!nodes_.empty()) {
    const auto depth = static_cast<Index>(nodes_.size() - 1);
    Node& node = nodes_.back();
    const bool more = node.is_value ? node.next_value < node.alternatives : may_have_planned(node) && has_planned(node);
    if (!node.is_value && (more || !explored_variants_.empty())) put_to_sleep(node, depth);
    if (more) {
      events_.undo_to(depth);
      ++node.choices_before;
      first_new_ = events_.open_event() != none ? events_.open_event() : depth;
      return Branch{node.id, depth};
    }
    if (!node.is_value) sleep_.resize(node.sleep_begin);
    nodes_.pop_back();
  }
  events_.undo_to(0);
  return std::nullopt;
}

void RaceReversal::start_over() {
  events_.clear();
  nodes_.clear();
  sleep_.clear();
  explored_variants_.clear();
  races_.clear();
  races_before_.clear();
  pending_.clear();
  clear_plans();
  first_new_ = 0;
  begun_ = ended_ = planned_any_ = must_start_over_ = false;
  starts_over_ = true;
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
         events_.memory_bytes();
}

}  // namespace sim
