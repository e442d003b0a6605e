// All ways to explore a program must agree, and partial-order reduction must take each trace once: on random programs
// over all primitives. `./dev soak N SEED` runs N of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "explore/forked_parts.hpp"
#include "explore/worker_retrace.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/property/generator.hpp"
#include "tests/temporary_folder.hpp"

using namespace sim;
using agreement::outcomes_of;
using agreement::to_the_end;
using agreement::violated_in;
using property::Op;
using property::RandomProgram;

namespace {

constexpr std::uint64_t most_executions = 20'000;

auto as_program(const RandomProgram& program) {
  return [&program] { property::run(program); };
}

Options options_for(const RandomProgram& program, Strategy strategy) {
  Options options = to_the_end(strategy);
  options.time = program.free_time ? Time::free : Time::urgent;
  options.count_traces = true;
  options.max_executions = most_executions;
  return options;
}

Report explored(const RandomProgram& program, const Options& options) {
  return explore(as_program(program), options);
}

// Two accesses that race by clocks are never enabled together where time orders them, or a relaxed access, or where
// what comes between them ends the execution. Nor where a crash comes between that would have ended the thread of the
// first one, had it not ended by itself: then no crash is what ended it.
bool may_hide_data_races(const RandomProgram& program, const Report& all) {
  return violated_in(all).size() > 1 || all.assumed_away > 0 || property::uses_time(program) ||
         property::uses(program, Op::crash_process) || property::uses(program, Op::crash_thread) ||
         property::uses(program, Op::load_relaxed) || property::uses(program, Op::store_relaxed);
}

void require_replays(const RandomProgram& program, const Report& report, const Options& options) {
  for (const Violation& violation : report.violations) {
    const Report again = replay(as_program(program), violation.schedule, options);
    RC_ASSERT(violated_in(again).contains(violation.property));
  }
}

// True where executions of one trace may not look alike, so that there is more than one to count: arrivals at a barrier
// commute until more threads come there than it expects; which ones then do not, depends on who came first.
bool has_ambiguous_traces(const RandomProgram& program) {
  return property::users(program, Op::barrier_arrive_and_wait) > 2 ||
         property::users(program, Op::completing_arrive_and_wait) > 2;
}

// One predicate, as far as racewalk can tell: the same code of one thread.
bool awaits_several_objects(const property::Code& code) {
  std::set<int> objects;
  for (const property::Instruction& it : code) {
    if (it.op == Op::await_at_least) objects.insert(it.object);
  }
  return objects.size() > 1;
}

// What a predicate reads together, dfs learns when it meets it, and does not count anew what it counted before: nor the
// order of two additions to what is awaited, which commute until then.
bool counts_all_traces(const RandomProgram& program) {
  const bool awaits_sum_of_adds = property::uses(program, Op::await_at_least) && property::uses(program, Op::store_add);
  return !awaits_sum_of_adds && std::ranges::none_of(program.threads, awaits_several_objects) &&
         !property::uses(program, Op::await_sum) && !property::uses(program, Op::invariant_sum) &&
         !property::uses(program, Op::any_wait_of_three) && !property::uses(program, Op::all_wait_of_two) &&
         !property::uses(program, Op::all_wait_of_two_for);
}

void compare_reduced(const RandomProgram& program, const Report& all, Options options) {
  options.max_executions = 0;
  options.strategy = Strategy::optimal_dpor;
  const Report reduced = explored(program, options);
  RC_ASSERT(reduced.complete);
  RC_ASSERT(outcomes_of(reduced) == outcomes_of(all));
  RC_ASSERT(violated_in(reduced) == violated_in(all));
  const bool ambiguous = has_ambiguous_traces(program);
  if (!ambiguous) {
    RC_ASSERT(reduced.blocked_executions == 0u);
    RC_ASSERT(reduced.executions == reduced.traces);
    if (counts_all_traces(program)) RC_ASSERT(reduced.traces == all.traces);
  }
  require_replays(program, reduced, options);

  options.strategy = Strategy::source_dpor;
  const Report source = explored(program, options);
  RC_ASSERT(source.complete);
  RC_ASSERT(outcomes_of(source) == outcomes_of(all));
  RC_ASSERT(violated_in(source) == violated_in(all));
  if (!ambiguous) RC_ASSERT(source.traces == reduced.traces);

  options.strategy = Strategy::optimal_dpor;
  options.backtracking = Backtracking::reexecute;
  const Report again = explored(program, options);
  RC_ASSERT(again.executions == reduced.executions);
  RC_ASSERT(again.outcomes == reduced.outcomes);
  RC_ASSERT(violated_in(again) == violated_in(reduced));

  options.backtracking = Backtracking::snapshot;
  options.count_traces = false;  // Which would need every execution to be run.
  options.cache_transitions = Caching::always;
  const Report looked_up = explored(program, options);
  RC_ASSERT(looked_up.complete);
  RC_ASSERT(looked_up.executions == reduced.executions);
  RC_ASSERT(looked_up.transitions == reduced.transitions);
  RC_ASSERT(looked_up.blocked_executions == reduced.blocked_executions);
  RC_ASSERT(looked_up.outcomes == reduced.outcomes);
  RC_ASSERT(violated_in(looked_up) == violated_in(reduced));
  require_replays(program, looked_up, options);
}

#ifdef RACEWALK_ASAN
constexpr bool counts_states = false;  // What runs again leaves other dead bytes in instrumented frames.
#else
constexpr bool counts_states = true;
#endif

void compare_matched(const RandomProgram& program, const Report& all, Options options) {
  options.max_executions = 0;
  options.count_traces = false;
  options.strategy = Strategy::stateful;
  const Report matched = explored(program, options);
  RC_ASSERT(matched.complete);
  const bool races = violated_in(all).contains("data-race");
  RC_ASSERT(violated_in(matched).contains("data-race") == races || (races && may_hide_data_races(program, all)));
  if (!races) {
    RC_ASSERT(outcomes_of(matched) == outcomes_of(all));
    RC_ASSERT(violated_in(matched) == violated_in(all));
  }
  // A program has the states that it has, in whatever order they are met.
  options.order = Order::breadth_first;
  const Report by_breadth = explored(program, options);
  RC_ASSERT(by_breadth.complete);
  RC_ASSERT(violated_in(by_breadth) == violated_in(matched));
  RC_ASSERT(outcomes_of(by_breadth) == outcomes_of(matched));
  if (!counts_states) return;
  RC_ASSERT(by_breadth.states == matched.states);
  RC_ASSERT(by_breadth.executions == matched.executions);
  RC_ASSERT(by_breadth.transitions == matched.transitions);
}

/// Kept in a file, cut short after a few executions again and again, and resumed with other workers each time.
Report explored_piecemeal(const RandomProgram& program, Options options, std::uint64_t executions) {
  const TemporaryFolder folder;
  options.checkpoint_file = folder.file("kept");
  options.workers = *rc::gen::inRange(2u, 5u);
  for (std::uint64_t most = 1; most < executions; most += 1 + *rc::gen::inRange<std::uint64_t>(0, executions)) {
    options.max_executions = most;
    (void)explored(program, options);
    options.resume = true;
    options.workers = *rc::gen::inRange(options.strategy == Strategy::stateful ? 2u : 1u, 5u);
  }
  options.max_executions = 0;
  return explored(program, options);
}

}  // namespace

