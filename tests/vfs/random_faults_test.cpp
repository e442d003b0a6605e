#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sim/sim.hpp>

#include <set>

#include "random_calls.hpp"
#include "tests/explore/class_counter.hpp"

/// Random programs in which anything may fail: brute force and reduction agree.
namespace sim::vfs {
namespace {

using classes::Classes;
using classes::count_classes;
using random::number;
using random::Step;

/// Two threads on one volume, local and by a share, and perhaps a third that watches or pulls the plug.
struct Program {
  enum class Third { nobody, watches, pulls_the_plug, ends_a_process, closes_handles };

  std::vector<Step> before;
  std::vector<std::vector<Step>> threads;
  Fault faults = Fault::none;
  bool remote = false;
  Durability durability = Durability::everything;
  Journal journal = Journal::forced;
  Third third = Third::nobody;

  void operator()() {
    FaultBudget budget(1);
    FileSystem fs;
    const FaultOptions options{.kinds = faults, .budget = &budget};
    const VolumeOptions volume{
        .capacity_bytes = 40, .durability = durability, .journal = journal, .remote = remote, .faults = options};
    if (!fs.mount("C:", volume)) return;
    {
      // Nothing fails before the threads start: the budget is for what they do.
      const runtime::InitialState setting_up;
      for (const Step& step : before) perform(fs, step);
    }
    process owner{"owner"};
    std::vector<thread> running;
    for (const auto& steps : threads) {
      running.push_back(owner.start("steps", [&fs, &steps] {
        std::string answers;
        for (const Step& step : steps) answers += perform(fs, step) + ",";
        observe("t" + std::to_string(runtime::this_thread()), answers);
      }));
    }
    running.emplace_back([&] { act(fs, owner); });
    for (thread& each : running) each.join();
    static_cast<void>(fs.reap("C:"));  // The server may not have come to it.
    observe("files", std::to_string(fs.fingerprint().low));
  }

  void act(FileSystem& fs, process& owner) const {
    if (third == Third::pulls_the_plug) static_cast<void>(fs.lose_power("C:"));
    if (third == Third::ends_a_process) owner.crash();
    if (third == Third::closes_handles) {
      const ThreadId owners[] = {1, 2};
      static_cast<void>(fs.close_handles_of(owners));
    }
    if (third != Third::watches) return;
    const auto watch = fs.watch("C:\\", {.subtree = durability == Durability::torn, .capacity = 2});
    if (!watch) return;
    const auto notices = fs.read_changes_for(*watch, std::chrono::nanoseconds(0));
    std::string told = notices ? std::to_string(notices->size()) : random::code(notices.error());
    if (notices && !notices->empty()) told += notices->back().name;
    observe("told", told);
    static_cast<void>(fs.close(*watch));
  }
};

Program any_program() {
  Program program;
  std::vector<unsigned> used_paths(number<std::size_t>(1, 3));
  for (unsigned& path : used_paths) path = number(0U, static_cast<unsigned>(random::paths.size()));
  program.before = random::prepared_directories();
  const auto rest = random::some_steps(number<std::size_t>(0, 5), used_paths);
  program.before.insert(program.before.end(), rest.begin(), rest.end());
  program.third = static_cast<Program::Third>(number(0, 5));
  for (std::size_t i = 0; i < 2; ++i) {
    program.threads.push_back(random::some_steps(number<std::size_t>(1, 3), used_paths));
  }
  program.remote = number(0, 2) == 0;
  program.faults = static_cast<Fault>(number(0U, 64U));
  program.durability = static_cast<Durability>(number(0, 3));
  if (number(0, 3) == 0) program.journal = Journal::lazy;
  return program;
}

RC_GTEST_PROP(RandomFaults, are_explored_once_for_each_class, ()) {
  const Program program = any_program();
  const Classes classes = count_classes(program);
  RC_ASSERT(classes.example == "");
  RC_ASSERT(classes.sound());
  Options options;
  options.stop_at_first_violation = false;
  const Report report = explore(Program(program), options);
  RC_ASSERT(report.complete);
  RC_ASSERT(report.executions == classes.count());
  RC_ASSERT(report.blocked_executions == 0u);
  std::set<std::string> reduced, full;
  for (const auto& [outcome, count] : report.outcomes) reduced.insert(outcome);
  for (const auto& [outcome, count] : classes.all_outcomes()) full.insert(outcome);
  RC_ASSERT(reduced == full);
}

}  // namespace
}  // namespace sim::vfs
