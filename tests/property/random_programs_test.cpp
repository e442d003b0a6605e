// Laws over random programs. RC_PARAMS sets how many, for example RC_PARAMS="max_success=100000 seed=7".
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "explore/forked_parts.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/property/random_program.hpp"

using namespace sim;
using agreement::outcomes_of;
using agreement::to_the_end;
using agreement::violated_in;
using property::Code;
using property::Enumeration;
using property::Instruction;
using property::Op;
using property::RandomProgram;

namespace {

// RapidCheck reads it at its first use.
#ifdef RACEWALK_ASAN
const int default_parameters = setenv("RC_PARAMS", "max_success=100 seed=1", 0);
#else
const int default_parameters = setenv("RC_PARAMS", "max_success=2000 seed=1", 0);
#endif

// A few instructions that belong together, such as a critical section. Also how many steps they take.
rc::Gen<Code> phrase() {
  const auto one = [](Op op, int object, int value) { return Code{{op, object, value}}; };
  return rc::gen::apply(
      [one](int kind, int object, int value) -> Code {
        switch (kind) {
          case 0:
            return one(Op::load, object, 0);
          case 1:
            return one(Op::store, object, value);
          case 2:
            return one(Op::fetch_add, object, value + 1);
          case 3:
            return one(Op::exchange, object, value);
          case 4:
            return one(Op::compare_exchange, object, value);
          case 5:
            return one(Op::await_at_least, object, value);
          case 6:
            return one(Op::plain_load, 0, 0);
          case 7:
            return one(Op::plain_store, 0, value);
          case 8:
            return {{Op::lock, object, 0}, {Op::unlock, object, 0}};
          case 9:
            return {{Op::lock, object, 0}, {Op::fetch_add, 0, 1}, {Op::unlock, object, 0}};
          case 10:
            return {{Op::lock, object, 0}, {Op::plain_load, 0, 0}, {Op::unlock, object, 0}};
          case 11:
            return {
                {Op::lock, object, 0}, {Op::lock, 1 - object, 0}, {Op::unlock, 1 - object, 0}, {Op::unlock, object, 0}};
          case 12:
            return {{Op::try_lock_or_skip, object, 2}, {Op::fetch_add, 1, 1}, {Op::unlock, object, 0}};
          case 13:
            return {{Op::lock, 0, 0}, {Op::wait, 0, 0}, {Op::wake, 0, 0}, {Op::unlock, 0, 0}};
          case 14:
            return one(Op::notify_one, 0, 0);
          case 15:
            return one(Op::notify_all, 0, 0);
          case 16:
            return {{Op::lock, 0, 0}, {Op::notify_one, 0, 0}, {Op::unlock, 0, 0}};
          case 17:
            return one(Op::acquire, 0, 0);
          case 18:
            return one(Op::try_acquire, 0, 0);
          case 19:
            return one(Op::release, 0, 0);
          case 20:
            return one(Op::send, 0, value);
          case 21:
            return one(Op::receive, 0, 0);
          case 22:
            return one(Op::try_send, 0, value);
          case 23:
            return one(Op::try_receive, 0, 0);
          case 24:
            return one(Op::close, 0, 0);
          case 25:
            return one(Op::yield, 0, 0);
          case 26:
            return one(Op::sleep, 0, value + 1);
          case 27:
            return one(Op::choose, 0, value + 2);
          default:
            return one(Op::check_not, 0, value + 1);
        }
      },
      rc::gen::elementOf([] {
        std::vector<int> kinds;
        for (int kind = 0; kind <= 28; ++kind) kinds.push_back(kind);
        return kinds;
      }()),
      rc::gen::element(0, 1), rc::gen::element(0, 1, 2));
}

rc::Gen<Code> code() {
  return rc::gen::map(rc::gen::resize(4, rc::gen::container<std::vector<Code>>(phrase())),
                      [](const std::vector<Code>& phrases) {
                        Code all;
                        for (const Code& phrase : phrases) all.insert(all.end(), phrase.begin(), phrase.end());
                        return all;
                      });
}

// Interleavings of straight-line code, were nothing to block: a multinomial. Choices multiply it.
double interleavings(const RandomProgram& program) {
  double count = 1, steps = 0;
  for (const Code& thread : program.threads) {
    double own = 0;
    for (const Instruction& i : thread) {
      if (i.op == Op::choose)
        count *= i.value;
      else if (i.op != Op::check_not)
        count *= ++steps / ++own;
    }
  }
  return count;
}

// Cuts threads short, between critical sections, until there are few interleavings.
RandomProgram cut(std::vector<Code> threads, bool free_time) {
  RandomProgram program{std::move(threads), free_time};
  if (program.threads.size() > 4) program.threads.resize(4);
  while (interleavings(program) > 4'000) {
    Code& longest = *std::ranges::max_element(program.threads, {}, &Code::size);
    int held = 0;
    std::size_t end = 0, last_end = 0;
    for (std::size_t at = 0; at + 1 < longest.size(); ++at) {
      const Op op = longest[at].op;
      held += op == Op::lock || op == Op::try_lock_or_skip ? 1 : op == Op::unlock ? -1 : 0;
      end = at + 1;
      if (held == 0) last_end = end;
    }
    longest.resize(last_end);
  }
  return program;
}

rc::Gen<RandomProgram> programs() {
  return rc::gen::apply(cut, rc::gen::resize(4, rc::gen::container<std::vector<Code>>(code())),
                        rc::gen::arbitrary<bool>());
}

// Outcomes of executions with a data race say so behind everything else.
std::map<std::string, std::uint64_t> without_races(const Report& report) {
  std::map<std::string, std::uint64_t> outcomes;
  for (const auto& [outcome, count] : report.outcomes) {
    const bool alone = outcome == "data-race";
    const std::size_t at = outcome.rfind(" data-race");
    outcomes[alone                                                  ? ""
             : at != std::string::npos && at + 10 == outcome.size() ? outcome.substr(0, at)
                                                                    : outcome] += count;
  }
  return outcomes;
}

Options options_for(const RandomProgram& program, Strategy strategy) {
  Options options = to_the_end(strategy);
  options.time = program.free_time ? Time::free : Time::urgent;
  return options;
}

bool sleeps(const RandomProgram& program) {
  const auto in = [](const Code& code) {
    return std::ranges::any_of(code, [](const Instruction& i) { return i.op == Op::sleep; });
  };
  return std::ranges::any_of(program.threads, in);
}

auto as_program(const RandomProgram& program) {
  return [&program] { property::run(program); };
}

void require_same(const Report& one, const Report& other) {
  RC_ASSERT(one.executions == other.executions);
  RC_ASSERT(one.outcomes == other.outcomes);
  RC_ASSERT(violated_in(one) == violated_in(other));
}

void require_replays(const RandomProgram& program, const Report& report, const Options& options) {
  for (const Violation& violation : report.violations) {
    const Report again = replay(as_program(program), violation.schedule, options);
    RC_ASSERT(violated_in(again).contains(violation.property));
  }
}

}  // namespace

