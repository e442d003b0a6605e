// Several processes make again the transitions by which states were met first. Any of them may die: what it had taken
// is made again by another one, and a state that has its hash already keeps it.
#include "explore/worker_retrace.hpp"

#include <algorithm>

#include "explore/workers/team.hpp"
#include "runtime/execution.hpp"

namespace sim {

using Kind = ArrivalTree::Kind;
using Stop = Execution::Stop;

// ---- pieces -------------------------------------------------------------------------------------

// Several for each worker, as some take longer; not too small, as the way to each is made again, too.
WaysInPieces::WaysInPieces(const ArrivalTree& ways, unsigned workers) : ways_(ways) {
  constexpr std::uint32_t for_each_worker = 16;
  const auto states = static_cast<std::uint32_t>(ways.size());
  size_ = std::max(least_piece, states / (workers * for_each_worker) + 1);
  count_ = (states + size_ - 1) / size_;
  memory_ = Pages::shared(count_);
}

std::optional<WaysInPieces::Piece> WaysInPieces::take(unsigned who) {
  for (std::uint32_t at = 0; at < count_; ++at) {
    std::uint8_t expected = free;
    if (!state(at).compare_exchange_strong(expected, static_cast<std::uint8_t>(who + 1))) continue;
    return Piece{at * size_, std::min(static_cast<std::uint32_t>(ways_.size()), (at + 1) * size_)};
  }
  return std::nullopt;
}

void WaysInPieces::leave_again(unsigned dead) {
  for (std::uint32_t at = 0; at < count_; ++at) {
    if (state(at).load() == dead + 1) state(at).store(free);
  }
}

bool WaysInPieces::are_made() const {
  for (std::uint32_t at = 0; at < count_; ++at) {
    if (state(at).load() != made) return false;
  }
  return true;
}

// ---- steps --------------------------------------------------------------------------------------

// False: all were made, or are to be left. Until then it waits, as another process may die.
bool WorkerRetrace::begin_piece() {
  if (piece_) pieces_.has_made(*piece_);
  piece_ = pieces_.take(worker_.index());
  if (!piece_) {
    worker_.become_idle();
    while (!piece_ && !worker_.is_over()) {
      worker_.rest();
      worker_.pause_here();
      piece_ = pieces_.take(worker_.index());
    }
    if (!piece_) return false;
    worker_.become_busy();
  }
  way_ = pieces_.ways().way_to(piece_->begin);
  made_ = 0;
  return true;
}

// First the way to the piece, then the states of the piece, each of which goes on from a state on the way to the last.
std::optional<WorkerRetrace::Step> WorkerRetrace::next_step() {
  if (was_interrupted_here()) worker_.pass_interruption_on();
  worker_.pause_here();
  const ArrivalTree& ways = pieces_.ways();
  if (!piece_ || (made_ == way_.size() && way_.back() + 1 == piece_->end)) {
    if (!begin_piece()) return std::nullopt;
  } else if (made_ == way_.size()) {
    const ArrivalTree::Id next = way_.back() + 1;
    while (!way_.empty() && way_.back() != ways.parent(next)) way_.pop_back();
    way_.push_back(next);
    made_ = way_.size() - 1;
  }
  const ArrivalTree::Id at = way_[made_];
  const bool leads_to_piece = made_ + 1 < way_.size();
  const bool leads_on = leads_to_piece || (at + 1 < piece_->end && ways.parent(at + 1) == at);
  return Step{static_cast<std::uint32_t>(made_), ways.choice(at), leads_on, false};
}

// A state at which the step limit cut an execution off may lie nearer now: where a state before it was met again.
bool WorkerRetrace::fits(Kind kind, Stop stop) const {
  switch (kind) {
    case Kind::ended:
      return stop == Stop::finished || stop == Stop::deadlock;
    case Kind::cut:
      return stop == Stop::step_limit || (stop == Stop::point && states_.settings().compare_depths);
    default:
      return stop == Stop::point;
  }
}

WorkerRetrace::Met WorkerRetrace::end_step(Stop stop, PointId id, const Hash128& state, const Execution& execution) {
  const ArrivalTree::Id at = way_[made_++];
  const Kind kind = pieces_.ways().kind(at);
  if (!fits(kind, stop)) return Met::other;
  if (!states_.enter_again(at, state, worker_.index(), [this] { return worker_.pause_here(); })) return Met::other;
  StateGraph* const graph = states_.graph();
  if (graph == nullptr) return Met::as_before;
  if (kind == Kind::ended) graph->end(at);
  if (kind != Kind::expanded && kind != Kind::open) return Met::as_before;
  const Point point = execution.point(id, &state);
  if (kind == Kind::expanded) graph->expand(at, Alternatives::of(point));
  graph->note_unmet(at, execution.unmet());
  return Met::as_before;
}

// ---- all of them --------------------------------------------------------------------------------

namespace {

/// What the processes tell their parent, in memory that they share.
struct Told {
  std::atomic<bool> not_repeated = false;
};

}  // namespace

Retraced retrace_in_workers(const std::function<Options(workers::Worker& worker)>& options, unsigned workers,
                            SharedStates& states, const ArrivalTree& ways, const RetraceInWorker& retrace,
                            const std::function<bool()>& must_stop) {
  constexpr int most_teams = 3;
  WaysInPieces pieces(ways, workers);
  const Pages memory = Pages::shared(sizeof(Told));
  Told& told = *::new (memory.data()) Told;
  bool stopped = false;
  for (int teams = 0; teams < most_teams && !pieces.are_made(); ++teams) {
    workers::Team team(workers);
    team.control().parent_stops = true;
    team.start([&](workers::Worker& worker) {
      stop_when(&worker.stop_flag());
      leave_interruptions_to_others();
      WorkerRetrace search(states, pieces, worker);
      try {
        (void)retrace(options(worker), search);
      } catch (const checkpoint::Error&) {
        told.not_repeated.store(true);
        worker.stop_all();
      }
      return Report();
    });
    workers::Team::Duties duties;
    duties.bury = [&](const workers::Team::Death& death) {
      (void)states.inherit(death.worker, 0);
      pieces.leave_again(death.worker);
      if (death.was_killed() || death.ran_out_of_memory()) return;
      told.not_repeated.store(true);  // It ended the process, where it went on before.
      team.stop();
    };
    duties.answer = [] {};
    duties.note = [](unsigned, const Report&) {};
    duties.look = [&] {
      stopped = stopped || team.control().interrupted.load() || must_stop();
      if (stopped) team.stop();
    };
    duties.is_nothing_left = [&pieces] { return pieces.are_made(); };
    team.supervise(duties);
    if (told.not_repeated.load()) return Retraced::not_repeated;
    if (stopped) return Retraced::stopped;
  }
  return pieces.are_made() ? Retraced::all : Retraced::stopped;
}

}  // namespace sim
