#include "cli/names.hpp"

#include <array>

#include "models/registry.hpp"

namespace sim::cli {
namespace {

using scenario::BoundUse;

constexpr std::array strategy_rows = {
    StrategyInfo{Strategy::dfs, "every interleaving, depth first", {}},
    StrategyInfo{Strategy::stateful, "every state once; breadth-first order finds shortest counterexamples", {}},
    StrategyInfo{Strategy::source_dpor, "one interleaving or more of each equivalence class, by source sets",
                 "Abdulla et al., POPL 2014"},
    StrategyInfo{Strategy::optimal_dpor, "exactly one interleaving of each equivalence class",
                 "Abdulla et al., POPL 2014"},
    StrategyInfo{Strategy::preemption_bounded, "every interleaving with 0, 1, 2, ... preemptions, up to a bound",
                 "Musuvathi and Qadeer, PLDI 2007", BoundUse::optional},
    StrategyInfo{Strategy::delay_bounded, "every interleaving with 0, 1, 2, ... delays of a round robin, up to a bound",
                 "Emmi et al., POPL 2011", BoundUse::optional},
    StrategyInfo{Strategy::random_walk, "a sample: each choice is drawn at random", {}},
    StrategyInfo{Strategy::pct, "a sample by random priorities of threads, which change at few points",
                 "Burckhardt et al., ASPLOS 2010"},
    StrategyInfo{Strategy::pos, "a sample by random priorities of events, drawn again after each race",
                 "Yuan et al., CAV 2018"},
    StrategyInfo{Strategy::surw, "a sample that is uniform over the interleavings of all, or of selected operations",
                 "Zhao et al., ASPLOS 2025"},
};

constexpr std::array property_rows = {
    BuiltInProperty{"deadlock", "no thread can go on, and some have not ended"},
    BuiltInProperty{"livelock",
                    "threads go on for ever, and no schedule ends the program or reaches a goal (stateful)"},
    BuiltInProperty{"data-race", "two plain accesses to one variable, one of them a write, without synchronization"},
    BuiltInProperty{"uncaught-exception", "an exception left a thread, or a function that must not throw"},
    BuiltInProperty{"assertion", "assert() failed"},
    BuiltInProperty{"signal", "the program crashed: SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT"},
    BuiltInProperty{"stack-overflow", "a thread needed more stack than it has"},
    BuiltInProperty{"invalid-free", "freed memory that is not the start of a block in use"},
    BuiltInProperty{"hang", "a thread ran for long without reaching a scheduling point"},
    BuiltInProperty{"exit", "the program called exit()"},
    BuiltInProperty{"self-contained", "the program depends on memory outside it that an execution changes"},
    BuiltInProperty{"thread-not-joined", "a thread object was destroyed that was neither joined nor detached"},
    BuiltInProperty{"thread-misuse", "joined or detached a thread that is not joinable"},
    BuiltInProperty{"mutex-misuse", "unlocked a mutex, or waited on a condition, without holding the mutex"},
    BuiltInProperty{"channel-misuse", "sent on a closed channel, or made one without room"},
    BuiltInProperty{"semaphore-misuse", "a semaphore was released beyond its maximum"},
    BuiltInProperty{"latch-misuse", "a latch was counted down below zero"},
    BuiltInProperty{"barrier-misuse",
                    "more threads came to a barrier than it expects, or waited for a phase long over"},
    BuiltInProperty{"choose-misuse", "asked for one of no values"},
    BuiltInProperty{"initial-state-misuse", "joined a thread while the initial state was made"},
    BuiltInProperty{"nested-exploration", "the program explored another program"},
    BuiltInProperty{"process-misuse", "started a thread in a process that had crashed"},
    BuiltInProperty{"kernel-object-misuse", "used a kernel object of Win32 against its type, or a closed handle"},
    BuiltInProperty{"thread-limit", "more threads than racewalk has"},
    BuiltInProperty{"process-limit", "more processes than racewalk has"},
    BuiltInProperty{"server-limit", "more volumes than racewalk has"},
    BuiltInProperty{"invariant-limit", "more invariants than racewalk has"},
};

scenario::ModelEntry entry(const ModelInfo& model) {
  scenario::ModelEntry result{.name = model.name,
                              .parameters = model.parameters,
                              .properties = {},
                              .goals = {},
                              .validate = {},
                              .excludes = {},
                              .faults = model.faults};
  for (const NamedFact& property : model.properties) result.properties.push_back(property.name);
  for (const NamedFact& goal : model.goals) result.goals.push_back(goal.name);
  if (model.validate != nullptr) result.validate = model.validate;
  if (model.excludes != nullptr) result.excludes = model.excludes;
  return result;
}

scenario::Vocabulary make_vocabulary() {
  scenario::Vocabulary result;
  for (const ModelInfo& model : models::all()) result.models.push_back(entry(model));
  for (const StrategyInfo& row : strategy_rows) {
    result.strategies.push_back({.name = to_text(row.strategy),
                                 .matches_states = row.strategy == Strategy::stateful,
                                 .bound = row.bound,
                                 .takes_pct_depth = row.strategy == Strategy::pct,
                                 .takes_select = row.strategy == Strategy::surw,
                                 .takes_workers = takes_workers(row.strategy)});
  }
  result.default_strategy = to_text(Strategy::optimal_dpor);
  for (const BuiltInProperty& property : property_rows) result.built_in_properties.push_back(property.name);
  return result;
}

}  // namespace

std::span<const StrategyInfo> strategies() {
  return strategy_rows;
}

std::span<const BuiltInProperty> built_in_properties() {
  return property_rows;
}

const scenario::Vocabulary& vocabulary() {
  static const scenario::Vocabulary result = make_vocabulary();
  return result;
}

}  // namespace sim::cli
