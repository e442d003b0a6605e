#include "explore/explore_in_workers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "explore/isolate.hpp"
#include "explore/workers/exchange.hpp"
#include "explore/workers/merge.hpp"
#include "explore/workers/team.hpp"
#include "runtime/execution.hpp"

namespace sim {
namespace {

using workers::Team;

// Larger states are reached again along their path.
constexpr std::size_t largest_piece = std::size_t{16} << 20;

/// What the parent does.
class Parent {
 public:
  Parent(const Options& options, SharedStates& states, std::chrono::steady_clock::time_point start,
         WorkersCheckpoint* kept)
      : options_(options),
        states_(states),
        start_(start),
        kept_(kept),
        team_(options.workers),
        exchange_(largest_piece) {}

  WorkersRun run(const ExploreInWorker& explore);

 private:
  Options options_of_worker(workers::Worker& worker) const;
  void bury(const Team::Death& death);
  void note(const Report& part);
  void look();
  void look_at_budgets(const Progress& now);
  void hand_out_inheritance();
  void stop_because(std::string reason);
  void cut_short_because(std::string reason);
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
  Progress progress();
  void start_workers(const ExploreInWorker& explore);
  bool bring_back();
  void write();
  void add(const std::vector<Team::Findings>& all, Report& report);
  std::uint32_t clock_marks();
  void conclude();

