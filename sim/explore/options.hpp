#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim {

/// How executions are chosen. Spelled the same on the command line and in scenarios.
enum class Strategy {
  dfs,
  source_dpor,
  optimal_dpor,
  stateful,
  preemption_bounded,
  delay_bounded,
  random_walk,
  pct,
  pos,
  surw
};
std::string_view to_text(Strategy strategy);
std::optional<Strategy> strategy_from_text(std::string_view text);
/// True for a strategy that draws executions at random: it proves nothing, and estimates how likely a failure is.
bool is_sample(Strategy strategy);
/// True for a strategy that can explore with more than one worker.
bool takes_workers(Strategy strategy);

/// How the state of a stored point comes back: from a snapshot of the memory, or by running the program again.
enum class Backtracking { snapshot, reexecute };

/// The order in which `stateful` expands states. Breadth-first finds a shortest counterexample of each property.
enum class Order { depth_first, breadth_first };

/// When timers fire: only when nothing else can run, or at any point in the order of their deadlines.
enum class Time { urgent, free };

/// When `stateful` takes two states for the same: equal memory, or equal logical contents (objects, and all that each
/// thread has read so far). The second is finer on programs that forget what they read, and needs a terminating
/// program.
enum class StateIdentity { memory, logical };

/// Whether a search looks up what a transition leads to from a state, instead of running it again.
enum class Caching { automatic, never, always };

/// How far an exploration has come.
struct Progress {
  std::uint64_t executions = 0, states = 0, transitions = 0, depth = 0, memory_bytes = 0;
  double seconds = 0;
  double fraction_done = 0;  ///< Of a tree that is explored depth first; 0: unknown.
  /// By that fraction, and the least and greatest estimate of late. 0: unknown.
  double estimated_executions = 0, estimate_low = 0, estimate_high = 0;
  double seconds_left = 0;
};

/// An aggregate: designated initialisers in this order; new fields come at the end.
struct Options {
  Strategy strategy = Strategy::optimal_dpor;
  std::uint64_t seed = 1;
  std::optional<std::uint32_t> bound = {};
  std::uint32_t pct_depth = 3;         ///< Under `pct`: the depth of the bugs it looks for, from 1.
  std::uint64_t max_executions = 0;    ///< 0: no limit; a random strategy without any limit stops at 100,000.
  std::uint64_t max_steps = 10'000;    ///< Scheduling points of one execution.
  double max_seconds = 0;              ///< 0: no limit.
  std::uint64_t max_memory_bytes = 0;  ///< Snapshots and visited states together; 0: no limit.
  bool stop_at_first_violation = true;
  unsigned workers = 1;  ///< Processes that explore together, 1 to 64; see takes_workers().
  Backtracking backtracking = Backtracking::snapshot;

  Order order = Order::depth_first;
  Time time = Time::urgent;
  StateIdentity identity = StateIdentity::memory;
  bool count_logical_states = false;              ///< Under `stateful`: also count logically distinct states.
  std::uint64_t stack_bytes = 256 * 1024;         ///< Of each thread; 16 KiB to 32 MiB.
  std::uint64_t snapshot_budget_bytes = 1 << 30;  ///< Beyond it snapshots thin out and gaps are re-executed.
  bool unwind = false;               ///< Unwind abandoned threads, so that destructors run. Implies re-execution.
  bool isolate = false;              ///< Explore in a forked child, so that a wild write cannot harm the caller.
  bool check_self_contained = true;  ///< Look for memory outside the program that it changed.
  /// A transition that takes longer is a violation; 0: wait for ever. Of the thread's own time: that it runs, or waits
  /// in the kernel, but not for a processor that others use.
  double hang_seconds = 10;
  std::vector<std::string> stop_after = {};  ///< Stop once every property named here was violated (if not empty).
  std::function<void(const Progress&)> progress = {};  ///< Called about ten times a second.
  bool count_traces = false;  ///< Also count the traces among the executions: Report::traces. Not under `stateful`.
  /// Under `surw`: the objects whose operations are to be sampled uniformly, by name. Patterns with `*` and `?`,
  /// separated by commas; empty: all operations.
  std::string select = {};
  /// Under `stateful`: look for executions that never end, in the graph of the states. See docs/reference/stateful.md.
  bool livelocks = true;

  /// Where the exploration is kept, so that another process of the same executable can go on with it; empty: nowhere.
  /// See docs/how-to/resume-an-exploration.md.
  std::string checkpoint_file = {};
  double checkpoint_seconds = 30;  ///< So often; also at the start and at the end.
  bool resume = false;             ///< Go on with what checkpoint_file holds, instead of from the start.
  /// Tells apart what the executable and these options do not: a checkpoint is resumed only by the same text.
  std::string checkpoint_label = {};

  /// Under `optimal_dpor`: transitions that were run from the same state before are looked up. See docs/decisions/0024.
  /// `automatic`: if it pays. The counts are the same.
  Caching cache_transitions = Caching::automatic;
};

}  // namespace sim
