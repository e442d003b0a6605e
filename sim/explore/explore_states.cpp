// What surrounds a search that matches states: how often it must begin again, and what the graph of the states shows.
#include <algorithm>
#include <optional>
#include <string>

#include "explore/explore_in_workers.hpp"
#include "explore/explorer.hpp"
#include "explore/isolate.hpp"
#include "explore/livelocks.hpp"
#include "explore/stateful.hpp"
#include "runtime/execution.hpp"
#include "runtime/liveness_numbers.hpp"

namespace sim {
namespace {

std::string counted(std::uint64_t number, const std::string& thing) {
  return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

// Their names are known where the program runs: at most one property of each number is stated at a time.
void report_unmet(const Livelocks& found, const RecordSchedule& record, Report& report) {
  for (const std::optional<Schedule>& cycle : found.unmet_cycles) {
    if (!cycle) continue;
    const Recording recording = record(*cycle);
    bool is_confirmed = false;
    for (const Violation& seen : recording.report.violations) {
      if (seen.property == livelock_property || seen.property == "data-race" || !seen.schedule.cycle()) continue;
      is_confirmed = true;
      const auto known = std::ranges::find(report.violations, seen.property, &Violation::property);
      if (known == report.violations.end())
        report.violations.push_back({seen.property, seen.detail, seen.schedule, {}});
    }
    if (is_confirmed || !report.complete) continue;
    report.complete = false;
    report.reason =
        "run again, the program did not come around a cycle in which a liveness property is false: " + cycle->to_text();
  }
}

// Executions that never end were not looked at, or not for all that is to hold again and again.
void admit_unjudged(const Options& options, Report& report) {
  const runtime::LivenessNumbers& numbers = runtime::LivenessNumbers::instance();
  if (options.livelocks && !numbers.are_used_up()) return;
  if (!report.complete || !numbers.any()) return;
  if (numbers.are_used_up()) {
    report.reason = "more than 8 liveness properties (sim::eventually): executions that never end were judged by 8";
  } else {
    report.reason =
        "liveness properties (sim::eventually) were judged where executions end; set livelocks, to judge "
        "those that never end";
  }
  report.complete = false;
  report.verdict = verdict_of(report);
}

// The violation `livelock`, and notes on what else never ends. Adds to what a run has found.
void report_livelocks(const StateGraph& graph, std::uint64_t states, std::uint32_t first, const RecordSchedule& record,
                      Report& report) {
  if (!report.violations.empty() && !report.complete) return;  // Stopped at a violation.
  const Livelocks found = find_livelocks(graph, states, first);
  report.peak_memory_bytes += find_livelocks_bytes(states);
  if (found.inescapable_cycle) {
    report.violations.push_back(
        {std::string(livelock_property), "no schedule ends the program", *found.inescapable_cycle, {}});
  }
  if (found.escapable_cycle) {
    const Recording recording = record(*found.escapable_cycle);
    for (const Violation& seen : recording.report.violations) {
      if (seen.property != livelock_property) continue;
      report.notes.push_back("under a strongly fair schedule " + seen.detail +
                             ", though the program could go on: " + found.escapable_cycle->to_text() + " (" +
                             counted(found.escapable, "such component") + ")");
    }
  }
  report_unmet(found, record, report);
  if (found.quiescent != 0) {
    report.notes.push_back("the program can go on for ever and reach a goal again and again (" +
                           counted(found.quiescent, "component") + ")");
  }
  if (found.timeless + found.timeless_unmet != 0 && report.complete) {
    report.complete = false;
    report.reason = time_stands_still;
  }
  if (graph.is_full() && report.complete) {
    report.complete = false;
    report.reason = "the graph of the states has outgrown 16 GiB; explore without looking for livelocks";
  }
  report.verdict = verdict_of(report);
}

// One that was interrupted, or has no time left, is not followed by another: that would not know of the interruption,
// and report less. What it reports then is not the whole.
bool may_begin_again(const Options& options, bool was_interrupted, Report& report) {
  const bool out_of_time_now = options.max_seconds > 0 && report.seconds >= options.max_seconds;
  const bool interrupted = was_interrupted || is_interrupted();
  if (!interrupted && !out_of_time_now) return true;
  if (report.complete || report.reason.empty()) report.reason = interrupted ? "interrupted" : out_of_time(options);
  report.complete = false;
  report.verdict = verdict_of(report);
  return false;
}

}  // namespace

Report explore_states(const Options& options, const ExploreOnce& explore_once, const RecordSchedule& record,
                      Checkpoints* checkpoints) {
  const auto start = std::chrono::steady_clock::now();
  constexpr std::uint64_t with_clock = 1, with_graph = 2;
  const std::uint64_t kept_run = checkpoints != nullptr ? checkpoints->run : 0;
  bool clock_in_state = (kept_run & with_clock) != 0, keep_graph = (kept_run & with_graph) != 0;
  // Not where the caller wants its result: a program's references to that variable are looked for meanwhile.
  std::optional<Report> report;
  for (bool again = true; again;) {
    if (checkpoints != nullptr) checkpoints->run = (clock_in_state ? with_clock : 0) | (keep_graph ? with_graph : 0);
    const std::unique_ptr<StatefulSearch> search = make_stateful(options, keep_graph);
    report = explore_once(*search, clock_in_state, start);
    again = false;
    // States were matched without the time of day, and the program turned out to read it: once more, with it.
    const bool clock_is_missing =
        !report->stopped_by_violation && !clock_in_state && Execution::instance().clock_matters();
    if (clock_is_missing || search->must_begin_again_with_graph()) {
      again = may_begin_again(options, report->reason == "interrupted", *report);
      (clock_is_missing ? clock_in_state : keep_graph) = true;
    } else if (search->graph() != nullptr) {
      report_livelocks(*search->graph(), search->states(), 0, record, *report);
    }
  }
  admit_unjudged(options, *report);
  return std::move(*report);
}

namespace {

// What all of several runs need to know.
struct WorkerRuns {
  bool clock_in_state = false, compare_depths = false;
};

std::optional<WorkersCheckpoint> kept_in(Checkpoints* checkpoints, const WorkerWays& ways, WorkerRuns& runs) {
  std::optional<WorkersCheckpoint> kept;
  if (checkpoints == nullptr) return kept;
  kept.emplace(*checkpoints);
  runs = {kept->clock_in_state, kept->compare_depths};
  kept->retrace = [&ways, &runs](const Options& of_worker, WorkerRetrace& search) {
    return ways.retrace(of_worker, search, runs.clock_in_state);
  };
  return kept;
}

}  // namespace

ExploredByWorkers explore_states_in_workers(const Options& options, const WorkerWays& ways, Checkpoints* checkpoints) {
  const auto before = std::chrono::duration<double>(checkpoints != nullptr ? checkpoints->seconds_before : 0);
  const auto start =
      std::chrono::steady_clock::now() - std::chrono::duration_cast<std::chrono::steady_clock::duration>(before);
  constexpr std::uint32_t clock_matters = Execution::clock_was_read | Execution::time_has_passed;
  WorkerRuns runs;
  std::optional<WorkersCheckpoint> kept = kept_in(checkpoints, ways, runs);
  // Statics that the program initialises now are the same in all processes, and at the same addresses.
  ways.run_here(nullptr);
  if (kept) {
    for (const Schedule& schedule : kept->static_makers) ways.run_here(&schedule);
  }
  std::optional<Report> report;  // As above.
  bool cut_short = false;
  for (bool again = true; again;) {
    SharedStates states({options.max_memory_bytes, options.livelocks, runs.compare_depths});
    if (kept) {
      kept->clock_in_state = runs.clock_in_state;
      kept->compare_depths = runs.compare_depths;
      if (kept->is_resumed()) kept->load(states);
    }
    WorkersRun run = explore_in_workers(
        options, states, start,
        [&](const Options& of_worker, WorkerSearch& search) {
          return ways.explore(of_worker, search, runs.clock_in_state);
        },
        kept ? &*kept : nullptr);
    report = std::move(run.report);
    cut_short = run.was_cut_short;
    again = false;
    const bool clock_is_missing = !runs.clock_in_state && (run.clock_marks & clock_matters) == clock_matters;
    const bool misses_clock = report->violations.empty() && clock_is_missing;
    const bool misses_depths = states.has_cut() && !runs.compare_depths && !run.was_stopped;
    if (!run.static_makers.empty() || misses_clock || misses_depths) {
      // Workers that were stopped only to begin again say that they were interrupted.
      again = may_begin_again(options, run.was_stopped && report->reason == "interrupted", *report);
      cut_short = !again;
      if (!run.static_makers.empty()) {
        for (const Schedule& schedule : run.static_makers) {
          ways.run_here(&schedule);
          if (kept) kept->static_makers.push_back(schedule);
        }
      } else {
        (misses_clock ? runs.clock_in_state : runs.compare_depths) = true;
      }
    } else if (states.graph() != nullptr && states.first() != SharedStates::none) {
      report_livelocks(*states.graph(), states.numbers(), states.first(), ways.record, *report);
    } else if (report->complete && report->executions == 0 && (run.clock_marks & Execution::timers_have_waited) != 0) {
      report->complete = false;
      report->reason = time_stands_still;
      report->verdict = verdict_of(*report);
    }
    for (Violation& violation : report->violations) {
      const bool ends_process = std::ranges::find(run.deaths, violation.schedule) != run.deaths.end();
      if (!again && ends_process) record_in_child(violation, ways.record_apart);
    }
  }
  admit_unjudged(options, *report);
  return {std::move(*report), cut_short};
}

}  // namespace sim
