// Nothing may get lost if the process dies at any moment. So, in this order: what an execution shows is published; then
// the state in which it ends, or which it reaches, is put among the states of all; and only then the state from which
// it went is done. What is not done, somebody else does again.
//
// A state is expanded at once: all transitions out of it are taken, and then the states that they lead to are looked
// up. Each look-up misses the caches; this way the memory that it needs has arrived when it comes.
#include "explore/worker_search.hpp"

#include <cstring>

#include "base/check.hpp"
#include "runtime/execution.hpp"
#include "runtime/memory_hooks.hpp"

namespace sim {

/// A piece of work. Behind it: the choices that lead there, and the snapshot.
struct WorkerSearch::Piece {
  std::uint32_t number;  ///< Of the state; none: the start of the program.
  std::uint32_t depth;
  std::uint64_t snapshot_bytes;  ///< 0: there is none.

  std::size_t path_bytes() const { return depth * sizeof(Choice); }
};

namespace {

template <class Piece>
std::size_t write_piece(std::span<std::byte> room, const Piece& piece, const std::vector<Choice>& choices) {
  const std::size_t size = sizeof piece + piece.path_bytes() + piece.snapshot_bytes;
  SIM_CHECK(size <= room.size());
  std::memcpy(room.data(), &piece, sizeof piece);
  if (!choices.empty()) std::memcpy(room.data() + sizeof piece, choices.data(), piece.path_bytes());
  return size;
}

}  // namespace

// ---- pieces of work -----------------------------------------------------------------------------

bool WorkerSearch::leave_start(workers::Exchange& exchange, unsigned who) {
  return exchange.leave(who, [](std::span<std::byte> room) {
    return write_piece(room, Piece{SharedStates::none, 0, 0}, {});
  });
}

bool WorkerSearch::leave_state(workers::Exchange& exchange, unsigned who, std::uint32_t number,
                               const std::vector<Choice>& path) {
  return exchange.leave(who, [&](std::span<std::byte> room) {
    return write_piece(room, Piece{number, static_cast<std::uint32_t>(path.size()), 0}, path);
  });
}

std::uint32_t WorkerSearch::state_of(std::span<const std::byte> piece) {
  Piece read;
  std::memcpy(&read, piece.data(), sizeof read);
  return read.number;
}

std::size_t WorkerSearch::write(const Node& node, std::span<std::byte> room) const {
  Piece piece{node.number, node.depth, 0};
  const Snapshot* const snapshot = explorer_->snapshot_of(node.id);
  const std::size_t before = sizeof piece + piece.path_bytes();
  if (snapshot != nullptr && before + snapshot->packed_bytes() <= room.size()) {
    piece.snapshot_bytes = snapshot->packed_bytes();
    snapshot->pack(room.data() + before);
  }
  const std::vector<Choice>& choices = Execution::instance().choices();
  std::vector<Choice> path(choices.begin(), choices.begin() + node.depth);
  if (!path.empty()) path.back() = node.arrival;
  return write_piece(room, piece, path);
}

// The state nearest to the start has most behind it.
void WorkerSearch::share_work() {
  if (open_.size() - bottom_ < 2 || worker_.idle_workers() <= exchange_.waiting()) return;
  const Node& node = open_[bottom_];
  if (sizeof(Piece) + node.depth * sizeof(Choice) > exchange_.largest()) return;
  const bool left = exchange_.leave(worker_.index(), [&](std::span<std::byte> room) { return write(node, room); });
  if (!left) return;
  explorer_->give_up(node.id);
  ++bottom_;
}

std::optional<Branch> WorkerSearch::take_work() {
  open_.clear();
  bottom_ = 0;
  worker_.become_idle();
  while (!worker_.is_over()) {
    pause_between();
    if (exchange_.waiting() != 0) {
      worker_.become_busy();
      if (const auto place = exchange_.take(worker_.index())) {
        adopt(*place);
        return current_ ? go_on() : Branch{};
      }
      worker_.become_idle();
    }
    worker_.rest();
  }
  return std::nullopt;
}

void WorkerSearch::adopt(unsigned place) {
  const std::span<const std::byte> bytes = exchange_.bytes(place);
  Piece piece;
  std::memcpy(&piece, bytes.data(), sizeof piece);
  edge_ = StateGraph::no_edge;
  if (piece.number == SharedStates::none) {
    start_place_ = place;  // Taken once there is a state that somebody could inherit.
    return;
  }
  std::vector<Choice> path(piece.depth);
  if (!path.empty()) std::memcpy(path.data(), bytes.data() + sizeof piece, piece.path_bytes());
  const bool with_snapshot = piece.snapshot_bytes != 0;
  if (with_snapshot) snapshot_.unpack(bytes.data() + sizeof piece + piece.path_bytes());
  const PointId id = explorer_->adopt(path, with_snapshot ? &snapshot_ : nullptr);
  states_.take_over(piece.number, worker_.index());
  exchange_.has_taken(place);
  adopted_ = with_snapshot ? start_of_program : id;
  const Choice arrival = path.empty() ? Choice() : path.back();
  if (!with_snapshot) adopted_path_ = std::move(path);
  current_ = Node{id, piece.depth, piece.number, arrival, {}};
}

std::optional<std::vector<Choice>> WorkerSearch::path_to(const Branch& branch) const {
  if (branch.point != adopted_ || adopted_ == start_of_program) return std::nullopt;
  return adopted_path_;
}

// ---- the search ---------------------------------------------------------------------------------

void WorkerSearch::attach(Explorer& explorer) {
  explorer_ = &explorer;
  explorer.tell(this);
  transitions_before_ = Execution::instance().transitions();
  statics_ = runtime::statics_initialised();
}

std::optional<Branch> WorkerSearch::begin_execution() {
  workers::Seat& seat = worker_.seat();
  seat.marks.store(Execution::instance().clock_marks(), std::memory_order_relaxed);
  seat.states.store(met_, std::memory_order_relaxed);
  seat.executions.store(ended_, std::memory_order_relaxed);
  worker_.pause_amid();
  if (worker_.is_over()) return std::nullopt;
  if (current_ && current_->has_more()) return go_on();
  settle();
  // If this process dies now, others make again what comes from here on, and no more.
  seat.transitions.store(Execution::instance().transitions() - transitions_before_, std::memory_order_relaxed);
  pause_between();
  if (worker_.is_over()) return std::nullopt;
  if (open_.size() == bottom_) return take_work();
  share_work();
  current_ = open_.back();
  open_.pop_back();
  return go_on();
}

// Every state is either expanded or not begun, and all that is counted was counted once.
void WorkerSearch::pause_between() {
  if (worker_.parent_stops() && was_interrupted_here()) worker_.pass_interruption_on();
  if (worker_.is_statement_wanted()) worker_.state(explorer_->report_so_far());
  worker_.pause_here();
}

Branch WorkerSearch::go_on() const {
  if (current_->depth == 0) return {current_->id, 0};
  return {current_->id, current_->depth, current_->arrival};
}

Decision WorkerSearch::choose(const Point& point) {
  if (point.state != nullptr) {
    states_.prefetch(*point.state);
    if (!says_what_is_new(point.execution)) return {.abandon = true};
    arrived_.push_back({point.id, choice_, edge_, reached_goal(point.execution), *point.state, Alternatives::of(point),
                        point.execution.unmet()});
    return {.keep = true, .abandon = true};
  }
  SIM_CHECK(current_ && current_->depth == point.depth);
  Node& node = *current_;
  if (node.alternatives.count() == 0) node.alternatives = Alternatives::of(point);
  const std::uint32_t alternative = node.next++;
  choice_ = node.alternatives.choice(alternative);
  goals_before_ = point.execution.goals_reached();
  if (StateGraph* const graph = states_.graph()) {
    if (alternative == 0) graph->expand(node.number, node.alternatives);
    edge_ = graph->edge(node.number, alternative);
  }
  return {choice_.value, node.has_more()};
}

// Every transition out of the current state was taken: looks up where they led, and then that state is done.
void WorkerSearch::settle() {
  const std::uint32_t depth = current_ ? current_->depth + 1 : 0;
  const std::uint32_t parent = current_ ? current_->number : SharedStates::none;
  for (const Arrived& at : arrived_) {
    const auto met = meet(at.state, depth, {parent, at.choice}, at.edge, at.goal, false);
    // Whether it is new or not: who met it first may have died before this.
    if (met && states_.graph() != nullptr) states_.graph()->note_unmet(met->number, at.unmet);
    if (met && met->is_new) {
      open_.push_back({at.id, depth, met->number, at.choice, at.alternatives});
    } else {
      explorer_->give_up(at.id);
    }
  }
  arrived_.clear();
  if (current_ && !worker_.is_over()) states_.finish(current_->number, current_->ends, worker_.index());
  current_.reset();
}

bool WorkerSearch::end_execution(Ending ending, const Execution& execution, const Hash128* state) {
  if (ending == Ending::abandoned || !says_what_is_new(execution)) return false;
  const bool goal = reached_goal(execution);
  const std::uint32_t parent = current_ ? current_->number : SharedStates::none;
  if (state != nullptr) {
    const bool cut = ending == Ending::step_limit;
    const auto met = meet(*state, execution.depth(), {parent, choice_}, edge_, goal, !cut);
    if (!met || !met->is_new) return false;
    if (cut) {
      if (!met->was_cut) ++cut_off_;
      states_.cut_off(met->number);
      if (!states_.settings().compare_depths) worker_.stop_all();  // All begin again, and compare.
      return true;
    }
    if (StateGraph* const graph = states_.graph()) graph->end(met->number);
    count_end();
    return true;
  }
  count_end();
  const bool violation = ending == Ending::violation;
  if (StateGraph* const graph = states_.graph()) {
    violation ? graph->lead_to_violation(edge_, goal) : graph->lead_nowhere(edge_, goal);
  }
  if (current_) {
    ++(violation ? current_->ends.violations : current_->ends.assumed_away);
  } else {
    states_.end_at_start(violation);
    start_was_taken();
  }
  return true;
}

void WorkerSearch::count_end() {
  ++ended_;
  worker_.count_execution();
}

std::optional<SharedStates::Met> WorkerSearch::meet(const Hash128& state, std::uint32_t depth,
                                                    const SharedStates::Arrival& arrival, StateGraph::EdgeId edge,
                                                    bool goal, bool terminal) {
  while (!states_.claim(claim_)) {
    if (states_.is_full()) worker_.stop_all();
    if (worker_.is_over()) return std::nullopt;
    worker_.call_parent();
  }
  const SharedStates::Met met = states_.meet(state, arrival, depth, terminal, worker_.index(), claim_,
                                             worker_.seat().in_hand, [this] { return worker_.pause_here(); });
  if (met.is_new) ++met_;
  if (StateGraph* const graph = states_.graph()) graph->lead(edge, met.number, goal);
  start_was_taken();
  return met;
}

void WorkerSearch::start_was_taken() {
  if (start_place_) exchange_.has_taken(*start_place_);
  start_place_.reset();
}

// ---- what is found ------------------------------------------------------------------------------

// False if the execution must not count: it has initialised a static, which the other processes do not know. All begin
// again when the parent has initialised it, too.
bool WorkerSearch::says_what_is_new(const Execution& execution) {
  publish_goals(execution);
  if (runtime::statics_initialised() == statics_) return true;
  statics_ = runtime::statics_initialised();
  Report part;
  const auto depth = static_cast<std::ptrdiff_t>(execution.depth());
  part.violations.push_back(
      {initialises_static,
       "",
       Schedule(std::vector<Choice>(execution.choices().begin(), execution.choices().begin() + depth)),
       {}});
  worker_.publish(part);
  worker_.stop_all();
  return false;
}

void WorkerSearch::publish_goals(const Execution& execution) {
  const auto& goals = const_cast<Execution&>(execution).goals();
  if (goals.size() == goals_published_) return;
  Report part;
  for (; goals_published_ < goals.size(); ++goals_published_)
    part.goals[std::string(goals[goals_published_].first)] = 1;
  worker_.publish(part);
}

void WorkerSearch::violated(const Violation& violation) {
  Report part;
  part.violations.push_back(violation);
  worker_.publish(part);
  if (stop_at_first_violation_) worker_.stop_all();
}

void WorkerSearch::ends_with(const std::string& outcome) {
  Report part;
  part.outcomes[outcome] = 1;
  worker_.publish(part);
}

}  // namespace sim
