// What surrounds a search that matches states: how often it must begin again, and what the graph of the states shows.
#include <optional>
#include <string>

#include "explore/explorer.hpp"
#include "explore/livelocks.hpp"
#include "explore/stateful.hpp"
#include "runtime/execution.hpp"

namespace sim {
namespace {

std::string counted(std::uint64_t number, const std::string& thing) {
  return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

// The violation `livelock`, and notes on what else never ends. Adds to what a run has found.
void report_livelocks(const StatefulSearch& search, const RecordSchedule& record, Report& report) {
  if (!report.violations.empty() && !report.complete) return;  // Stopped at a violation.
  const Livelocks found = find_livelocks(*search.graph(), search.states());
  report.peak_memory_bytes += find_livelocks_bytes(search.states());
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
  if (found.quiescent != 0) {
    report.notes.push_back("the program can go on for ever and reach a goal again and again (" +
                           counted(found.quiescent, "component") + ")");
  }
  if (found.timeless != 0 && report.complete) {
    report.complete = false;
    report.reason = time_stands_still;
  }
  if (search.graph()->is_full() && report.complete) {
    report.complete = false;
    report.reason = "the graph of the states has outgrown 16 GiB; explore without looking for livelocks";
  }
  report.verdict = verdict_of(report);
}

}  // namespace

Report explore_states(const Options& options, const ExploreOnce& explore_once, const RecordSchedule& record) {
  const auto start = std::chrono::steady_clock::now();
  bool clock_in_state = false, keep_graph = false;
  // Not where the caller wants its result: a program's references to that variable are looked for meanwhile.
  std::optional<Report> report;
  for (bool again = true; again;) {
    const std::unique_ptr<StatefulSearch> search = make_stateful(options, keep_graph);
    report = explore_once(*search, clock_in_state, start);
    again = false;
    // States were matched without the time of day, and the program turned out to read it: once more, with it.
    if (!report->stopped_by_violation && !clock_in_state && Execution::instance().clock_matters()) {
      clock_in_state = again = true;
    } else if (search->must_begin_again_with_graph()) {
      keep_graph = again = true;
    } else if (search->graph() != nullptr) {
      report_livelocks(*search, record, *report);
    }
  }
  return std::move(*report);
}

}  // namespace sim
