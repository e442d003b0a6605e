// Long because it is where all that an exploration needs of the process comes together.
#include "explore/explore.hpp"

#include <bit>
#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "check/data_race.hpp"
#include "explore/checkpoints.hpp"
#include "explore/explorer.hpp"
#include "explore/forked_parts.hpp"
#include "explore/isolate.hpp"
#include "explore/report_codec.hpp"
#include "explore/stateful.hpp"
#include "explore/strategies.hpp"
#include "explore/worker_checkpoint.hpp"
#include "explore/worker_search.hpp"
#include "runtime/arena.hpp"
#include "runtime/faults.hpp"
#include "runtime/liveness_numbers.hpp"
#include "runtime/memory_hooks.hpp"
#include "runtime/modules.hpp"
#include "runtime/program.hpp"
#include "runtime/self_contained.hpp"

namespace sim {

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::violated:
      return "violated";
    default:
      return "inconclusive";
  }
}

namespace detail {
namespace {

constexpr std::uint64_t executions_of_an_unlimited_sample = 100'000;

void validate(const Options& options) {
  const auto require = [](bool condition, const std::string& message) {
    if (!condition) throw std::invalid_argument("sim::Options: " + message);
  };
  require(options.workers != 0, "workers must be at least 1");
  require(options.workers <= workers::most_workers, "workers must be at most 64");
  const bool alone = options.workers == 1;
  require(alone || takes_workers(options.strategy),
          std::string(to_text(options.strategy)) +
              " explores with one worker; leave workers at 1, or use optimal_dpor or stateful");
  require(
      alone || options.order == Order::depth_first,
      "breadth_first explores with one worker; several explore depth_first, and do not find shortest counterexamples");
  require(alone || !options.count_logical_states, "count_logical_states needs one worker");
  require(options.max_steps >= 1 && options.max_steps <= 100'000'000, "max_steps must be 1 to 100,000,000");
  require(options.stack_bytes >= 16 * 1024 && options.stack_bytes <= runtime::Arena::max_stack_bytes,
          "stack_bytes must be 16 KiB to 32 MiB");
  require(!(options.max_seconds < 0), "max_seconds must not be negative");
  require(options.pct_depth >= 1 && options.pct_depth <= 1000, "pct_depth must be 1 to 1000");
  require(options.select.empty() || options.strategy == Strategy::surw, "select is for the strategy surw alone");
  const bool is_bounded =
      options.strategy == Strategy::preemption_bounded || options.strategy == Strategy::delay_bounded;
  require(!options.bound || is_bounded, "bound is for the strategies preemption_bounded and delay_bounded alone");
  require(!options.checkpoint_file.empty() || !options.resume, "resume needs a checkpoint_file");
  require(options.checkpoint_seconds >= 0, "checkpoint_seconds must not be negative");
  require(!options.unwind || options.strategy != Strategy::stateful,
          "unwind needs re-execution from the start, which stateful does not do; use dfs");
}

Options effective(Options options) {
  if (options.unwind) options.backtracking = Backtracking::reexecute;
  const bool unlimited = options.max_executions == 0 && options.max_seconds <= 0;
  if (is_sample(options.strategy) && unlimited) {
    options.max_executions = executions_of_an_unlimited_sample;
  }
  return options;
}

/// One exploration at a time: the arena is one. Others wait their turn.
class Turn {
 public:
  Turn() : lock_(prepare()) {}

 private:
  static std::unique_lock<std::mutex> prepare() {
    static std::mutex mutex;
    if (runtime::in_program()) {
      runtime::violate("nested-exploration", "a program under test cannot explore another program");
    }
    runtime::install_memory_hooks();
    runtime::Arena::instance();
    return std::unique_lock(mutex);
  }

  std::unique_lock<std::mutex> lock_;
};

/// What an exploration needs of the process while it lasts. Requires: it is the caller's turn.
class Session {
 public:
  explicit Session(const Options& options) : faults_(options.hang_seconds) {
    runtime::LoadedModules::instance();  // Not first on a stack of the program.
    runtime::Arena::instance().set_stack_bytes(options.stack_bytes);
    Execution::instance().begin_exploration();
  }
  ~Session() {
    for (runtime::Slot slot = 0; slot < runtime::slot_count; ++slot) runtime::Arena::instance().clear(slot);
  }

