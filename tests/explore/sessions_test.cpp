// Explorations beside, after and inside each other; and destructors of what an execution abandons.
#include <gtest/gtest.h>

#include <thread>

#include "tests/explore/agreement.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace sim;
using agreement::stateful;
using agreement::to_the_end;
using agreement::violated_in;
using Set = std::set<std::string>;

TEST(Explorations, inside_a_program_are_a_violation) {
  EXPECT_EQ(violated_in(explore([] { explore([] {}); })), Set{"nested-exploration"});
  EXPECT_EQ(violated_in(explore([] { replay([] {}, Schedule()); })), Set{"nested-exploration"});
}

TEST(Explorations, of_two_operating_system_threads_take_turns) {
  std::uint64_t executions[2] = {};
  Options logical = stateful();
  logical.identity = StateIdentity::logical;
  const auto explore_both = [&](int me) {
    for (int i = 0; i < 20; ++i) {
      executions[me] += explore(known::lock_counter<3, 2>, to_the_end(Strategy::dfs)).executions;
      executions[me] += explore(known::philosophers<3>, logical).states;
    }
  };
  std::thread first(explore_both, 0), second(explore_both, 1);
  first.join();
  second.join();
  EXPECT_EQ(executions[0], 20u * (90 + 87));
  EXPECT_EQ(executions[1], 20u * (90 + 87));
}

TEST(Explorations, take_functions_closures_and_function_objects) {
  EXPECT_EQ(explore(known::store_buffering, to_the_end(Strategy::dfs)).executions, 6u);
  EXPECT_EQ(explore(&known::store_buffering, to_the_end(Strategy::dfs)).executions, 6u);
  const std::function<void()> function = known::store_buffering;
  EXPECT_EQ(explore(function, to_the_end(Strategy::dfs)).executions, 6u);
  struct MoveOnly {
    std::unique_ptr<int> unused;
    void operator()() const { known::store_buffering(); }
  };
  EXPECT_EQ(explore(MoveOnly{}, to_the_end(Strategy::dfs)).executions, 6u);
}

TEST(Explorations, restore_what_a_program_changes_in_its_own_captures) {
  const Report report = explore(
      [count = 0, text = std::string("a string that does not fit into a small one")]() mutable {
        atomic<int> x{0};
        thread a([&] { x.store(1); }), b([&] { x.store(2); });
        a.join();
        b.join();
        ++count;
        text += "!";
        observe("count", count);
        observe("length", text.size());
      },
      to_the_end(Strategy::dfs));
  EXPECT_EQ(agreement::outcomes_of(report), Set{"count=1 length=44"});
}

namespace {

// Counts what is alive outside the program, as a file handle would be.
int alive = 0;
struct Resource {
  Resource() { ++alive; }
  ~Resource() { --alive; }
};

Options unwinding() {
  Options options = to_the_end(Strategy::dfs);
  options.unwind = true;
  options.check_self_contained = false;
  return options;
}

}  // namespace

TEST(Unwinding, runs_the_destructors_of_abandoned_threads) {
  alive = 0;
  const auto deadlocking = [] {
    mutex a, b;
    const Resource main_has_one;
    const auto body = [](mutex& first, mutex& second) {
      const Resource thread_has_one;
      const std::lock_guard one(first);
      const std::lock_guard two(second);
      const Resource and_another;
    };
    thread x(body, std::ref(a), std::ref(b)), y(body, std::ref(b), std::ref(a));
    x.join();
    y.join();
  };
  const Report report = explore(deadlocking, unwinding());
  EXPECT_EQ(report.executions, 6u);
  EXPECT_EQ(violated_in(report), Set{"deadlock"});
  EXPECT_EQ(alive, 0);
}

TEST(Unwinding, gets_past_violations_cuts_and_dropped_executions) {
  alive = 0;
  const auto program = [] {
    const Resource one;
    atomic<int> x{0};
    thread other([&] {
      const Resource two;
      for (int i = 0; i < 5; ++i) x.fetch_add(1);
    });
    const std::uint32_t how = choose(4);
    if (how == 0) check(false, "failed");
    if (how == 1) assume(false);
    if (how == 2) x.fetch_add(1);
    other.join();
  };
  Options options = unwinding();
  options.max_steps = 5;
  const Report report = explore(program, options);
  // The thread that never joined is destroyed by the exception of the failed check, which is no violation of its own.
  EXPECT_EQ(violated_in(report), Set{"failed"});
  EXPECT_FALSE(report.complete);
  EXPECT_EQ(alive, 0);
}

TEST(Unwinding, survives_programs_that_catch_everything) {
  alive = 0;
  const Report report = explore(
      [] {
        const Resource one;
        mutex m;
        m.lock();
        for (;;) {
          try {
            m.lock();
          } catch (...) {
          }
          this_thread::yield();
        }
      },
      unwinding());
  EXPECT_EQ(violated_in(report), Set{"deadlock"});
  EXPECT_EQ(alive, 0);
}

TEST(Unwinding, leaves_what_may_not_be_unwound) {
  const auto blocked_in_noexcept = [] {
    mutex m;
    m.lock();
    [&]() noexcept { m.lock(); }();
  };
  EXPECT_EQ(violated_in(explore(blocked_in_noexcept, unwinding())), Set{"deadlock"});
  const auto failing_destructor = [] {
    struct Checks {
      ~Checks() { check(false, "in-destructor"); }
    };
    const Checks checks;
    mutex m;
    m.lock();
    m.lock();
  };
  EXPECT_EQ(violated_in(explore(failing_destructor, unwinding())), Set{"deadlock"});
  EXPECT_EQ(explore(known::increment<3>, unwinding()).executions, 90u);
}
