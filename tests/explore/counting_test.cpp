// Semaphores, latches and barriers, in all interleavings, with exact numbers.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/explore/agreement.hpp"
#include "tests/explore/class_counter.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::outcomes_of;
using agreement::violated_in;
using classes::Classes;
using classes::count_classes;
using namespace std::chrono_literals;
using Set = std::set<std::string>;
using Outcomes = std::map<std::string, std::uint64_t>;

namespace {

Options in_time(Time time) {
  Options options;
  options.time = time;
  return options;
}

}  // namespace

TEST(Semaphore, lets_as_many_through_as_it_counts) {
  const Report report = explore_in_every_way([] {
    counting_semaphore<> free{2};
    atomic<int> inside{0};
    const auto body = [&] {
      free.acquire();
      check(inside.fetch_add(1) < 2, "at-most-two");
      inside.fetch_sub(1);
      free.release();
    };
    thread a(body), b(body), c(body);
    a.join();
    b.join();
    c.join();
    observe("tried", free.try_acquire() && free.try_acquire() && !free.try_acquire());
  });
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_EQ(outcomes_of(report), Set{"tried=1"});
}

TEST(Semaphore, is_misused_beyond_its_maximum) {
  EXPECT_EQ(violated_in(explore([] {
              binary_semaphore s{1};
              s.release();
            })),
            Set{"semaphore-misuse"});
}

TEST(Semaphore, that_is_made_or_released_beyond_its_maximum_is_misused) {
  EXPECT_EQ(violated_in(explore([] { counting_semaphore<3> s{4}; })), Set{"semaphore-misuse"});
  EXPECT_EQ(violated_in(explore([] { counting_semaphore<3> s{-1}; })), Set{"semaphore-misuse"});
  const auto program = [] {
    binary_semaphore s{0};
    const auto release = [&](const char* me) {
      s.release();
      observe(me, 1);
    };
    thread a(release, "a"), b(release, "b");
    a.join();
    b.join();
  };
  EXPECT_EQ(explore_in_every_way(program).outcomes,
            (Outcomes{{"a=1 semaphore-misuse", 1}, {"b=1 semaphore-misuse", 1}}));
  EXPECT_EQ(count_classes(program).count(), 2u);  // Releases commute only while there is room for both.
}

TEST(Semaphore, is_released_by_several_threads_in_one_class) {
  const auto program = [] {
    counting_semaphore<> s{0};
    const auto release = [&] { s.release(); };
    thread a(release), b(release), c(release);
    s.acquire();
    s.acquire();
    s.acquire();
    a.join();
    b.join();
    c.join();
  };
  EXPECT_EQ(explore_in_every_way(program).executions, 30u);
  EXPECT_EQ(count_classes(program).example, "");
}

TEST(Semaphore, gives_up_when_its_timer_fires) {
  const auto program = [] {
    counting_semaphore<> s{0};
    thread giver([&] { s.release(); });
    thread taker([&] { observe("taken", s.try_acquire_for(5ms)); });
    giver.join();
    taker.join();
  };
  EXPECT_EQ(explore_in_every_way(program, in_time(Time::urgent)).outcomes, (Outcomes{{"taken=1", 1}}));
  EXPECT_EQ(explore_in_every_way(program, in_time(Time::free)).outcomes, (Outcomes{{"taken=0", 1}, {"taken=1", 1}}));
  EXPECT_EQ(explore_in_every_way([] {
              counting_semaphore<> s{0};
              observe("taken", s.try_acquire_until(virtual_clock::now() + 5ms));
              observe("time", virtual_time().count());
            }).outcomes,
            (Outcomes{{"taken=0 time=5000000", 1}}));
}

// In free time a thread may be late although what it waits for is there. Its timer, overdue, holds up nobody, and does
// not fire either, unless somebody takes away what it waits for.
TEST(Semaphore, that_is_ready_does_not_time_out_and_holds_up_no_timer) {
  const auto program = [] {
    counting_semaphore<> s{0};
    thread first([&] { observe("first", s.try_acquire_for(5ms)); });
    thread second([&] {
      this_thread::sleep_for(10ms);
      observe("second", s.try_acquire());
    });
    thread giver([&] { s.release(); });
    first.join();
    second.join();
    giver.join();
  };
  EXPECT_EQ(explore_in_every_way(program, in_time(Time::free)).outcomes,
            (Outcomes{{"first=0 second=0", 1}, {"first=0 second=1", 3}, {"first=1 second=0", 2}}));
  const Classes free = count_classes(program, in_time(Time::free));
  EXPECT_TRUE(free.sound()) << free.example;
  EXPECT_EQ(explore_in_every_way(program, in_time(Time::urgent)).outcomes, (Outcomes{{"first=1 second=0", 1}}));
}