 private:
  runtime::FaultGuard faults_;
};

/// What the program must not change, looked at afresh, if it is asked for. `frame`: where the caller's stack begins.
void look_outside(std::optional<runtime::OutsideMemory>& outside, const Options& options, const void* frame) {
  if (options.check_self_contained && options.backtracking == Backtracking::snapshot) outside.emplace(frame);
}

std::string describe_race(const DataRace& race, const StepLog& log, const Trace& trace) {
  const Step& earlier = log.steps[race.earlier];
  const Step& later = log.steps[race.later];
  const auto access = [&trace](const Step& step) {
    return std::string(trace.thread_names()[step.thread]) +
           (step.kind == OperationKind::plain_write ? " writes " : " reads ");
  };
  return access(earlier) + trace.object_name(earlier.object) + ", and " + access(later) +
         "it, with no synchronization in between";
}

// "ping and pong go on for ever, main in thread_join".
std::string describe_cycle(const Trace& trace, const Execution& execution) {
  std::set<ThreadId> moving;
  for (const Event& event : trace.events().subspan(trace.cycle.value_or(0))) moving.insert(event.thread);
  std::string names;
  for (const ThreadId thread : moving) {
    if (!names.empty()) names += thread == *moving.rbegin() ? " and " : ", ";
    names += trace.thread_names()[thread];
  }
  names += moving.size() == 1 ? " goes on for ever" : " go on for ever";
  const std::string blocked = execution.describe_blocked(moving);
  return blocked.empty() ? names
                         : names + ", while " +
                               (blocked.find(", ") == std::string::npos ? "this waits: " : "these wait: ") + blocked;
}

Recording record_here(const Program& program, const Schedule& schedule, const Options& options) {
  Options once = options;
  once.strategy = Strategy::dfs;
  once.backtracking = Backtracking::reexecute;
  once.stop_at_first_violation = false;
  once.stop_after.clear();
  once.progress = {};
  once.max_executions = once.max_memory_bytes = 0;
  once.max_seconds = 0;
  once.max_steps = std::max<std::uint64_t>(once.max_steps, schedule.size() + 1);
  const auto run = [&](Search& search) {
    Explorer explorer(program, once, search);
    explorer.ignore_interruptions();
    return explorer.run();
  };
  Execution& execution = Execution::instance();
  bool came_around = false, reached_goal = false;
  std::vector<std::string> unmet;
  if (schedule.cycle()) {  // First without text, which could leave something on the program's stacks.
    Replay comparing(schedule, true);
    (void)run(comparing);
    came_around = comparing.has_come_around();
    reached_goal = comparing.has_reached_goal();
    if (came_around && comparing.is_fair()) unmet = execution.liveness_properties(comparing.unmet_around());
  }
  Replay replay(schedule);
  Recording recording;
  execution.record_in(&recording.trace);
  recording.report = run(replay);
  // An execution that is cut at the end of the schedule is not looked at for races by the explorer.
  std::vector<Violation>& violations = recording.report.violations;
  const auto known = std::ranges::find(violations, "data-race", &Violation::property);
  if (known != violations.end() || !schedule.cycle()) {
    if (const auto race = find_data_race(execution.log())) {
      std::string detail = describe_race(*race, execution.log(), recording.trace);
      if (known != violations.end())
        known->detail = std::move(detail);
      else
        violations.push_back({"data-race", std::move(detail), schedule, {}});
    }
  }
  if (came_around) {
    const std::string who = describe_cycle(recording.trace, execution);
    if (!reached_goal) violations.push_back({std::string(livelock_property), who, schedule, {}});
    for (const std::string& property : unmet)
      violations.push_back({property, "it never holds again: " + who, schedule, {}});
  }
  execution.record_in(nullptr);
  Report& report = recording.report;
  report.complete = false;
  report.reason = replay.divergence();
  if (report.reason.empty() && schedule.cycle() && !came_around) {
    report.reason = "the state at the end of the cycle is not that at its beginning";
  }
  report.verdict = !report.violations.empty() ? Verdict::violated
                   : report.reason.empty()    ? Verdict::holds
                                              : Verdict::inconclusive;
  return recording;
}

// Each violation is found without text; running its schedule once more records it for people.
void add_traces(const Program& program, const Options& options, Report& report) {
  for (Violation& violation : report.violations) {
    if (!violation.trace.events().empty()) continue;
    Recording recording = record_here(program, violation.schedule, options);
    violation.trace = std::move(recording.trace);
    for (const Violation& again : recording.report.violations) {
      if (again.property == violation.property) violation.detail = again.detail;
    }
    if (recording.report.violations.empty() && violation.property != "self-contained") {
      violation.detail += " (not seen when the schedule was run again: the program is not self-contained)";
    }
  }
}

}  // namespace

namespace {

// Of Checkpoints::run, where no states are matched: what other processes had explored may be part of the file.
constexpr std::uint64_t in_parts = 16;

Report explore_here(const Program& program, const Options& options, const void* frame, Checkpoints* checkpoints) {
  const Session session(options);
  std::optional<runtime::OutsideMemory> outside;
  bool cut_short = false;
  const auto explore_states_once = [&](StatefulSearch& search, bool clock_in_state,
                                       std::chrono::steady_clock::time_point start) {
    look_outside(outside, options, frame);  // Each time: the report of a first run may lie in the caller's frame.
    Explorer explorer(program, options, search, clock_in_state);
    if (outside) explorer.watch(&*outside);
    explorer.count_seconds_from(start);
    search.attach(explorer);
    if (checkpoints != nullptr) explorer.keep(*checkpoints);
    Report report = explorer.run();
    cut_short = explorer.was_cut_short();
    return report;
  };
  const auto explore_once = [&] {
    look_outside(outside, options, frame);
    std::optional<ForkedParts> parts;
    const bool begun_in_parts = checkpoints != nullptr && checkpoints->run == in_parts;
    if (options.workers > 1 || begun_in_parts) parts.emplace(options.workers);
    if (checkpoints != nullptr && parts) checkpoints->run = in_parts;
    const std::unique_ptr<Search> search = make_search(options, parts ? &*parts : nullptr);
    Explorer explorer(program, options, *search);
    if (outside) explorer.watch(&*outside);
    if (parts) explorer.share_with(*parts);
    if (checkpoints != nullptr) explorer.keep(*checkpoints);
    try {
      Report report = explorer.run();
      cut_short = explorer.was_cut_short();
      if (parts && parts->is_part()) parts->finish(encode(report), search->message_to_parent());
      return report;
    } catch (...) {
      if (parts && parts->is_part()) parts->fail();  // Never back into the caller's code: the caller is the parent.
      throw;
    }
  };
  const auto record = [&](const Schedule& schedule) { return record_here(program, schedule, options); };
  Report report = options.strategy == Strategy::stateful
                      ? explore_states(options, explore_states_once, record, checkpoints)
                      : explore_once();
  add_traces(program, options, report);
  if (checkpoints != nullptr && !cut_short) checkpoints->write_end(report);
  return report;
}

/// One execution, as it comes, and no more: not even if the step limit cuts it off.
class RunOnce : public Search {
 public:
  std::optional<Branch> begin_execution() override {
    if (std::exchange(begun_, true)) return std::nullopt;
    return Branch{};
  }
  Decision choose(const Point& point) override {
    if (point.alternatives != 0) return {};
    return {.choice = static_cast<std::uint32_t>(std::countr_zero(point.enabled))};
  }
  bool end_execution(Ending, const Execution&, const Hash128*) override { return true; }

