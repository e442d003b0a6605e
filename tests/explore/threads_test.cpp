// Threads and what asks them to stop, in all interleavings, with exact numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "tests/explore/agreement.hpp"
#include "tests/explore/class_counter.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::outcomes_of;
using agreement::to_the_end;
using agreement::violated_in;
using agreement::violation_of;
using classes::Classes;
using classes::count_classes;
using Set = std::set<std::string>;
using Outcomes = std::map<std::string, std::uint64_t>;

TEST(Yield, is_a_scheduling_point_that_touches_nothing) {
  const Report report = explore_in_every_way([] {
    thread a([] { this_thread::yield(); }), b([] { this_thread::yield(); });
    a.join();
    b.join();
  });
  EXPECT_EQ(report.executions, 2u);
}

TEST(Thread, that_is_joinable_when_it_is_destroyed_is_a_violation) {
  EXPECT_EQ(violated_in(explore_in_every_way([] {
              atomic<int> x{0};
              thread a([&] { x.store(1); });
              if (x.load() == 1) a.join();
            })),
            Set{"thread-not-joined"});
}

TEST(Thread, is_misused_by_joining_twice_or_what_is_no_thread) {
  EXPECT_EQ(violated_in(explore([] {
              thread a([] {});
              a.join();
              a.join();
            })),
            Set{"thread-misuse"});
  EXPECT_EQ(violated_in(explore([] { thread().detach(); })), Set{"thread-misuse"});
}

TEST(Thread, that_is_detached_runs_to_its_end) {
  const Report report = explore_in_every_way([] {
    thread a([] {
      this_thread::yield();
      observe("done", 1);
    });
    a.detach();
    this_thread::yield();
  });
  EXPECT_EQ(report.executions, 2u);
  EXPECT_EQ(outcomes_of(report), Set{"done=1"});
}

TEST(Thread, exists_64_times_at_most) {
  const auto program = [](int count) {
    return [count] {
      std::vector<thread> threads;
      for (int i = 0; i < count; ++i) threads.emplace_back([] {});
      for (thread& one : threads) one.join();
    };
  };
  EXPECT_EQ(explore(program(63)).verdict, Verdict::holds);
  EXPECT_EQ(violation_of(explore(program(64)), "thread-limit").detail,
            "the program creates more than 64 threads, which is all that there are");
}

TEST(Object, that_was_made_outside_the_program_is_a_violation) {
  atomic<int> outer{0};
  mutex lock;
  EXPECT_EQ(violated_in(explore([&] { outer.store(1); })), Set{"self-contained"});
  EXPECT_EQ(violated_in(explore([&] { lock.lock(); })), Set{"self-contained"});
  EXPECT_EQ(outer.load(), 0);
}

TEST(Jthread, is_joined_at_the_end_of_its_scope) {
  const auto program = [] {
    atomic<int> x{0};
    {
      jthread a(
          "a", [&](int by) { x.fetch_add(by); }, 2);
      jthread b([&] { x.fetch_add(3); });
    }
    observe("x", x.load());
  };
  EXPECT_EQ(explore_in_every_way(program).outcomes, (Outcomes{{"x=5", 2}}));  // Nobody has a token: no event.
}

TEST(Jthread, is_asked_to_stop_at_the_end_of_its_scope) {
  const auto program = [] {
    jthread poller([](stop_token token) {
      int polls = 0;
      while (!token.stop_requested()) ++polls;
      observe("polls", polls);
    });
    jthread moved = std::move(poller);
    check(!poller.joinable() && moved.joinable() && moved.get_stop_source().stop_possible(), "moved");
    poller = std::move(moved);
  };
  Options options;
  options.strategy = Strategy::dfs;
  options.max_steps = 5;
  options.stop_at_first_violation = false;
  // The request, and a poll that sees it, behind 0 to 3 that do not.
  EXPECT_EQ(explore(program, options).outcomes,
            (Outcomes{{"polls=0", 1}, {"polls=1", 1}, {"polls=2", 1}, {"polls=3", 1}}));
  const auto endless = [] {
    jthread poller([](stop_token token) {
      while (!token.stop_requested()) {
      }
    });
  };
  const Report report = explore(endless, agreement::stateful());
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_TRUE(report.complete);
}

TEST(Jthread, that_is_assigned_to_stops_and_joins_its_old_thread) {
  const auto program = [] {
    atomic<int> ended{0};
    jthread one([&](stop_token token) {
      await([&] { return token.stop_requested(); });
      ended.store(1);
    });
    one = jthread([&] { check(true, "replaced"); });
    check(ended.load() == 1, "old-one-ended");
    check(one.request_stop() && !one.request_stop(), "requested-once");
    one.join();
    check(!jthread().request_stop() && !jthread().get_stop_token().stop_possible(), "nothing-to-stop");
  };
  EXPECT_EQ(explore_in_every_way(program).verdict, Verdict::holds);
}