TEST(Latch, opens_when_all_have_counted_it_down) {
  const auto program = [] {
    latch all{2};
    atomic<int> x{0};
    const auto work = [&] {
      x.store_add(1);
      all.count_down();
    };
    thread a(work), b(work);
    thread waiter([&] {
      all.wait();
      observe("x", x.load());
    });
    a.join();
    b.join();
    waiter.join();
  };
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(report.outcomes, (Outcomes{{"x=2", 6}}));
  const Classes classes = count_classes(program);
  EXPECT_EQ(classes.count(), 1u);
  EXPECT_EQ(classes.example, "");
}

TEST(Latch, is_tried_without_blocking) {
  const auto program = [] {
    latch one{1, "one"};
    thread a([&] { one.count_down(); });
    observe("open", one.try_wait());
    a.join();
    check(one.try_wait(), "open-in-the-end");
    one.wait();
  };
  EXPECT_EQ(explore_in_every_way(program).outcomes, (Outcomes{{"open=0", 1}, {"open=1", 1}}));
  EXPECT_EQ(count_classes(program).example, "");
}

TEST(Latch, lets_all_go_on_together) {
  const auto program = [] {
    latch start{2};
    const auto body = [&] { start.arrive_and_wait(); };
    thread a(body), b(body);
    a.join();
    b.join();
  };
  EXPECT_EQ(explore_in_every_way(program).executions, 4u);
  EXPECT_EQ(count_classes(program).count(), 1u);
}

TEST(Latch, is_misused_below_zero) {
  EXPECT_EQ(violated_in(explore([] { latch l{-1}; })), Set{"latch-misuse"});
  EXPECT_EQ(violated_in(explore([] {
              latch l{3};
              l.count_down(4);
            })),
            Set{"latch-misuse"});
  const auto program = [] {
    latch l{1};
    const auto body = [&](const char* me) {
      l.count_down();
      observe(me, 1);
    };
    thread a(body, "a"), b(body, "b");
    a.join();
    b.join();
  };
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(report.outcomes, (Outcomes{{"a=1 b=1", 2}}));
  EXPECT_EQ(violated_in(report), Set{"latch-misuse"});
  EXPECT_EQ(count_classes(program).count(), 1u);
}

TEST(Barrier, keeps_threads_in_step) {
  const auto program = [] {
    barrier steps{2};
    atomic<int> x{0}, y{0};
    const auto body = [&](atomic<int>& mine, atomic<int>& other) {
      mine.store(1);
      steps.arrive_and_wait();
      check(other.load() == 1, "first-phase");
      steps.arrive_and_wait();
      mine.store(2);
    };
    thread a([&] { body(x, y); }), b([&] { body(y, x); });
    a.join();
    b.join();
  };
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(report.verdict, Verdict::holds);
  const Classes classes = count_classes(program);
  EXPECT_EQ(classes.count(), 1u);
  EXPECT_EQ(classes.example, "");
}