 private:
  bool begun_ = false;
};

// Under stateful: this process explores nothing, and its children do.
Report explore_together(const Program& program, const Options& options, const void* frame, Checkpoints* checkpoints) {
  const auto record = [&](const Schedule& schedule) {
    const Session session(options);
    return record_here(program, schedule, options);
  };
  WorkerWays ways;
  ways.explore = [&](const Options& of_worker, WorkerSearch& search, bool clock_in_state) {
    const Session session(of_worker);
    std::optional<runtime::OutsideMemory> outside;
    look_outside(outside, options, frame);
    Explorer explorer(program, of_worker, search, clock_in_state);
    if (outside) explorer.watch(&*outside);
    search.attach(explorer);
    return explorer.run();
  };
  ways.retrace = [&](const Options& of_worker, WorkerRetrace& search, bool clock_in_state) {
    const Session session(of_worker);
    return Explorer(program, of_worker, search, clock_in_state).retrace_alone(search);
  };
  ways.run_here = [&](const Schedule* schedule) {
    const Session session(options);
    Options once;
    once.max_steps = options.max_steps;
    once.max_executions = 1;
    RunOnce any;
    const Schedule none;
    Replay replay(schedule != nullptr ? *schedule : none);  // It keeps a reference.
    (void)Explorer(program, once, schedule != nullptr ? static_cast<Search&>(replay) : any).run();
  };
  ways.record = record;
  ways.record_apart = [&](const Schedule& schedule) {
    Report report;
    report.violations.push_back({{}, {}, schedule, record(schedule).trace});
    return report;
  };
  ExploredByWorkers explored = explore_states_in_workers(options, ways, checkpoints);
  const Session session(options);
  add_traces(program, options, explored.report);
  if (checkpoints != nullptr && !explored.cut_short) checkpoints->write_end(explored.report);
  return std::move(explored.report);
}

Report explore_alone_or_together(const Program& program, const Options& options, const void* frame,
                                 Checkpoints* checkpoints) {
  const bool begun_together = checkpoints != nullptr && WorkersCheckpoint::is_run_of_workers(checkpoints->run);
  const bool together = (options.workers > 1 || begun_together) && options.strategy == Strategy::stateful;
  return together ? explore_together(program, options, frame, checkpoints)
                  : explore_here(program, options, frame, checkpoints);
}

Report explore_isolated(const Program& program, const Options& options, const void* frame, Checkpoints* checkpoints) {
  const auto explore = [&](const Options& of_child, Journal& journal) {
    Execution::instance().keep_journal(&journal);
    return explore_alone_or_together(program, of_child, frame, checkpoints);
  };
  const auto record = [&](const Schedule& schedule) {
    const Session session(options);
    Report report;
    report.violations.push_back({{}, {}, schedule, record_here(program, schedule, options).trace});
    return report;
  };
  return explore_in_child(options, explore, record);
}

}  // namespace

Report explore(const Program& program, const Options& options) {
  validate(options);
  const Options used = effective(options);
  const void* const frame = static_cast<void**>(__builtin_frame_address(0)) + 2;  // Behind the return address.
  const Turn turn;
  runtime::LivenessNumbers::instance().forget();
  std::optional<Checkpoints> checkpoints;
  if (!used.checkpoint_file.empty()) {
    checkpoints.emplace(program, used);
    if (checkpoints->ended()) return *checkpoints->ended();
    if (used.workers > 1 && used.strategy == Strategy::stateful) WorkersCheckpoint::require_workers(*checkpoints);
  }
  Checkpoints* const kept = checkpoints ? &*checkpoints : nullptr;
  return used.isolate ? explore_isolated(program, used, frame, kept)
                      : explore_alone_or_together(program, used, frame, kept);
}

Recording record(const Program& program, const Schedule& schedule, const Options& options) {
  validate(options);
  const Options used = effective(options);
  const void* const frame = static_cast<void**>(__builtin_frame_address(0)) + 2;  // Behind the return address.
  const Turn turn;
  runtime::LivenessNumbers::instance().forget();
  const Session session(used);
  std::optional<runtime::OutsideMemory> outside;
  look_outside(outside, used, frame);
  // Not where it is returned, which is the caller's frame.
  const auto recording = std::make_unique<Recording>(record_here(program, schedule, used));
  if (auto change = outside ? outside->find_change() : std::nullopt) {
    recording->report.violations.push_back({"self-contained", std::move(*change), schedule, {}});
    recording->report.verdict = Verdict::violated;
  }
  return std::move(*recording);
}

Report replay(const Program& program, const Schedule& schedule, const Options& options) {
  Recording recording = record(program, schedule, options);
  for (Violation& violation : recording.report.violations) violation.trace = recording.trace;
  return std::move(recording.report);
}

}  // namespace detail
}  // namespace sim
