#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash128.hpp"
#include "base/ids.hpp"
#include "event/schedule.hpp"

namespace sim {

class Execution;

/// Names a kept scheduling point; numbers only grow during an exploration.
using PointId = std::uint64_t;
inline constexpr PointId start_of_program = 0;

/// One scheduling point, as a Search sees it.
struct Point {
  PointId id = 0;                  ///< The name that this point gets if the decision keeps it.
  std::uint32_t depth = 0;         ///< Choices made before this one.
  std::uint32_t alternatives = 0;  ///< 0: choose a thread out of `enabled`; else a value below `alternatives`.
  std::uint64_t enabled = 0;       ///< Bit t: thread t can take its next operation. Not zero where a thread is chosen.
  ThreadId thread = 0;             ///< The thread that ran last, or the one that asks for a value.
  const Hash128* state =
      nullptr;                 ///< Identity of the state; null where the Search comes back to, or matches no states.
  const Execution& execution;  ///< The events so far and the next operation of each thread.
};

/// What a Search answers at a scheduling point.
struct Decision {
  std::uint32_t choice = 0;  ///< The thread to run next, or the value.
  bool keep = false;         ///< A later execution may branch here: keep a snapshot. False frees one that was kept.
  bool abandon = false;      ///< End the execution here as redundant.
};

/// What the program observed in an execution that ended by itself: see Execution::outcome().
struct Outcome {
  Hash128 hash;
  std::string text;
};

/// Where the next execution leaves a stored one: a point that was kept and not freed since.
struct Branch {
  PointId point = start_of_program;
  std::uint32_t depth = 0;  ///< Choices before that point.
  /// The last of these, if another one may have been made since from the point before: paths differ in no more than it.
  std::optional<Choice> arrival = {};
  // Where the search knew beforehand what transitions would lead to, and has made them without the program:
  /// So many of them, from the point `left_at` on. They count as others do.
  std::uint32_t foreseen = 0;
  PointId left_at = start_of_program;
  /// The execution was foreseen to its end, and nothing is to be run: how it ended, as another one did that was run.
  const Outcome* outcome = nullptr;
  /// The largest name that the search has given to a point by itself; 0: it has not.
  PointId last_named = 0;
};

/// What a search has explored that lets executions have a number of something (preemptions, delays) up to a bound, and
/// lets the bound grow from 0.
struct BoundsExplored {
  std::vector<std::uint64_t> executions;  ///< With exactly 0, 1, 2, ... of it, as far as they were counted.
  std::uint32_t completed = 0;            ///< How many of these bounds were explored to their ends.
  bool exhausted = false;                 ///< The last of them left nothing out.
};

/// Why an execution ended.
enum class Ending : std::uint8_t { finished, deadlock, violation, step_limit, assumed_away, abandoned, interrupted };

/// Shows a Search states off its way. Used between two executions; nothing that happens there is counted or reported.
class Scout {
 public:
  virtual ~Scout() = default;

  /// Brings the program to a kept point, and from there along `choices`. False: it did not get there.
  virtual bool visit(const Branch& branch, std::span<const Choice> choices) = 0;
  /// Makes one more choice. The execution then stands at the next point, or at its end. Requires: visit() was true.
  virtual void go_on(std::uint32_t choice) = 0;
  /// Ends all visits. Must be called before the next execution begins.
  virtual void come_home() = 0;
};

/// Resolves all nondeterminism. One Search outlives many executions, so that it can remember what it has explored. It
/// must be deterministic: the same calls since construction, with the same seed, give the same answers.
class Search {
 public:
  virtual ~Search() = default;

  /// True iff `choose` needs Point::state.
  virtual bool matches_states() const { return false; }

  /// True iff `recognise` is to be called at each point; it may become true or false between two executions. Then
  /// states can be recognised, as with `matches_states`, but nothing else depends on that.
  virtual bool recognises_states() const { return false; }
  /// The bytes that identify the state at the point about which `choose` will be asked next.
  virtual void recognise(std::span<const std::byte>) {}

  /// Returns the stored point at which the next execution starts, or nullopt when nothing is left. The explorer
  /// restores that point and calls `choose` there again.
  virtual std::optional<Branch> begin_execution() = 0;

  /// Called at each scheduling point and each `choose`. Runs on the stack of the stopped thread, unless the Search
  /// matches states.
  virtual Decision choose(const Point& point) = 0;

  /// Observes the finished execution, for example to find races to reverse. `state` is its final state, null unless the
  /// Search matches states. Returns false if an equal execution was counted before.
  virtual bool end_execution(Ending ending, const Execution& execution, const Hash128* state) = 0;

  /// The choices that lead to a kept point, for re-execution when its snapshot is not there. The default is right for
  /// searches whose branches lie on the last execution: its leading choices.
  virtual std::optional<std::vector<Choice>> path_to(const Branch&) const { return std::nullopt; }

  /// True iff branches lie on the last execution, so that all points after a branch are never returned to.
  virtual bool is_depth_first() const { return false; }

  /// Given once, before the first execution.
  virtual void use(Scout&) {}

  /// True, once, if begin_execution() gave up all that was explored so far because it was based on a wrong assumption:
  /// what was counted is to be forgotten, and begin_execution() called again.
  virtual bool starts_over() { return false; }
  /// The kept points on the way to a kept point, the nearest last, for re-execution from one of them. The default,
  /// nullopt, is right for searches whose kept points all lie on one path: those that were kept before.
  virtual std::optional<std::vector<Branch>> kept_on_the_way_to(const Branch&) const { return std::nullopt; }

  /// States stored so far, bytes held, and states that were cut by the step limit and not expanded since.
  virtual std::uint64_t states() const { return 0; }
  virtual std::uint64_t memory_bytes() const { return 0; }
  virtual std::uint64_t unexpanded_states() const { return 0; }

  /// How much of the tree is behind, 0 to 1, if all subtrees below a point were equally large (Knuth, Estimating the
  /// efficiency of backtrack programs, Mathematics of Computation 29, 1975; weighted as by Kilby et al., AAAI 2006).
  /// 0: unknown. Not called often.
  virtual double fraction_done() const { return 0; }

  /// Told once when snapshots begin to thin out, so that a search can prefer points that still have theirs.
  virtual void snapshots_are_scarce() {}

  /// Null for a search that does not explore bound after bound.
  virtual const BoundsExplored* bounds() const { return nullptr; }

  /// True iff the search wants to know the names of objects: `object_named` is then called whenever one gets its name.
  /// An object that is named before a point is not named again by executions that begin there. Asked once at the start
  /// of the program.
  virtual bool wants_names() const { return false; }
  virtual void object_named(ObjectId, std::string_view) {}

  // Where parts of the exploration are left to other processes (explore/forked_parts.hpp):
  /// In a process that explores a part: what its parent must know beside the report.
  virtual std::string message_to_parent() { return {}; }
  /// Waits for the parts that other processes explore. Called when the exploration stops before its end.
  virtual void gather_parts() {}

  /// What a person should know of the exploration, apart from its result; empty: nothing.
  virtual std::string remark() const { return {}; }

  /// False for a sample: reaching the end of it proves nothing.
  virtual bool is_complete() const { return true; }
};

}  // namespace sim