  const Options& options_;
  SharedStates& states_;
  const std::chrono::steady_clock::time_point start_;
  WorkersCheckpoint* const kept_;
  Team team_;
  workers::Exchange exchange_;
  std::vector<std::uint32_t> inheritance_;  ///< States that the dead were to expand.
  double next_progress_ = 0.1;
  WorkersRun result_;
  Report seen_;  ///< Violations that were published, to decide when to stop.
  std::string stopped_;
  std::string cut_short_;  ///< Why all are to stop once the file is written.
  Progress before_;        ///< Of earlier processes.
  double next_checkpoint_ = 0;
};

Options Parent::options_of_worker(workers::Worker& worker) const {
  Options options = options_;
  options.max_executions = options.max_memory_bytes = 0;
  options.max_seconds = 0;
  options.stop_after.clear();
  options.snapshot_budget_bytes /= options_.workers;
  workers::Seat& seat = worker.seat();
  options.progress = [&seat](const Progress& progress) {
    seat.depth.store(progress.depth);
    seat.memory_bytes.store(progress.memory_bytes);
  };
  return options;
}

WorkersRun Parent::run(const ExploreInWorker& explore) {
  begin_uninterrupted();
  if (kept_ == nullptr || !kept_->is_resumed()) {
    WorkerSearch::leave_start(exchange_, options_.workers);
  } else if (!bring_back()) {
    conclude();
    return std::move(result_);
  }
  if (kept_ != nullptr) next_checkpoint_ = seconds() + options_.checkpoint_seconds;
  start_workers(explore);
  Team::Duties duties;
  duties.bury = [this](const Team::Death& death) { bury(death); };
  duties.answer = [this] { states_.grow(); };
  duties.note = [this](unsigned, const Report& part) { note(part); };
  duties.look = [this] { look(); };
  duties.is_nothing_left = [this] { return inheritance_.empty() && exchange_.is_empty(); };
  if (kept_ != nullptr) {
    duties.wants_statements = [this] {
      return stopped_.empty() && (!cut_short_.empty() || seconds() >= next_checkpoint_);
    };
    duties.take_statements = [this] { write(); };
  }
  team_.supervise(duties);
  conclude();
  return std::move(result_);
}

void Parent::start_workers(const ExploreInWorker& explore) {
  team_.control().max_executions = options_.max_executions;
  team_.control().executions.store(before_.executions);
  team_.control().parent_stops = kept_ != nullptr;
  team_.start([&](workers::Worker& worker) {
    stop_when(&worker.stop_flag());
    if (worker.parent_stops()) leave_interruptions_to_others();
    Execution::instance().keep_journal(&team_.journal(worker.index()));
    WorkerSearch search(states_, exchange_, worker, options_.stop_at_first_violation);
    Report report = explore(options_of_worker(worker), search);
    worker.seat().marks.store(Execution::instance().clock_marks());
    return report;
  });
}

// ---- in a file ----------------------------------------------------------------------------------

// False: a budget is used up, or somebody interrupts. The file stays as it is.
bool Parent::bring_back() {
  result_.report = kept_->report();
  result_.clock_marks = kept_->clock_marks();
  seen_.violations = result_.report.violations;
  const SharedStates::Totals totals = states_.totals();
  before_.executions = totals.terminal + totals.ends.violations + totals.ends.assumed_away;
  before_.states = totals.states;
  before_.transitions = result_.report.transitions;
  const auto must_stop = [this] {
    look_at_budgets(before_);
    return !cut_short_.empty();
  };
  before_.seconds = seconds();
  if (must_stop()) return false;
  const auto of_worker = [this](workers::Worker& worker) { return options_of_worker(worker); };
  if (!kept_->bring_back(of_worker, options_.workers, states_, must_stop)) {
    if (cut_short_.empty()) cut_short_because("interrupted");
    return false;
  }
  inheritance_ = states_.unexpanded();
  return true;
}

// All workers are parked between two states. It is done less often if it takes long: a tenth of the time is the most.
void Parent::write() {
  const double begun = seconds();
  if (states_.first() != SharedStates::none) {
    Report report = result_.report;
    add(team_.statements(), report);
    kept_->write(report, clock_marks(), begun, states_);
  }
  next_checkpoint_ = seconds() + std::max(options_.checkpoint_seconds, 9 * (seconds() - begun));
  if (!cut_short_.empty()) stop_because(cut_short_);
}

std::uint32_t Parent::clock_marks() {
  std::uint32_t marks = result_.clock_marks;
  for (unsigned index = 0; index < team_.size(); ++index) marks |= team_.control().seats[index].marks.load();
  return marks;
}

// ---- while they work ----------------------------------------------------------------------------

void Parent::stop_because(std::string reason) {
  if (stopped_.empty()) stopped_ = std::move(reason);
  team_.stop();
}

// Once the file is written, if there is one.
void Parent::cut_short_because(std::string reason) {
  if (cut_short_.empty()) cut_short_ = std::move(reason);
  if (kept_ == nullptr) stop_because(cut_short_);
}

void Parent::bury(const Team::Death& death) {
  const std::string who = "worker " + std::to_string(death.worker + 1);
  if (!death.was_killed() && !death.ran_out_of_memory()) {
    Report found;  // Another one may have died of the same.
    found.violations.push_back(violation_of_death(death.status, team_.journal(death.worker)));
    result_.deaths.push_back(found.violations[0].schedule);
    workers::merge(result_.report, found);
    return stop_because("the process of " + who + " has died");
  }
  result_.report.notes.push_back(who + (death.was_killed() ? " was killed (SIGKILL)" : " ran out of memory") +
                                 "; the others have done its work again");
  exchange_.repair(death.worker);
  std::vector<std::uint32_t> left = states_.inherit(death.worker, team_.control().seats[death.worker].in_hand.load());
  exchange_.each_waiting([&left](std::span<const std::byte> piece) {
    std::erase(left, WorkerSearch::state_of(piece));  // Left to all by whoever has died.
  });
  inheritance_.insert(inheritance_.end(), left.begin(), left.end());
}

void Parent::hand_out_inheritance() {
  while (!inheritance_.empty()) {
    const std::uint32_t number = inheritance_.back();
    if (!WorkerSearch::leave_state(exchange_, options_.workers, number, states_.path_to(number))) return;
    inheritance_.pop_back();
  }
}

void Parent::note(const Report& part) {
  for (const Violation& violation : part.violations) {
    if (violation.property == WorkerSearch::initialises_static) {
      result_.static_makers.push_back(violation.schedule);
    } else {
      seen_.violations.push_back(violation);
    }
  }
}

Progress Parent::progress() {
  Progress sum = before_;
  for (unsigned index = 0; index < team_.size(); ++index) {
    const workers::Seat& seat = team_.control().seats[index];
    sum.executions += seat.executions.load();
    sum.states += seat.states.load();
    sum.transitions += seat.transitions.load();
    sum.depth = std::max(sum.depth, seat.depth.load());
    sum.memory_bytes += seat.memory_bytes.load();
  }
  sum.memory_bytes += states_.bytes();
  sum.seconds = seconds();
  return sum;
}

void Parent::look() {
  hand_out_inheritance();
  const Progress now = progress();
  std::uint64_t& peak = result_.report.peak_memory_bytes;
  peak = std::max(peak, now.memory_bytes);
  const bool has_all = has_all_expected(options_, seen_);
  const bool has_first = options_.stop_at_first_violation && !seen_.violations.empty();
  if (has_first || has_all) result_.report.stopped_by_violation = true;
  if (has_first) stop_because(std::string(stopped_at_violation));
  if (has_all) stop_because(std::string(stopped_at_all_expected));
  look_at_budgets(now);
  if (options_.progress && now.seconds >= next_progress_) {
    next_progress_ = now.seconds + 0.1;
    options_.progress(now);
  }
}

void Parent::look_at_budgets(const Progress& now) {
  if (is_interrupted() || team_.control().interrupted.load()) cut_short_because("interrupted");
  const bool out_of_states = states_.is_full();
  if (options_.max_memory_bytes != 0 && (out_of_states || now.memory_bytes > options_.max_memory_bytes)) {
    cut_short_because(out_of_memory(options_));
  } else if (out_of_states) {
    cut_short_because("no more states fit into the table that the workers share");
  }
  const std::uint64_t executions = std::max(before_.executions, team_.control().executions.load());
  if (options_.max_executions != 0 && executions >= options_.max_executions) {
    cut_short_because(out_of_executions(options_));
  }
  if (options_.max_seconds > 0 && seconds() >= options_.max_seconds) cut_short_because(out_of_time(options_));
}

void Parent::add(const std::vector<Team::Findings>& all, Report& report) {
  for (unsigned index = 0; index < all.size(); ++index) {
    for (const Report& found : all[index].reports) workers::merge(report, found);
    if (!all[index].is_whole) report.transitions += team_.control().seats[index].transitions.load();
  }
}

// From what the workers have found, and the states that they share.
void Parent::conclude() {
  Report& report = result_.report;
  result_.clock_marks = clock_marks();
  add(team_.findings(), report);
  if (!team_.control().finished.load() && stopped_.empty()) stopped_ = cut_short_;
  std::erase_if(report.violations,
                [](const Violation& violation) { return violation.property == WorkerSearch::initialises_static; });
  for (auto& [outcome, executions] : report.outcomes) executions = std::max<std::uint64_t>(executions, 1);
  const SharedStates::Totals totals = states_.totals();
  report.states = totals.states;
  report.executions = totals.terminal + totals.ends.violations;
  report.assumed_away = totals.ends.assumed_away;
  report.hash_bits = VisitedSet::hash_bits;
  report.omission_probability = omission_probability(report.states, report.hash_bits);
  report.seconds = seconds();
  report.complete = team_.control().finished.load() && totals.cut_off == 0 && stopped_.empty();
  if (report.complete) {
    report.reason.clear();
  } else if (!stopped_.empty()) {
    report.reason = stopped_;
  } else if (report.reason.empty() && totals.cut_off == 0) {
    report.reason = "every worker was killed (SIGKILL) or ran out of memory, as happens when the system has none left";
  }
  report.verdict = verdict_of(report);
  result_.was_stopped = !stopped_.empty();
  const bool stopped_in_time = stopped_.empty() ? team_.control().stop.load() : stopped_ != cut_short_;
  result_.was_cut_short = !team_.control().finished.load() && !stopped_in_time;
}

}  // namespace

WorkersRun explore_in_workers(const Options& options, SharedStates& states, std::chrono::steady_clock::time_point start,
                              const ExploreInWorker& explore, WorkersCheckpoint* kept) {
  return Parent(options, states, start, kept).run(explore);
}

}  // namespace sim