TEST(Barrier, has_24_interleavings_and_1_class_for_2_threads_in_2_phases) {
  const auto program = [] {
    barrier steps{2};
    const auto body = [&] {
      steps.arrive_and_wait();
      steps.arrive_and_wait();
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
  // 2 orders of arrivals, 6 of leaving and arriving again, 2 of leaving.
  EXPECT_EQ(explore_in_every_way(program).executions, 24u);
  EXPECT_EQ(count_classes(program).count(), 1u);
}

TEST(Barrier, is_one_state_after_any_number_of_phases) {
  const auto program = [] {
    barrier steps{2};
    const auto body = [&] {
      while (true) steps.arrive_and_wait();
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
  const Report report = explore(program, agreement::stateful());
  EXPECT_TRUE(report.complete);
  EXPECT_LT(report.states, 100u);
}

TEST(Barrier, calls_its_completion_function_once_a_phase) {
  const auto program = [] {
    int phases = 0;
    barrier steps{2, [&] { ++phases; }, "steps"};
    const auto body = [&] {
      steps.arrive_and_wait();
      check(phases == 1, "completed");
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
  // 2 orders of arrivals, the completion, 2 orders of leaving.
  EXPECT_EQ(explore_in_every_way(program).executions, 4u);
  const Classes classes = count_classes(program);
  EXPECT_EQ(classes.count(), 2u);
  EXPECT_EQ(classes.example, "");
}

TEST(Barrier, completes_while_all_others_wait) {
  const auto program = [] {
    atomic<int> x{0};
    barrier steps{2, [&] { x.store(x.load() + 1); }};
    const auto body = [&] {
      steps.arrive_and_wait();
      observe("x", x.load());
      steps.arrive_and_wait();
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
  EXPECT_EQ(outcomes_of(explore_in_every_way(program)), Set{"x=1 x=1"});
  EXPECT_EQ(count_classes(program).example, "");
}

TEST(Barrier, goes_on_without_threads_that_dropped_out) {
  const auto program = [] {
    barrier steps{2};
    thread leaving([&] { steps.arrive_and_drop(); });
    thread staying([&] {
      steps.arrive_and_wait();
      steps.arrive_and_wait();
    });
    leaving.join();
    staying.join();
  };
  EXPECT_EQ(explore_in_every_way(program).verdict, Verdict::holds);
  EXPECT_EQ(count_classes(program).example, "");
}

// Arrivals commute only within a phase: a thread that does not wait may arrive on either side of its end.
TEST(Barrier, orders_arrivals_of_threads_that_do_not_wait) {
  const auto program = [] {
    barrier steps{2};
    thread a([&] {
      steps.arrive_and_wait();
      observe("a", 1);
    });
    thread b([&] {
      (void)steps.arrive();
      steps.arrive_and_wait();
      observe("b", 1);
    });
    a.join();
    b.join();
  };
  // a first: with b's first arrival it goes on, and b waits for ever. Behind b's first it is the same; behind b's
  // second b goes on, and a waits for ever.
  EXPECT_EQ(outcomes_of(explore_in_every_way(program)), (Set{"a=1 deadlock", "b=1 deadlock"}));
  const Classes classes = count_classes(program);
  EXPECT_EQ(classes.example, "");
  EXPECT_GE(classes.count(), 2u);
}

TEST(Barrier, orders_arrivals_of_more_threads_than_it_expects) {
  const auto program = [] {
    barrier steps{2};
    thread a([&] { steps.arrive_and_wait(); });
    thread b([&] { (void)steps.arrive(); });
    thread c([&] { steps.arrive_and_wait(); });
    a.join();
    b.join();
    c.join();
  };
  // Who comes last is alone in the second phase: b does not mind.
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(report.outcomes, (Outcomes{{"", 12}, {"deadlock", 8}}));
  const Classes classes = count_classes(program);
  EXPECT_EQ(classes.example, "");
}

TEST(Barrier, is_misused_by_a_wait_for_a_phase_that_ended_before_the_last_one) {
  const auto program = [] {
    barrier it(2);
    atomic<int> x{0};
    thread a([&] {
      it.arrive_and_drop();
      auto arrived = it.arrive();  // In the phase of its first arrival, or, behind b's, in the next.
      x.load();
      it.wait(std::move(arrived));
    });
    thread b([&] { it.arrive_and_wait(); });
    a.join();
    b.join();
  };
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(violated_in(report), Set{"barrier-misuse"});
  const Classes classes = count_classes(program);
  EXPECT_TRUE(classes.sound()) << classes.example;
  EXPECT_EQ(explore(program, agreement::to_the_end(Strategy::optimal_dpor)).executions, classes.count());
}

TEST(Barrier, is_misused_by_more_arrivals_than_it_expects) {
  EXPECT_EQ(violated_in(explore([] { barrier b{-1}; })), Set{"barrier-misuse"});
  EXPECT_EQ(violated_in(explore([] {
              barrier b{1};
              (void)b.arrive(2);
            })),
            Set{"barrier-misuse"});
  EXPECT_EQ(violated_in(explore([] {
              barrier b{1};
              b.arrive_and_drop();
              b.arrive_and_drop();
            })),
            Set{"barrier-misuse"});
}
