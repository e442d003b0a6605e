// What identifies a state, and what does not.
#include <gtest/gtest.h>

#include <chrono>
#include <compare>
#include <cstddef>
#include <set>
#include <vector>

#include "tests/bench/programs.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/explore/detour.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::stateful;
using detour_test::detour;
using namespace std::chrono_literals;

namespace {

template <bool Notes>
void increments() {
  atomic<int> x{0, "x"};
  const auto body = [&](int me) {
    const int seen = x.load();
    if (Notes) note("thread {} has seen {}", me, seen);
    x.store(seen + 1);
    if (Notes) note("thread {} has written", me);
  };
  thread a("a", body, 1), b("b", body, 2);
  a.join();
  b.join();
}

// Threads that only wait for each other in turn, over and over: no end, few states.
void endless_ping_pong() {
  atomic<bool> turn{false};
  const auto body = [&](bool mine) {
    for (;;) {
      if (turn.load() == mine) turn.store(!mine);
    }
  };
  thread a(body, false), b(body, true);
  a.join();
  b.join();
}

// The states of bench::claim_racy, told apart by what the program still needs: where each thread stands, which request
// it looks at, whether it found one in this round; and the requests.
class StatesOfClaimRacy {
 public:
  StatesOfClaimRacy(std::size_t threads, std::size_t requests) : requests_(requests) {
    State first;
    first.threads.assign(threads, {});
    first.status.assign(requests, 0);
    first.sent.assign(requests, 0);
    for (std::vector<State> next = {first}; !next.empty();) {
      const State state = next.back();
      next.pop_back();
      if (!known_.insert(state).second) continue;
      for (std::size_t thread = 0; thread < threads; ++thread) {
        if (state.threads[thread].at != At::end) next.push_back(after(state, thread));
      }
    }
  }
  std::size_t count() const { return known_.size(); }

 private:
  enum class At { load, claim, send, settle, end };
  struct Thread {
    At at = At::load;
    std::size_t request = 0;
    bool found = false;
    auto operator<=>(const Thread&) const = default;
  };
  struct State {
    std::vector<Thread> threads;
    std::vector<int> status, sent;
    auto operator<=>(const State&) const = default;
  };

  State after(State state, std::size_t number) const {
    Thread& thread = state.threads[number];
    const std::size_t request = thread.request;
    switch (thread.at) {
      case At::load:
        if (state.status[request] == 0)
          thread = {At::claim, request, true};
        else
          go_on(thread);
        break;
      case At::claim:
        state.status[request] = 1;
        thread.at = At::send;
        break;
      case At::send:
        ++state.sent[request];
        thread.at = At::settle;
        break;
      default:
        state.status[request] = 2;
        go_on(thread);
    }
    return state;
  }
  void go_on(Thread& thread) const {
    if (thread.request + 1 < requests_)
      thread = {At::load, thread.request + 1, thread.found};
    else
      thread = {thread.found ? At::load : At::end, 0, false};
  }

  std::size_t requests_;
  std::set<State> known_;
};

}  // namespace

// Raw memory has history that the program does not need any more, but little: a variable that is about to be set.
TEST(States, are_hardly_more_than_the_program_tells_apart) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "instrumented frames keep more";
#endif
  const std::size_t told_apart = StatesOfClaimRacy(3, 2).count();
  ASSERT_EQ(told_apart, 6'305u);
  const Report report = explore(bench::claim_racy<3, 2>, stateful(Order::depth_first));
  EXPECT_TRUE(report.complete);
  EXPECT_LE(report.states, told_apart * 3 / 2);
}

TEST(States, are_no_more_for_notes) {
  for (const Order order : {Order::depth_first, Order::breadth_first}) {
    const Report without = explore(increments<false>, stateful(order));
    const Report with = explore(increments<true>, stateful(order));
    EXPECT_EQ(with.states, without.states);
    EXPECT_EQ(with.transitions, without.transitions);
    EXPECT_EQ(with.executions, without.executions);
  }
}

TEST(States, are_no_more_for_notes_but_recordings_have_them) {
  const Recording recording = record(increments<true>, *Schedule::from_text("1 2 1 2"));
  std::vector<std::string> notes;
  for (const Event& event : recording.trace.events()) notes.insert(notes.end(), event.notes.begin(), event.notes.end());
  EXPECT_EQ(notes, (std::vector<std::string>{"thread 1 has seen 0", "thread 2 has seen 0", "thread 1 has written",
                                             "thread 2 has written"}));
}

TEST(States, differ_in_what_was_observed) {
  const auto program = [] {
    atomic<int> x{0};
    thread a([&] { x.store(1); });
    thread b([&] { observe("seen", x.load()); });
    a.join();
    b.join();
    this_thread::yield();
    this_thread::yield();
  };
  EXPECT_EQ(explore_in_every_way(program).outcomes.size(), 2u);
}