TEST(RandomPrograms, are_explored_piecemeal_by_several_workers_with_the_same_result) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "what runs again leaves other dead bytes in instrumented frames: such a checkpoint is refused";
#endif
  const auto before = std::exchange(ForkedParts::least_pause, {});
  const auto least_piece = std::exchange(WaysInPieces::least_piece, 5);
  EXPECT_TRUE(rc::check("one process = several, of which each goes on where the last ones stopped", [] {
    const RandomProgram program = *property::programs();
    if (*rc::gen::inRange(0, 10) != 0) return;  // Files take their time.
    Options options = options_for(program, Strategy::optimal_dpor);
    const Report alone = explored(program, options);
    RC_TAG(program.theme, alone.complete ? "compared" : "skipped, too many executions");
    if (!alone.complete) return;
    options.max_executions = 0;
    const Report together = explored_piecemeal(program, options, alone.executions);
    RC_ASSERT(together.complete);
    RC_ASSERT(violated_in(together) == violated_in(alone));
    RC_ASSERT(together.executions == alone.executions);
    if (alone.traces == alone.executions) RC_ASSERT(together.traces == alone.traces);
    RC_ASSERT(together.outcomes == alone.outcomes);
    RC_ASSERT(together.blocked_executions == alone.blocked_executions);
    require_replays(program, together, options);
    options.strategy = Strategy::stateful;
    options.count_traces = false;
    options.workers = 2;
    const Report states = explored(program, options);
    const Report again = explored_piecemeal(program, options, std::max<std::uint64_t>(2, states.executions));
    RC_ASSERT(again.complete == states.complete);
    RC_ASSERT(violated_in(again) == violated_in(states));
    RC_ASSERT(outcomes_of(again) == outcomes_of(states));
    if (counts_states) {
      RC_ASSERT(again.states == states.states);
      RC_ASSERT(again.executions == states.executions);
      RC_ASSERT(again.transitions == states.transitions);
    }
  }));
  ForkedParts::least_pause = before;
  WaysInPieces::least_piece = least_piece;
}

TEST(RandomPrograms, agree_under_dfs_and_stateful_and_source_dpor_and_optimal_dpor) {
  EXPECT_TRUE(rc::check("dfs = stateful = source_dpor = optimal_dpor; traces by brute force = executions", [] {
    const RandomProgram program = *property::programs();
    Options options = options_for(program, Strategy::dfs);
    const Report all = explored(program, options);
    RC_TAG(program.theme, all.complete ? "compared" : "skipped, too many interleavings");
    if (!all.complete) return;
    compare_reduced(program, all, options);
    compare_matched(program, all, options);
  }));
}

TEST(RandomPrograms, have_the_same_executions_however_many_workers_explore_them) {
  const auto before = std::exchange(ForkedParts::least_pause, {});  // As many parts as can be.
  EXPECT_TRUE(rc::check("one worker = several", [] {
    const RandomProgram program = *property::programs();
    Options options = options_for(program, Strategy::optimal_dpor);
    const Report alone = explored(program, options);
    RC_TAG(program.theme, alone.complete ? "compared" : "skipped, too many executions");
    if (!alone.complete) return;
    options.max_executions = 0;
    options.workers = *rc::gen::inRange(2u, 6u);
    options.count_traces = false;
    options.cache_transitions = *rc::gen::element(Caching::never, Caching::always);
    const Report together = explored(program, options);
    RC_ASSERT(together.complete);
    RC_ASSERT(together.outcomes.size() == alone.outcomes.size());
    RC_ASSERT(violated_in(together) == violated_in(alone));
    RC_ASSERT(together.executions == alone.executions);
    RC_ASSERT(together.outcomes == alone.outcomes);
    RC_ASSERT(together.blocked_executions == alone.blocked_executions);
    require_replays(program, together, options);
  }));
  ForkedParts::least_pause = before;
}