TEST(RandomPrograms, have_the_executions_and_outcomes_that_an_enumeration_without_the_engine_finds) {
  EXPECT_TRUE(rc::check("dfs = enumeration", [] {
    const RandomProgram program = *programs();
    const Enumeration expected = property::enumerate(program);
    const Report report = explore(as_program(program), options_for(program, Strategy::dfs));
    RC_TAG(expected.violated.empty() ? "holds" : "violated");
    RC_ASSERT(report.complete);
    RC_ASSERT(report.executions == expected.executions);
    RC_ASSERT(without_races(report) == expected.outcomes);
    std::set<std::string> violated = violated_in(report);
    violated.erase("data-race");
    RC_ASSERT(violated == expected.violated);
  }));
}

TEST(RandomPrograms, have_the_same_executions_without_snapshots) {
  EXPECT_TRUE(rc::check("snapshots = few snapshots = re-execution", [] {
    const RandomProgram program = *programs();
    Options options = options_for(program, Strategy::dfs);
    const Report restored = explore(as_program(program), options);
    require_replays(program, restored, options);
    options.snapshot_budget_bytes = *rc::gen::element<std::uint64_t>(1, 5'000, 20'000);
    require_same(explore(as_program(program), options), restored);
    options.backtracking = Backtracking::reexecute;
    require_same(explore(as_program(program), options), restored);
  }));
}

