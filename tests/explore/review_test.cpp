// Programs on which an earlier version of the engine went wrong, each in its own way.
#include <gtest/gtest.h>

#include <cfenv>
#include <chrono>
#include <memory>
#include <set>
#include <string>

#include "sim.hpp"
#include "tests/explore/agreement.hpp"

// Outside namespace sim, whose variables are taken for racewalk's own.
static int executions_of_the_process = 0;

namespace sim {
namespace {

using namespace std::chrono_literals;
using agreement::violated_in;

Options all_of(Strategy strategy) {
  return {.strategy = strategy, .stop_at_first_violation = false};
}

std::set<std::string> outcomes(const Report& report) {
  std::set<std::string> names;
  for (const auto& [name, count] : report.outcomes) names.insert(name);
  return names;
}

TEST(InitialStates, do_not_outlive_an_execution_that_ended_in_one) {
  const auto program = [] {
    const std::uint32_t k = choose(3);
    if (k == 1) {
      const InitialState setting_up;
      check(false, "p");
    }
    observe("c", choose(2));
  };
  EXPECT_EQ(outcomes(explore(program, all_of(Strategy::dfs))), (std::set<std::string>{"c=0", "c=1", "p"}));
  EXPECT_EQ(explore(program, all_of(Strategy::dfs)).executions, 5U);
}

TEST(InitialStates, keep_what_they_say_about_properties) {
  const auto program = [] {
    const InitialState setting_up;
    observe("chosen", choose(2));
    expect(false, "said");
  };
  const Report report = explore(program, all_of(Strategy::dfs));
  EXPECT_EQ(outcomes(report), (std::set<std::string>{"chosen=0", "chosen=1"}));
  EXPECT_EQ(violated_in(report), std::set<std::string>{"said"});
}

TEST(UrgentTime, proves_nothing_about_a_program_that_polls_it_away) {
  const auto program = [] {
    atomic<int> flag{0, "flag"};
    thread sleeper([&] {
      this_thread::sleep_for(1ms);
      flag.store(1);
    });
    thread poller([&] {
      while (flag.load() == 0) this_thread::yield();
    });
    sleeper.join();
    poller.join();
  };
  EXPECT_EQ(explore(program, all_of(Strategy::stateful)).verdict, Verdict::inconclusive);
}

TEST(StateMatching, distinguishes_the_rounding_mode) {
  const auto program = [] {
    if (choose(2) == 1) std::fesetround(FE_UPWARD);
    this_thread::yield();
    volatile double one = 1, three = 3;
    observe("third", one / three * 1e17 - 3333333333333333.0);
    std::fesetround(FE_TONEAREST);
  };
  EXPECT_EQ(outcomes(explore(program, all_of(Strategy::stateful))), outcomes(explore(program, all_of(Strategy::dfs))));
  EXPECT_EQ(outcomes(explore(program, all_of(Strategy::dfs))).size(), 2U);
}

TEST(StateMatching, distinguishes_the_time_for_programs_that_read_it) {
  const auto program = [] {
    atomic<int> x{0, "x"};
    this_thread::sleep_for(std::chrono::nanoseconds(choose(2) + 1));
    x.load();
    observe("t", virtual_time().count());
  };
  for (const Strategy strategy : {Strategy::dfs, Strategy::stateful}) {
    EXPECT_EQ(outcomes(explore(program, all_of(strategy))), (std::set<std::string>{"t=1", "t=2"}));
  }
}

TEST(StateMatching, goes_on_behind_a_data_race_unless_told_to_stop) {
  const auto program = [] {
    shared<int> data{0, "data"};
    atomic<int> y{0, "y"};
    thread other([&] {
      data.store(1);
      check(y.load() == 0, "late");
    });
    data.store(2);
    y.store(1);
    other.join();
  };
  const std::set<std::string> expected = {"data-race", "late"};
  EXPECT_EQ(violated_in(explore(program, all_of(Strategy::dfs))), expected);
  EXPECT_EQ(violated_in(explore(program, all_of(Strategy::stateful))), expected);
}

TEST(Ghosts, are_read_by_whoever_changes_them) {
  const auto program = [] {
    ghost<int> g{0};
    const auto take = [&](const char* name) {
      this_thread::yield();
      int old = 0;
      g.change([&](int& value) {
        old = value;
        value = 1;
      });
      this_thread::yield();
      observe(name, old);
    };
    thread a(take, "a"), b(take, "b");
    a.join();
    b.join();
  };
  Options logical = all_of(Strategy::stateful);
  logical.identity = StateIdentity::logical;
  EXPECT_EQ(outcomes(explore(program, logical)), (std::set<std::string>{"a=0 b=1", "a=1 b=0"}));
}

TEST(Invariants, are_checked_before_a_value_is_chosen) {
  const auto program = [] {
    atomic<int> x{0, "x"};
    invariant("x-is-0", [&] { return x.load() == 0; });
    x.store(1);
    choose(2);
  };
  EXPECT_EQ(violated_in(explore(program, all_of(Strategy::dfs))), std::set<std::string>{"x-is-0"});
}

// A closure whose copy is a scheduling point of its own.
struct Loud {
  explicit Loud(atomic<int>* to) : counter(to) {}
  Loud(const Loud& other) : counter(other.counter) { counter->fetch_add(1); }
  Loud(Loud&& other) noexcept : counter(other.counter) {}
  Loud& operator=(const Loud&) = delete;
  atomic<int>* counter;
};

TEST(Threads, may_be_created_with_arguments_whose_copying_is_a_scheduling_point) {
  const auto program = [] {
    atomic<int> copies{0, "copies"};
    const auto create = [&] {
      const Loud loud(&copies);
      thread inner([](const Loud& it) { it.counter->load(); }, loud);
      inner.join();
    };
    thread a(create), b(create);
    a.join();
    b.join();
    observe("copies", copies.load());
  };
  for (const Strategy strategy : {Strategy::dfs, Strategy::stateful}) {
    const Report report = explore(program, all_of(strategy));
    EXPECT_EQ(report.verdict, Verdict::holds);
    EXPECT_EQ(outcomes(report), std::set<std::string>{"copies=2"});
  }
}

[[gnu::noinline]] int keeps_its_variable(int value) {
  volatile int kept = value;
  forget_dead_frames();
  return kept;
}

TEST(ForgettingDeadFrames, spares_the_variables_of_a_leaf_function) {
  EXPECT_EQ(keeps_its_variable(7), 7);
}

TEST(DataRaces, are_not_hidden_by_a_failed_exchange_that_does_not_acquire) {
  const auto program = [] {
    shared<int> data{0, "data"};
    atomic<int> flag{0, "flag"};
    thread writer([&] {
      data.store(1);
      flag.store(1, std::memory_order_release);
    });
    int expected = 0;
    if (!flag.compare_exchange_strong(expected, 0, std::memory_order_release)) data.load();
    writer.join();
  };
  EXPECT_EQ(violated_in(explore(program, all_of(Strategy::dfs))), std::set<std::string>{"data-race"});
}

TEST(Programs, that_do_not_repeat_themselves_end_the_exploration) {
  const auto program = [] {
    if (++executions_of_the_process == 1) choose(2);
    choose(3);
  };
  for (const Backtracking backtracking : {Backtracking::snapshot, Backtracking::reexecute}) {
    for (const Strategy strategy : {Strategy::dfs, Strategy::stateful}) {
      executions_of_the_process = 0;
      Options options = all_of(strategy);
      options.backtracking = backtracking;
      options.max_executions = 1000;
      EXPECT_EQ(violated_in(explore(program, options)), std::set<std::string>{"self-contained"});
    }
  }
}

}  // namespace
}  // namespace sim