TEST(States, of_endless_programs_are_finitely_many) {
  for (const Order order : {Order::depth_first, Order::breadth_first}) {
    Options options = stateful(order);
    options.livelocks = false;  // It is one.
    const Report report = explore(endless_ping_pong, options);
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(report.verdict, Verdict::holds);
    EXPECT_EQ(report.executions, 0u);
    // Each thread is before its load or before its store, for either turn; only whose turn it is stores: 4 states, and
    // a few more if the first round leaves other bytes in dead places than later ones.
    EXPECT_GE(report.states, 4u);
    EXPECT_LE(report.states, 40u);
  }
}

TEST(States, that_a_step_limit_cut_off_are_expanded_when_they_are_met_nearer_to_the_start) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "the two ways leave different dead bytes in instrumented frames, and never meet";
#endif
  // One branch takes the detour of 10 steps, and is cut at 12 if it comes first; the other needs 1 + 5 + 1 steps.
  for (const Order order : {Order::depth_first, Order::breadth_first}) {
    for (const std::uint32_t long_value : {0u, 1u}) {
      Options options = stateful(order);
      options.max_steps = 12;
      const Report report = explore(detour(10, 5, long_value), options);
      EXPECT_TRUE(report.complete) << report.reason;
      EXPECT_EQ(report.executions, 1u);
      EXPECT_TRUE(report.outcomes.contains("end=4"));
      // The point of the choice, 10 steps of the detour, 5 stores and a load, the end; and no more, so that the second
      // way did meet what the first one was cut off in.
      EXPECT_EQ(report.states, 18u);
    }
  }
}

TEST(States, that_a_step_limit_cut_off_and_that_were_not_met_again_make_the_report_inconclusive) {
  for (const Order order : {Order::depth_first, Order::breadth_first}) {
    Options options = stateful(order);
    options.max_steps = 8;
    const Report report = explore(detour(10, 5), options);
    EXPECT_FALSE(report.complete);
    EXPECT_EQ(report.verdict, Verdict::inconclusive);
    EXPECT_EQ(report.executions, 1u);
    EXPECT_NE(report.reason.find("8 steps (max_steps) while thread 1 kept running"), std::string::npos)
        << report.reason;
  }
}

TEST(States, have_the_same_counts_in_both_orders) {
  const auto program = [] {
    mutex m;
    condition_variable ready;
    atomic<int> x{0};
    int queue = 0;
    thread producer([&] {
      for (int i = 0; i < 2; ++i) {
        const std::lock_guard lock(m);
        ++queue;
        ready.notify_one();
      }
    });
    const auto consume = [&] {
      std::unique_lock lock(m);
      ready.wait(lock, [&] { return queue > 0; });
      --queue;
      x.fetch_add(1);
    };
    thread a(consume), b(consume);
    producer.join();
    a.join();
    b.join();
    observe("queue", queue);
  };
  const Report all = explore_in_every_way(program);
  EXPECT_EQ(all.verdict, Verdict::holds);
  const Report depth = explore(program, stateful(Order::depth_first));
  const Report breadth = explore(program, stateful(Order::breadth_first));
  EXPECT_EQ(depth.outcomes.size(), breadth.outcomes.size());
  EXPECT_EQ(depth.executions, breadth.executions);
  Options logical = stateful();
  logical.identity = StateIdentity::logical;
  const Report finest = explore(program, logical);
  EXPECT_EQ(finest.outcomes.size(), all.outcomes.size());
  logical.order = Order::breadth_first;
  EXPECT_EQ(explore(program, logical).states, finest.states);
}

TEST(States, count_deadlines_from_now) {
  // Sleeps for ever: absolute times would make every state new.
  const auto program = [] {
    atomic<int> beats{0};
    thread heart([&] {
      for (;;) {
        this_thread::sleep_for(10ms);
        beats.store(1 - beats.load());
      }
    });
    heart.join();
  };
  const Report report = explore(program, stateful());
  EXPECT_TRUE(report.complete);
  // Before the sleep's end, the load, the store; for two values of `beats`; the first round may leave other dead bytes.
  EXPECT_GE(report.states, 6u);
  EXPECT_LE(report.states, 12u);
}

TEST(States, in_which_objects_are_equal_but_threads_have_read_other_values_differ_logically) {
  const auto program = [] {
    atomic<int> x{0};
    thread a([&] {
      x.store(1);
      x.store(0);
    });
    thread b([&] { x.load(); });
    a.join();
    b.join();
  };
  Options options = stateful();
  options.identity = StateIdentity::logical;
  // x: 0, 1, 0 by `a`; `b` has not read, or read at one of them: 3 + (0: 3, 1: 2, then 0 again: 1, one known) ends.
  EXPECT_EQ(explore(program, options).states, 8u);
}
