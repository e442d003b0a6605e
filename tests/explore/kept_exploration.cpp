// What stateful_checkpoint_test.cpp runs in processes of its own, each at other addresses:
//
//   kept_exploration PROGRAM FILE STEPS [WORKERS]
//   kept_exploration address
//
// explores one of the programs below with stateful, prints the report, and ends with 0. FILE: the checkpoint, resumed
// if it exists; "-": none. STEPS: after so many of the program's steps the exploration is interrupted, and ends with 3;
// 0: never. A checkpoint that is refused ends it with 2. "kSTEPS": all processes are killed then; "wSTEPS": one of the
// workers is, once; "bSTEPS": one is, and all are after five times as many. These write checkpoints as often as they
// can. WORKERS: what is printed then does not depend on how
// many they are, nor on which of them was faster.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <string>

#include "explore/checkpoint.hpp"
#include "explore/forked_parts.hpp"
#include "explore/worker_retrace.hpp"
#include "sim.hpp"
#include "tests/explore/kept_programs.hpp"

using namespace kept;

namespace {

struct Subject {
  std::function<void()> program;
  Options options;
};

Options with(Order order) {
  Options options;
  options.strategy = Strategy::stateful;
  options.order = order;
  options.stop_at_first_violation = false;
  options.check_self_contained = false;  // Their steps are counted outside.
  return options;
}

/// What it does depends on the environment, so that it does not repeat itself.
void moody() {
  atomic<int> sum{0, "sum"};
  const bool sad = std::getenv("MOOD") != nullptr;
  const auto body = [&] {
    for (int i = 0; i < 3; ++i) {
      step();
      if (sad) this_thread::yield();
      sum.fetch_add(1);
    }
  };
  thread a("a", body), b("b", body);
  a.join();
  b.join();
}

/// "mixed", "mixed-breadth", "mixed-logical", ...
std::map<std::string, Subject> all_subjects() {
  const std::map<std::string, std::function<void()>> programs = {
      {"mixed", mixed},     {"racing", racing}, {"polite", polite},          {"stuck", stuck},   {"timed", timed},
      {"detours", detours}, {"moody", moody},   {"serving", serving},        {"lively", lively}, {"crowd", crowd},
      {"claims", claims},   {"late", late},     {"many_claims", many_claims}};
  std::map<std::string, Subject> subjects;
  for (const auto& [name, program] : programs) {
    for (const Order order : {Order::depth_first, Order::breadth_first}) {
      const std::string of_order = order == Order::breadth_first ? name + "-breadth" : name;
      const auto add = [&](const std::string& what, const std::function<void(Options&)>& change) {
        Options options = with(order);
        change(options);
        subjects[of_order + what] = {program, options};
      };
      add("", [](Options&) {});
      add("-logical", [](Options& options) { options.count_logical_states = true; });
      add("-by_logic", [](Options& options) { options.identity = StateIdentity::logical; });
      add("-no_livelocks", [](Options& options) { options.livelocks = false; });
      add("-rerun", [](Options& options) { options.backtracking = Backtracking::reexecute; });
      add("-scarce", [](Options& options) { options.snapshot_budget_bytes = 1; });
      add("-first", [](Options& options) { options.stop_at_first_violation = true; });
      add("-dpor", [](Options& options) { options.strategy = Strategy::optimal_dpor; });
      add("-dpor-rerun", [](Options& options) {
        options.strategy = Strategy::optimal_dpor;
        options.backtracking = Backtracking::reexecute;
      });
      add("-short", [](Options& options) { options.max_steps = 12; });
      add("-short-scarce", [](Options& options) {
        options.max_steps = 12;
        options.snapshot_budget_bytes = 1;
      });
    }
  }
  return subjects;
}

void print(const Report& report) {
  std::cout << "verdict " << to_text(report.verdict) << ", complete " << report.complete << ": " << report.reason
            << '\n'
            << "executions " << report.executions << ", blocked " << report.blocked_executions << ", assumed away "
            << report.assumed_away << ", transitions " << report.transitions << ", states " << report.states
            << ", logical " << report.logical_states << ", failing " << report.failing_executions << ", by violation "
            << report.stopped_by_violation << ", omission " << report.omission_probability << '\n';
  for (const auto& [outcome, count] : report.outcomes) std::cout << "outcome " << outcome << ": " << count << '\n';
  for (const auto& [goal, count] : report.goals) std::cout << "goal " << goal << ": " << count << '\n';
  for (const std::string& note : report.notes) std::cout << "note " << note << '\n';
  for (const Violation& violation : report.violations) {
    std::cout << violation.property << " (" << violation.detail << ") " << violation.schedule.to_text() << ", "
              << violation.trace.events().size() << " events\n";
  }
}

/// How many transitions are made more than once, if a state is met again nearer to the start, is a matter of the order.
void print_what_workers_share(const Report& report, bool transitions_vary) {
  std::cout << "verdict " << to_text(report.verdict) << ", complete " << report.complete << '\n'
            << "executions " << report.executions << ", blocked " << report.blocked_executions << ", assumed away "
            << report.assumed_away << ", states " << report.states;
  if (!transitions_vary) std::cout << ", transitions " << report.transitions;
  std::cout << '\n';
  for (const auto& [outcome, count] : report.outcomes) {
    std::cout << "outcome " << outcome << ": " << (report.states == 0 ? count : 1) << '\n';
  }
  for (const auto& [goal, count] : report.goals) std::cout << "goal " << goal << '\n';
  std::set<std::string> violated;
  for (const Violation& violation : report.violations) violated.insert(violation.property);
  for (const std::string& property : violated) std::cout << "violated " << property << '\n';
  for (const std::string& note : report.notes) {
    if (note.starts_with("the program")) std::cout << "note " << note << '\n';
  }
}

}  // namespace

int main(int count, char** words) {
  if (count == 2) std::cout << reinterpret_cast<std::uintptr_t>(&all_subjects) << '\n';
  if (count != 4 && count != 5) return 64;
  const std::string name = words[1], file = words[2];
  const auto subjects = all_subjects();
  if (!subjects.contains(name)) return 65;
  Subject subject = subjects.at(name);
  read_steps(words[3]);
  if (count == 5) {
    subject.options.workers = static_cast<unsigned>(std::strtoul(words[4], nullptr, 10));
    WaysInPieces::least_piece = 7;
    if (name.find("many") == std::string::npos) ForkedParts::least_pause = {};
  }
  if (file != "-") {
    subject.options.checkpoint_file = file;
    subject.options.checkpoint_label = name;
    subject.options.resume = std::filesystem::exists(file);
    if (end_by != End::interruption) subject.options.checkpoint_seconds = 0;
  }
  try {
    const Report report = explore(subject.program, subject.options);
    // Parts begin with transitions that lead to them.
    const bool transitions_vary = subject.options.max_steps < 100 || subject.options.strategy != Strategy::stateful;
    count == 5 ? print_what_workers_share(report, transitions_vary) : print(report);
    return report.reason == "interrupted" ? 3 : 0;
  } catch (const checkpoint::Error& error) {
    std::cout << error.what() << '\n';
    return 2;
  }
}
