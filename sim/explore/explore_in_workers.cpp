#include "explore/explore_in_workers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <sys/wait.h>

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
  Parent(const Options& options, SharedStates& states, std::chrono::steady_clock::time_point start)
      : options_(options), states_(states), start_(start), team_(options.workers), exchange_(largest_piece) {}

  WorkersRun run(const ExploreInWorker& explore);

 private:
  Options options_of_worker(workers::Worker& worker) const;
  void bury(const Team::Death& death);
  void note(const Report& part);
  void look();
  void hand_out_inheritance();
  void stop_because(std::string reason);
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
  Progress progress();
  void conclude();

  const Options& options_;
  SharedStates& states_;
  const std::chrono::steady_clock::time_point start_;
  Team team_;
  workers::Exchange exchange_;
  std::vector<std::uint32_t> inheritance_;  ///< States that the dead were to expand.
  double next_progress_ = 0.1;
  WorkersRun result_;
  Report seen_;  ///< Violations that were published, to decide when to stop.
  std::string stopped_;
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
  WorkerSearch::leave_start(exchange_, options_.workers);
  team_.control().max_executions = options_.max_executions;
  team_.start([&](workers::Worker& worker) {
    stop_when(&worker.stop_flag());
    Execution::instance().keep_journal(&team_.journal(worker.index()));
    WorkerSearch search(states_, exchange_, worker, options_.stop_at_first_violation);
    Report report = explore(options_of_worker(worker), search);
    worker.seat().marks.store(Execution::instance().clock_marks());
    return report;
  });
  Team::Duties duties;
  duties.bury = [this](const Team::Death& death) { bury(death); };
  duties.answer = [this] { states_.grow(); };
  duties.note = [this](unsigned, const Report& part) { note(part); };
  duties.look = [this] { look(); };
  duties.is_nothing_left = [this] { return inheritance_.empty() && exchange_.is_empty(); };
  team_.supervise(duties);
  conclude();
  return std::move(result_);
}

void Parent::stop_because(std::string reason) {
  if (stopped_.empty()) stopped_ = std::move(reason);
  team_.stop();
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
  Progress sum;
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
  if (is_interrupted()) stop_because("interrupted");
  const bool out_of_states = states_.is_full();
  if (options_.max_memory_bytes != 0 && (out_of_states || now.memory_bytes > options_.max_memory_bytes)) {
    stop_because(out_of_memory(options_));
  } else if (out_of_states) {
    stop_because("no more states fit into the table that the workers share");
  }
  if (options_.max_executions != 0 && team_.control().executions.load() >= options_.max_executions) {
    stop_because(out_of_executions(options_));
  }
  if (options_.max_seconds > 0 && now.seconds >= options_.max_seconds) stop_because(out_of_time(options_));
  if (options_.progress && now.seconds >= next_progress_) {
    next_progress_ = now.seconds + 0.1;
    options_.progress(now);
  }
}

// From what the workers have found, and the states that they share.
void Parent::conclude() {
  Report& report = result_.report;
  const std::vector<Team::Findings> all = team_.findings();
  for (unsigned index = 0; index < team_.size(); ++index) {
    const workers::Seat& seat = team_.control().seats[index];
    result_.clock_marks |= seat.marks.load();
    for (const Report& found : all[index].reports) workers::merge(report, found);
    if (!all[index].is_whole) report.transitions += seat.transitions.load();
  }
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
}

}  // namespace

WorkersRun explore_in_workers(const Options& options, SharedStates& states, std::chrono::steady_clock::time_point start,
                              const ExploreInWorker& explore) {
  return Parent(options, states, start).run(explore);
}

}  // namespace sim