TEST(StopToken, sees_the_one_request_that_succeeds) {
  const auto program = [] {
    stop_source source{"stop"};
    const stop_token token = source.get_token();
    const auto request = [source](int) mutable { observe("first", source.request_stop()); };
    thread a(request, 1), b(request, 2);
    thread c([token] { observe("seen", token.stop_requested()); });
    a.join();
    b.join();
    c.join();
    check(token == source.get_token() && token != stop_token() && !stop_token().stop_requested(), "compares");
    check(!stop_source(nostopstate).request_stop() && !stop_source(nostopstate).stop_possible(), "none");
  };
  EXPECT_EQ(explore_in_every_way(program).outcomes, (Outcomes{{"first=0 first=1 seen=0", 1},
                                                              {"first=0 first=1 seen=1", 2},
                                                              {"first=1 first=0 seen=0", 1},
                                                              {"first=1 first=0 seen=1", 2}}));
  const Classes classes = count_classes(program);
  EXPECT_TRUE(classes.sound());
  EXPECT_EQ(classes.count(), 4u);  // The request that fails and the look at it do not meet.
}

TEST(StopCallback, is_called_once_by_whoever_is_later) {
  const auto program = [] {
    stop_source source;
    atomic<int> calls{0};
    thread requester([&] { source.request_stop(); });
    thread listener([&] {
      const stop_callback callback(source.get_token(), [&] { calls.fetch_add(1); });
      await([&] { return calls.load() != 0; });
    });
    requester.join();
    listener.join();
    check(calls.load() == 1, "once");
  };
  EXPECT_EQ(explore_in_every_way(program).verdict, Verdict::holds);
  EXPECT_EQ(count_classes(program).example, "");
}

TEST(StopCallback, that_is_destroyed_waits_for_its_call_to_return) {
  const auto program = [] {
    stop_source source;
    atomic<int> inside{0};
    thread requester([&] { source.request_stop(); });
    thread listener([&] {
      {
        const stop_callback callback(source.get_token(), [&] {
          inside.store(1);
          inside.store(0);
        });
      }
      check(inside.load() == 0, "returned");
    });
    requester.join();
    listener.join();
  };
  EXPECT_EQ(explore_in_every_way(program).verdict, Verdict::holds);
  EXPECT_EQ(count_classes(program).example, "");
}

TEST(StopCallback, may_destroy_itself_and_add_others) {
  const auto program = [] {
    stop_source source;
    std::string calls;
    std::optional<stop_callback<std::function<void()>>> first, second, third;
    first.emplace(source.get_token(), [&] {
      calls += '1';
      third.emplace(source.get_token(), [&] { calls += '3'; });  // At once: the stop was requested.
      first.reset();
    });
    second.emplace(source.get_token(), [&] { calls += '2'; });
    source.request_stop();
    observe("calls", calls);
    second.reset();
  };
  EXPECT_EQ(explore_in_every_way(program).outcomes, (Outcomes{{"calls=132", 1}}));
}

TEST(StopCallback, is_not_called_when_it_is_gone) {
  const auto program = [] {
    stop_source source;
    int calls = 0;
    const stop_callback kept(source.get_token(), [&] { calls += 1; });
    {
      const stop_callback gone(source.get_token(), [&] { calls += 10; });
    }
    {
      const stop_callback none(stop_token(), [&] { calls += 100; });
    }
    source.request_stop();
    observe("calls", calls);
  };
  EXPECT_EQ(explore_in_every_way(program).outcomes, (Outcomes{{"calls=1", 1}}));
}

TEST(Threads, of_the_greatest_number_are_explored) {
  // 64 with the main thread, each with a variable of its own: one trace.
  const auto unrelated = [] {
    std::vector<std::unique_ptr<atomic<int>>> x;
    std::vector<thread> threads;
    for (int i = 0; i < 63; ++i) x.push_back(std::make_unique<atomic<int>>(0));
    for (const auto& mine : x) threads.emplace_back([&mine] { mine->store(1); });
    for (thread& each : threads) each.join();
  };
  EXPECT_EQ(explore(unrelated, to_the_end(Strategy::optimal_dpor)).executions, 1u);
  EXPECT_EQ(explore(unrelated, to_the_end(Strategy::source_dpor)).executions, 1u);

  // Each waits for the one before: one interleaving. The last two come in any order: two.
  for (const int last : {63, 61}) {
    const auto in_turn = [last] {
      atomic<int> turn{0};
      std::vector<thread> threads;
      for (int i = 0; i < 63; ++i) {
        threads.emplace_back([&turn, at = std::min(i, last)] {
          await([&] { return turn.load() >= at; });
          turn.fetch_add(1);
        });
      }
      for (thread& each : threads) each.join();
      observe("turn", turn.load());
    };
    for (const Strategy strategy : {Strategy::dfs, Strategy::optimal_dpor, Strategy::stateful}) {
      const Report report = explore(in_turn, to_the_end(strategy));
      EXPECT_TRUE(report.complete);
      EXPECT_EQ(report.verdict, Verdict::holds);
      EXPECT_EQ(outcomes_of(report), Set{"turn=63"});
      if (last == 63) {
        EXPECT_EQ(report.executions, 1u) << to_text(strategy);
      }
    }
  }
}

