#include "explore/race_reversal.hpp"

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
  const std::optional<WakeupEntry> planned = take_planned(node);
  const std::uint32_t thread = planned ? planned->thread : pick_freely(node, point.thread);
  if (thread == none) return {0, false, true};
  SIM_CHECK((point.enabled & bit(thread)) != 0);
  std::uint64_t others = point.enabled & ~bit(thread);
  for (const Sleeper& sleeper : sleepers(node)) others &= ~bit(sleeper.thread);
  node.kept = node.kept || others != 0 || has_planned(node);
  node.choice = thread;
  node.explored = 0;
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
  if (parent == none) return;
  const std::uint32_t begin = nodes_[parent].sleep_begin;
  const FootprintId executed = events_[parent].footprint;
  for (std::uint32_t at = begin; at < begin + nodes_[parent].sleep_count; ++at) {
    const Sleeper sleeper = sleep_[at];
    if (!footprints_.dependent(sleeper.footprint, executed)) sleep_.push_back(sleeper);
  }
  node.sleep_count = static_cast<std::uint32_t>(sleep_.size()) - node.sleep_begin;
}

RaceReversal::Index RaceReversal::last_thread_node() const {
  for (std::size_t at = nodes_.size(); at-- > 0;) {
    if (!nodes_[at].is_value) return static_cast<Index>(at);
  }
  return none;
}

bool RaceReversal::is_asleep(const Node& node, ThreadId thread) const {
  for (const Sleeper& sleeper : sleepers(node)) {
    if (sleeper.thread == thread) return true;
  }
  return false;
}

// Any enabled thread that does not sleep will do; going on with the same one costs least.
std::uint32_t RaceReversal::pick_freely(const Node& node, ThreadId preferred) const {
  std::uint64_t awake = node.enabled;
  for (const Sleeper& sleeper : sleepers(node)) awake &= ~bit(sleeper.thread);
  if ((awake & bit(preferred)) != 0) return preferred;
  return awake == 0 ? none : static_cast<std::uint32_t>(std::countr_zero(awake));
}

Decision RaceReversal::choose_value(const Point& point) {
  if (nodes_.size() == point.depth) {
    Node node;
    node.id = point.id;
    node.is_value = true;
    node.alternatives = point.alternatives;
    enter(node);
    nodes_.push_back(node);
  }
  Node& node = nodes_.back();
  if (node.free) {
    node.choice = node.next_value++;
    node.kept = node.next_value < node.alternatives;
  } else {
    const std::optional<WakeupEntry> planned = take_planned(node);
    SIM_CHECK(planned.has_value());
    SIM_CHECK(planned->is_value);
    node.choice = planned->footprint;
    node.kept = true;
  }
  events_.add_value(point.thread, node.choice);
  return {node.choice, node.kept};
}

void RaceReversal::finish_event(const StepLog& log, bool ends_all) {
  const Index open = events_.open_event();
  if (open == none) return;
  events_.finish_event(log, ends_all);
  nodes_[open].explored = footprints_.joined(nodes_[open].explored, events_[open].footprint);
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
    event.kind = state.kind;
    event.blocking = state.ready != nullptr || state.kind == OperationKind::thread_sleep;
    event.footprint = state.kind == OperationKind::await
                          ? footprints_.id_of({Execution::instance().awaited_reads(thread), AccessMode::read})
                          : footprints_.id_of({state.object, state.mode});
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
    events_.undo_to(depth);
    bool more = false;
    if (node.is_value) {
      more = node.free ? node.next_value < node.alternatives : has_planned(node);
    } else {
      sleep_.resize(node.sleep_begin + node.sleep_count);
      sleep_.push_back({node.choice, node.explored});
      ++node.sleep_count;
      more = has_planned(node);
    }
    if (more) {
      first_new_ = events_.open_event() != none ? events_.open_event() : depth;
      return Branch{node.id, depth};
    }
    if (!node.is_value) sleep_.resize(node.sleep_begin);
    nodes_.pop_back();
  }
  return std::nullopt;
}

void RaceReversal::start_over() {
  events_.clear();
  nodes_.clear();
  sleep_.clear();
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

std::uint64_t RaceReversal::memory_bytes() const {
  return nodes_.capacity() * sizeof(Node) + sleep_.capacity() * sizeof(Sleeper) + races_.capacity() * sizeof(Race) +
         events_.memory_bytes();
}

}  // namespace sim
