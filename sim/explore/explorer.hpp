#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash128.hpp"
#include "explore/checkpoints.hpp"
#include "explore/explore.hpp"
#include "explore/forked_parts.hpp"
#include "explore/retraceable.hpp"
#include "explore/snapshot_store.hpp"
#include "explore/suspendable.hpp"
#include "explore/trace_counter.hpp"
#include "explore/visited_set.hpp"
#include "runtime/execution.hpp"
#include "runtime/search.hpp"
#include "runtime/self_contained.hpp"

namespace sim {

/// Forgets an interruption; true once interrupt() was called since; and lets another flag interrupt, too.
void begin_uninterrupted();
bool is_interrupted();
void stop_when(const std::atomic<bool>* flag);
/// From now on interrupt() does not interrupt, in this process: only the flag does. It can be asked for.
void leave_interruptions_to_others();
bool was_interrupted_here();

/// Judges by the violations, and by whether everything was explored.
Verdict verdict_of(const Report& report);

/// Why a search that closes may still prove nothing under urgent time.
inline constexpr std::string_view time_stands_still =
    "no execution ends, because a thread polls while timers wait: time passes only when nothing else can run; wait "
    "with "
    "sim::await instead of polling, or use time = free";

// Why an exploration stopped, as reports say it.
inline constexpr std::string_view stopped_at_violation = "stopped at the first violation";
inline constexpr std::string_view stopped_at_all_expected = "stopped when every expected property was violated";
std::string out_of_executions(const Options& options);
std::string out_of_memory(const Options& options);
std::string out_of_time(const Options& options);
/// True iff every property that the options name to stop after is violated in `report`.
bool has_all_expected(const Options& options, const Report& report);

/// Hears of what is found as soon as it is found.
class Listener {
 public:
  virtual ~Listener() = default;
  /// A property was violated for the first time, or along a shorter schedule than before.
  virtual void violated(const Violation& violation) = 0;
  /// An execution ends with an outcome that none had before. Called before the search hears of that end.
  virtual void ends_with(const std::string& outcome) = 0;
};

/// The outer loop: asks a Search where to go next, brings the program there, and follows it from stop to stop.
class Explorer : private Scout, private PointKeeper {
 public:
  Explorer(const detail::Program& program, const Options& options, Search& search, bool clock_in_state = false);

  /// Looks now and then whether the program has changed `memory`. Requires: called before run().
  void watch(runtime::OutsideMemory* memory) { outside_ = memory; }

  /// Tells `listener` what is found. Requires: called before run().
  void tell(Listener* listener) { listener_ = listener; }

  // For a search that shares its work with other processes.
  /// Takes over a state that lies at the end of `path`; `snapshot` may be null. It is a kept point from now on.
  /// Requires: no point is kept.
  PointId adopt(const std::vector<Choice>& path, Snapshot* snapshot);
  /// The snapshot of a kept point; null if there is none.
  const Snapshot* snapshot_of(PointId point) const { return snapshots_.find(point); }
  /// Nobody will branch at a kept point, or another process will.
  void give_up(PointId point) { snapshots_.free(point); }

  /// Time counts from here, not from the beginning of run(). Requires: called before run().
  void count_seconds_from(std::chrono::steady_clock::time_point start) { start_ = start; }

  /// What is short, and of no use by half.
  void ignore_interruptions() { can_be_interrupted_ = false; }

  /// Other processes explore parts of this exploration. Requires: called before run().
  void share_with(ForkedParts& parts);

  /// Begins where an earlier process left off, and keeps checkpoints. Throws checkpoint::Error if the search cannot.
  /// Requires: called before run().
  void keep(Checkpoints& checkpoints);
  /// True iff a budget or an interruption has ended run(): there is more to explore.
  bool was_cut_short() const { return cut_short_; }

  /// Makes again the steps by which a search that matches states came to them, and no others. False if it was
  /// interrupted. Throws checkpoint::Error if the program does not repeat itself.
  bool retrace_alone(checkpoint::Retraceable& search);
  /// What it would report if it had to end now, of an exploration that goes on. Requires: between two executions.
  Report report_so_far() const;

  /// Explores until the search has nothing left, a budget runs out, or a violation ends it. The violations have no
  /// trace yet.
  Report run();

 private:
  using SteadyClock = std::chrono::steady_clock;

  bool visit(const Branch& branch, std::span<const Choice> choices) override;
  void go_on(std::uint32_t choice) override;
  void come_home() override;
  void keep_point() override;

