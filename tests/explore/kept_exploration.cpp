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
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "explore/checkpoint.hpp"
#include "explore/forked_parts.hpp"
#include "explore/worker_retrace.hpp"
#include "sim.hpp"

using namespace sim;
using namespace std::chrono_literals;

namespace {

std::uint64_t most_steps = 0, steps = 0;
enum class End { interruption, kill_all, kill_worker, kill_both } end_by = End::interruption;
const pid_t first_process = getpid();
std::atomic<bool>* a_worker_was_killed = nullptr;  // Shared.

// From then on at every step: an exploration may begin again.
[[gnu::noinline]] void step() {
  if (++steps < most_steps || most_steps == 0) return;
  switch (end_by) {
    case End::interruption:
      return interrupt();
    case End::kill_all:
      if (getpid() != first_process) kill(first_process, SIGKILL);
      return;
    case End::kill_worker:
    case End::kill_both:
      if (getpid() == first_process) return;
      if (!a_worker_was_killed->exchange(true)) kill(getpid(), SIGKILL);
      if (end_by == End::kill_both && steps >= 5 * most_steps) kill(first_process, SIGKILL);
  }
}

/// "120", "k120", "w120" or "b120".
void read_steps(const char* word) {
  if (*word == 'k') end_by = End::kill_all;
  if (*word == 'w') end_by = End::kill_worker;
  if (*word == 'b') end_by = End::kill_both;
  most_steps = std::strtoull(word + (end_by == End::interruption ? 0 : 1), nullptr, 10);
  void* const shared = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  a_worker_was_killed = ::new (shared) std::atomic<bool>(false);
}

/// Values are chosen, executions are dropped, threads block for ever, goals are reached, and properties are violated:
/// some early, some late.
void mixed() {
  mutex left{"left"}, right{"right"};
  atomic<int> sum{0, "sum"};
  thread a("a", [&] {
    for (int i = 0; i < 2; ++i) {
      const std::uint32_t amount = choose(3);
      step();
      const std::lock_guard one(left);
      step();
      const std::lock_guard other(right);
      step();
      sum.fetch_add(static_cast<int>(amount));
    }
  });
  thread b("b", [&] {
    step();
    const std::lock_guard one(right);
    step();
    const std::lock_guard other(left);
    step();
    const int seen = sum.load();
    if (seen == 2) reach("two");
    expect(seen != 1, "never-one");
    check(seen != 4, "never-four");
    assume(seen != 3);
  });
  a.join();
  b.join();
  observe("sum", sum.load());
}

/// Plain accesses that race, one pair at the start and one at the end.
void racing() {
  shared<int> early{0, "early"}, late{0, "late"};
  atomic<int> turns{0, "turns"};
  const auto body = [&] {
    step();
    early.store(early.load() + 1);
    for (int i = 0; i < 2; ++i) {
      step();
      turns.fetch_add(1);
    }
    step();
    late.store(1);
  };
  thread a("a", body), b("b", body);
  a.join();
  b.join();
  observe("early", early.load());
}

/// Each needs both locks, and gives up the first if it does not get the second: cycles, and a way out of them.
void polite() {
  mutex left{"left"}, right{"right"};
  const auto body = [](mutex& first, mutex& second) {
    for (;;) {
      step();
      first.lock();
      step();
      if (second.try_lock()) break;
      first.unlock();
    }
    second.unlock();
    reach("both");
    first.unlock();
  };
  thread a("a", [&] { body(left, right); }), b("b", [&] { body(right, left); });
  atomic<int> other{0, "other"};
  thread c("c", [&] {
    for (int i = 0; i < 3; ++i) {
      step();
      other.fetch_add(1);
    }
  });
  a.join();
  b.join();
  c.join();
}

/// Nobody sets the flag in some executions: a livelock that nothing ends. While it is polled a goal is reached, and
/// then no more.
void stuck() {
  atomic<int> flag{0, "flag"}, turns{0, "turns"};
  thread poller("poller", [&] {
    while (flag.load() == 0) {
      step();
      if (turns.load() < 2) reach("early");
    }
  });
  thread setter("setter", [&] {
    for (int i = 0; i < 4; ++i) {
      step();
      turns.fetch_add(1);
    }
    if (choose(2) == 1) flag.store(1);
  });
  thread other("other", [&] {
    step();
    this_thread::yield();
    step();
  });
  poller.join();
  setter.join();
  other.join();
}

/// It never ends, and reaches a goal again and again, by one transition of each round.
void serving() {
  atomic<int> requests{0, "requests"};
  thread client("client", [&] {
    step();
    requests.store(1);
  });
  for (;;) {
    step();
    if (requests.exchange(2) != 2) continue;
    reach("served");
    step();
    requests.store(0);
  }
}

/// Two threads each say what is to hold again and again; neither does in the end. Whoever says it first decides
/// nothing.
void lively() {
  atomic<int> lamp{0, "lamp"}, bell{0, "bell"};
  thread a("a", [&] {
    step();
    if (bell.load() == 2) return;
    eventually("lamp-off", [&] { return lamp.load() == 0; });
    for (;;) {
      step();
      lamp.store(1);
    }
  });
  thread b("b", [&] {
    step();
    bell.store(1);
    eventually("bell-off", [&] { return bell.load() == 0; });
    for (;;) {
      step();
      bell.store(bell.load() == 1 ? 3 : 1);
    }
  });
  a.join();
  b.join();
}

/// The time of day decides, so that it is found to belong to the state, and all begins again.
void timed() {
  atomic<int> woken{0, "woken"};
  const auto start = virtual_clock::now();
  const auto body = [&] {
    for (int i = 0; i < 2; ++i) {
      step();
      this_thread::sleep_for(1ms);
      step();
      woken.fetch_add(virtual_clock::now() - start > 1ms ? 1 : 10);
    }
  };
  thread a("a", body), b("b", body);
  a.join();
  b.join();
  observe("woken", woken.load());
}

/// Ways of different lengths lead to the same states: those that the step limit cuts off are met again nearer.
void detours() {
  atomic<int> place{0, "place"};
  thread walker("walker", [&] {
    for (std::uint32_t left = choose(4); left > 0; --left) {
      step();
      this_thread::yield();
    }
    for (int i = 0; i < 6; ++i) {
      step();
      place.fetch_add(1);
    }
  });
  thread other("other", [&] {
    for (int i = 0; i < 3; ++i) {
      step();
      place.fetch_add(10);
    }
  });
  walker.join();
  other.join();
}

int made_late() {
  static const int value = std::getenv("MOOD") != nullptr ? 1 : 2;
  return value;
}

/// Some executions initialise a function-local static, which is no part of any state.
void late() {
  atomic<int> sum{0, "sum"};
  const auto body = [&](int amount) {
    for (int i = 0; i < 2; ++i) {
      step();
      if (sum.fetch_add(amount) == 7) observe("late", made_late());
    }
  };
  thread a("a", [&] { body(1); }), b("b", [&] { body(3); }), c("c", [&] { body(2); });
  a.join();
  b.join();
  c.join();
}

/// More states than can be explored between two looks at the clock.
void crowd() {
  atomic<int> sum{0, "sum"};
  mutex lock{"lock"};
  const auto body = [&](int amount) {
    for (int i = 0; i < 5; ++i) {
      step();
      sum.fetch_add(amount);
      step();
      const std::lock_guard guard(lock);
      step();
      if (sum.load() % 7 == 0) reach("seven");
    }
  };
  thread a("a", [&] { body(1); }), b("b", [&] { body(2); }), c("c", [&] { body(4); });
  a.join();
  b.join();
  c.join();
}

/// Threads come to a counter and then to a lock, in any order: 24 x 24 executions, or 120 x 120 x 6.
void claim(std::uint32_t threads) {
  atomic<std::uint32_t> first{0, "first"}, second{0, "second"}, third{0, "third"};
  mutex lock{"lock"};
  std::vector<thread> all;
  for (std::uint32_t who = 0; who < threads; ++who) {
    all.emplace_back([&, who] {
      step();
      const std::uint32_t place = first.fetch_add(1);
      step();
      if (threads > 4 && who < 3) third.fetch_add(1);
      step();
      const std::lock_guard guard(lock);
      second.store(second.load() * threads + who);
      expect(place != 3 || who != 2, "second-is-last");
    });
  }
  for (thread& one : all) one.join();
  observe("order", second.load());
}
void claims() {
  claim(4);
}
void many_claims() {
  claim(5);
}

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