TEST(Threads, beyond_the_greatest_number_are_a_violation_that_says_so) {
  const auto program = [] {
    std::vector<thread> threads;
    for (int i = 0; i < 64; ++i) threads.emplace_back([] {});
    for (thread& each : threads) each.join();
  };
  for (const Strategy strategy : {Strategy::dfs, Strategy::optimal_dpor, Strategy::stateful, Strategy::random_walk}) {
    Options options = to_the_end(strategy);
    options.max_executions = 3;
    const Report report = explore(program, options);
    ASSERT_EQ(violated_in(report), Set{"thread-limit"}) << to_text(strategy);
    EXPECT_NE(report.violations[0].detail.find("64"), std::string::npos) << report.violations[0].detail;
  }
}

// Found by a random program: the creation of the last thread belonged to one transition or another, as the thread that
// is joined before it ended late or early, and a race with the creation in `b` was lost.
TEST(Threads, that_are_created_behind_a_join_hide_no_race) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    thread a([&] {
      thread first([&] { y.store(0); });
      observe("x", x.load());
      first.join();
      thread second([] {});
      second.join();
    });
    thread b([&] {
      y.store(1);
      thread inner([&] { x.store(1); });
      inner.join();
    });
    a.join();
    b.join();
    observe("y", y.load());
  };
  EXPECT_EQ(explore_in_every_way(program).outcomes.size(), 4u);
  EXPECT_EQ(count_classes(program).example, "");
}

// The same for what else is noticed without being an event.
TEST(Threads, that_arm_timers_behind_a_join_hide_no_race) {
  const auto program = [] {
    atomic<int> x{0};
    thread a([&] {
      thread first([&] { x.store(1); });
      observe("x", x.load());
      first.join();
      this_thread::sleep_for(std::chrono::milliseconds(2));
      x.store(2);
    });
    thread b([&] {
      this_thread::sleep_for(std::chrono::milliseconds(2));
      x.store(3);
    });
    a.join();
    b.join();
    observe("end", x.load());
  };
  explore_in_every_way(program);
  EXPECT_EQ(count_classes(program).example, "");
}

// A value was chosen in the transition of the one that ended last: no execution had this one end first, the violation
// come next, and the other not end.
TEST(Threads, that_choose_behind_a_join_hide_no_race) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    counting_semaphore<1> full{1};
    thread a([&] { full.release(); });
    thread b([&] {
      thread inner([&] { x.store(0); });
      y.load();
      inner.join();
      choose(2);
    });
    a.join();
    b.join();
  };
  Options options;
  options.stop_at_first_violation = false;
  EXPECT_EQ(explore(program, options).executions, 6u);  // What came first: nothing, one, the other, both, and a value.
  explore_in_every_way(program);
  EXPECT_EQ(count_classes(program).example, "");
}

// A failed check or assumption behind a join belonged to one transition or another.
TEST(Threads, that_fail_behind_a_join_do_so_in_a_transition_of_their_own) {
  const auto program = [](void (*fail)()) {
    return [fail] {
      atomic<int> x{0}, y{0};
      thread a([&] {
        thread inner([&] { x.store(0); });
        y.load();
        inner.join();
        fail();
      });
      thread b([&] { y.store(0); });
      a.join();
      b.join();
    };
  };
  Options options;
  options.strategy = Strategy::dfs;
  options.stop_at_first_violation = false;
  options.count_traces = true;
  // The other thread stores before the load, behind it, or not at all.
  EXPECT_EQ(explore(program([] { check(false, "always"); }), options).traces, 3u);
  options.strategy = Strategy::optimal_dpor;
  EXPECT_EQ(explore(program([] { check(false, "always"); }), options).executions, 3u);
  EXPECT_EQ(explore(program([] { assume(false); }), options).assumed_away, 3u);
}