  void go_to(const Branch& branch);
  void bring_to(const Branch& branch);
  void forget_results();
  bool has_begun_as_part();
  void begin_part();
  void go_on_with(const std::string& left);
  bool suspend_parts();
  void leave_part();
  bool must_leave_part() const;
  void collect_reports();
  void merge_parts();
  void keep_violations_of_parts();
  bool were_parts_stopped();
  bool have_all_expected() const;
  void look_while_waiting();
  void keep_path_in_journal(const Branch& branch);
  const Snapshot* nearest_before(const Branch& branch, std::uint32_t& depth) const;
  void run_execution();
  /// Decides at a stop of kind `point`; false if the execution was abandoned there.
  inline bool decide_here();
  void end(Execution::Stop stop);
  void end_with_state(Ending ending, const char* property);
  bool ends_in_race();
  static bool offers(const Point& point, std::uint32_t choice);
  bool took_another_course();
  void make_stacks_known();
  bool must_hash() const { return search_.matches_states(); }
  Hash128 current_state();
  void count_logical_state(const Hash128& state);
  /// Tells the search that the execution ended in this state; false if an equal one was counted before.
  bool end_search_here(Ending ending);
  bool has_data_race();
  std::optional<std::pair<ThreadId, ThreadId>> co_enabled_race() const;
  void count_execution(const std::string& property);
  void add_violation(const Finding& finding, std::vector<Choice> path);
  std::vector<Choice> path_so_far() const;
  bool should_stop();
  void plan_next_check(double now);
  bool stop_because(std::string reason);
  std::uint64_t memory_in_use() const;
  std::uint64_t budgeted_executions() const;
  void report_progress(double seconds);
  void estimate_total(Progress& progress);
  void check_outside();
  void finish_report();
  void report_bounds();
  double seconds_since_start() const;
  bool cut_short_because(std::string reason);

  // Checkpoints: explorer_checkpoints.cpp, explorer_retrace.cpp.
  void write_checkpoint();
  void save(checkpoint::Writer& to) const;
  void resume_saved();
  void load(checkpoint::Reader& from);
  void resume_retraceable(checkpoint::Reader& from);
  void check_end(const checkpoint::Reader& from) const;
  void repeat_last_execution();
  void end_repetition(Execution::Stop stop);
  [[noreturn]] void does_not_repeat();
  void step_again(const checkpoint::Retraceable::Step& step, std::vector<PointId>& way);
  bool retrace(checkpoint::Retraceable& search, checkpoint::Reader& from);
  Hash128 hash_of_log() const;

  std::uint64_t& outcome_count(const std::string& property);
  template <class Text>
  std::uint64_t& outcome_count(const Hash128& hash, Text text);
  void count_foreseen(const Outcome& outcome);
  void count_if_failing();

  const Options& options_;
  Listener* listener_ = nullptr;
  bool prepared_ = false;  ///< The program was started, or can be restored.
  runtime::OutsideMemory* outside_ = nullptr;
  ForkedParts* parts_ = nullptr;
  std::uint64_t rounds_ = 0, next_check_of_outside_ = 1;
  Search& search_;
  Execution& execution_;
  ExecutionSettings settings_;
  SnapshotStore snapshots_;
  Snapshot scratch_;
  bool scratch_is_current_ = false;
  VisitedSet counted_states_, logical_states_;  ///< With Options::count_logical_states.
  std::optional<TraceCounter> traces_;
  Report report_;
  Branch branch_;
  std::optional<StepLog> log_at_home_;  ///< While the search visits states off its way: the last execution.
  std::vector<Choice> choices_at_home_;
  bool came_back_ = false;                ///< The point at which the execution stands was kept before.
  PointId stands_at_ = start_of_program;  ///< The kept point at which it was left; start_of_program: at none.
  bool started_ = false;
  PointId last_point_ = start_of_program;
  bool cut_by_steps_ = false;
  bool stopped_ = false, can_be_interrupted_ = true;
  std::uint32_t clean_bounds_ = UINT32_MAX;  ///< Bounds that were complete when the first violation was found.
  static constexpr std::uint32_t none_failed = UINT32_MAX;
  std::uint32_t failed_depth_ = none_failed;  ///< Choices before the current path violated something first.
  bool told_scarce_ = false;
  static constexpr std::uint32_t most_stops_between_checks = 256;
  std::uint32_t until_check_ = 1, stops_between_checks_ = 1;
  double last_check_ = 0;
  std::uint64_t transitions_before_ = 0;
  std::vector<double> estimates_;  ///< Of all executions there are, one for each report of progress.
  double next_progress_ = 0.1;
  SteadyClock::time_point start_ = SteadyClock::now();
  std::unordered_map<std::uint64_t, std::uint64_t*> outcome_by_hash_;  ///< Looked up, never iterated.
  std::uint64_t last_outcome_hash_ = 0;
  std::uint64_t* last_outcome_ = nullptr;
  std::string cut_thread_;

  /// The execution that ended last, to be run once more by a process that resumes.
  struct LastExecution {
    Execution::Stop stop = Execution::Stop::abandoned;
    std::vector<Choice> path;
    bool is_whole = true;  ///< Not only what comes before a point at which the search waits.
    Hash128 log;
  };
  void save_place(checkpoint::Writer& to) const;
  void load_place(checkpoint::Reader& from);
  Checkpoints* checkpoints_ = nullptr;
  checkpoint::Resumable* resumable_ = nullptr;
  checkpoint::Retraceable* retraceable_ = nullptr;  ///< The same, if it is one.
  checkpoint::Suspendable* suspendable_ = nullptr;  ///< The same, if parts of a kept exploration are other processes'.
  Report of_parts_;                                 ///< What parts have reported.
  bool parts_are_complete_ = true;
  std::uint64_t rounds_before_part_ = 0;
  std::optional<LastExecution> to_repeat_;
  std::optional<Execution::Stop> last_stop_;
  bool repeating_ = false;
  bool cut_short_ = false;
  bool checkpoint_is_due_ = false;
  double next_checkpoint_ = 0;
};

}  // namespace sim