TEST(RandomPrograms, have_the_same_outcomes_and_violations_when_states_are_matched) {
  EXPECT_TRUE(rc::check("stateful = dfs", [] {
    const RandomProgram program = *programs();
    const Report all = explore(as_program(program), options_for(program, Strategy::dfs));
    const bool races = violated_in(all).contains("data-race");
    Options options = options_for(program, Strategy::stateful);
    for (const Order order : {Order::depth_first, Order::breadth_first}) {
      options.order = order;
      for (const StateIdentity identity : {StateIdentity::memory, StateIdentity::logical}) {
        options.identity = identity;
        options.snapshot_budget_bytes = *rc::gen::element<std::uint64_t>(1 << 30, 5'000);
        const Report matched = explore(as_program(program), options);
        RC_ASSERT(matched.complete);
        // What only urgent time orders is a data race by clocks, but never co-enabled.
        RC_ASSERT(violated_in(matched).contains("data-race") == races || (races && sleeps(program)));
        if (!races) {
          RC_ASSERT(outcomes_of(matched) == outcomes_of(all));
          RC_ASSERT(violated_in(matched) == violated_in(all));
        }
        require_replays(program, matched, options);
      }
    }
  }));
}

TEST(RandomPrograms, have_as_many_logical_states_in_both_orders) {
  EXPECT_TRUE(rc::check("depth first = breadth first", [] {
    const RandomProgram program = *programs();
    Options options = options_for(program, Strategy::stateful);
    options.identity = StateIdentity::logical;
    const Report depth = explore(as_program(program), options);
    options.order = Order::breadth_first;
    options.backtracking = Backtracking::reexecute;
    const Report breadth = explore(as_program(program), options);
    RC_ASSERT(breadth.states == depth.states);
    RC_ASSERT(breadth.executions == depth.executions);
  }));
}

TEST(RandomPrograms, have_the_executions_within_a_bound_that_the_enumeration_counts) {
  EXPECT_TRUE(rc::check("bounded = enumeration", [] {
    const RandomProgram program = *programs();
    const Enumeration expected = property::enumerate(program);
    for (const Strategy strategy : {Strategy::preemption_bounded, Strategy::delay_bounded}) {
      std::vector<std::uint64_t> counts =
          strategy == Strategy::preemption_bounded ? expected.by_preemptions : expected.by_delays;
      Options options = options_for(program, strategy);
      const Report all = explore(as_program(program), options);
      RC_ASSERT(all.complete);
      RC_ASSERT(all.bound->exhausted);
      RC_ASSERT(all.bound->executions == counts);
      RC_ASSERT(without_races(all) == expected.outcomes);
      options.bound = *rc::gen::inRange<std::uint32_t>(0, 4);
      const Report part = explore(as_program(program), options);
      counts.resize(part.bound->executions.size());
      RC_ASSERT(part.bound->executions == counts);
      RC_ASSERT(part.bound->executions.size() <= *options.bound + 1);
      RC_ASSERT(!violated_in(part).empty() || part.bound->holds == part.bound->completed - 1);
    }
  }));
}

TEST(RandomPrograms, show_only_what_is_possible_when_they_are_sampled) {
  EXPECT_TRUE(rc::check("samples are among all", [] {
    const RandomProgram program = *programs();
    const Enumeration expected = property::enumerate(program);
    for (const Strategy strategy : {Strategy::random_walk, Strategy::pct, Strategy::pos, Strategy::surw}) {
      Options options = options_for(program, strategy);
      options.max_executions = 50;
      options.seed = *rc::gen::arbitrary<std::uint64_t>();
      options.pct_depth = *rc::gen::inRange<std::uint32_t>(1, 6);
      const Report sample = explore(as_program(program), options);
      RC_ASSERT(sample.executions == 50);
      for (const auto& [outcome, count] : without_races(sample)) RC_ASSERT(expected.outcomes.contains(outcome));
      require_replays(program, sample, options);
    }
  }));
}

TEST(RandomPrograms, have_one_execution_of_each_trace_under_optimal_dpor) {
  EXPECT_TRUE(rc::check("optimal_dpor = dfs, one execution a trace, none blocked", [] {
    const RandomProgram program = *programs();
    Options options = options_for(program, Strategy::dfs);
    options.count_traces = true;
    const Report all = explore(as_program(program), options);
    options.strategy = Strategy::optimal_dpor;
    const Report reduced = explore(as_program(program), options);
    RC_TAG(reduced.executions == all.executions ? "nothing to reduce" : "reduced");
    RC_ASSERT(reduced.complete);
    RC_ASSERT(outcomes_of(reduced) == outcomes_of(all));
    RC_ASSERT(violated_in(reduced) == violated_in(all));
    RC_ASSERT(reduced.blocked_executions == 0u);
    RC_ASSERT(reduced.executions == reduced.traces);
    RC_ASSERT(reduced.executions == all.traces);
    require_replays(program, reduced, options);
    options.backtracking = Backtracking::reexecute;
    require_same(explore(as_program(program), options), reduced);
  }));
}

TEST(RandomPrograms, have_the_same_executions_however_many_workers_explore_them) {
  const auto before = std::exchange(ForkedParts::least_pause, {});  // As many parts as can be.
  EXPECT_TRUE(rc::check("one worker = several", [] {
    const RandomProgram program = *programs();
    Options options = options_for(program, Strategy::optimal_dpor);
    options.count_traces = true;
    const Report alone = explore(as_program(program), options);
    RC_PRE(alone.executions > 1);
    options.workers = *rc::gen::inRange(2u, 6u);
    const Report together = explore(as_program(program), options);
    RC_ASSERT(together.complete);
    RC_ASSERT(together.blocked_executions == 0u);
    RC_ASSERT(together.traces == alone.traces);
    require_same(together, alone);
    require_replays(program, together, options);
  }));
  ForkedParts::least_pause = before;
}

TEST(RandomPrograms, have_every_trace_under_source_dpor) {
  EXPECT_TRUE(rc::check("source_dpor = dfs", [] {
    const RandomProgram program = *programs();
    Options options = options_for(program, Strategy::dfs);
    options.count_traces = true;
    const Report all = explore(as_program(program), options);
    options.strategy = Strategy::source_dpor;
    const Report reduced = explore(as_program(program), options);
    RC_ASSERT(reduced.complete);
    RC_ASSERT(outcomes_of(reduced) == outcomes_of(all));
    RC_ASSERT(violated_in(reduced) == violated_in(all));
    RC_ASSERT(reduced.traces == all.traces);
  }));
}
