// Data races: conflicting plain accesses that no synchronization orders.
#include <gtest/gtest.h>

#include "tests/explore/agreement.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::stateful;
using agreement::to_the_end;
using agreement::violated_in;
using agreement::violation_of;
using Set = std::set<std::string>;

namespace {

template <class P>
void expect_race(P program) {
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(violated_in(report), Set{"data-race"});
  for (const Order order : {Order::depth_first, Order::breadth_first}) {
    EXPECT_EQ(violated_in(explore(program, stateful(order))), Set{"data-race"});
  }
}

template <class P>
void expect_no_race(P program) {
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(report.verdict, Verdict::holds);
}

// One thread writes plain data and publishes a flag; the other reads the data if it sees the flag.
auto message_passing(std::memory_order store, std::memory_order load) {
  return [store, load] {
    shared<int> data{0, "data"};
    atomic<int> flag{0, "flag"};
    thread writer("writer", [&] {
      data = 42;
      flag.store(1, store);
    });
    thread reader("reader", [&] {
      if (flag.load(load) == 1) observe("data", data.load());
    });
    writer.join();
    reader.join();
  };
}

}  // namespace

TEST(DataRace, is_two_plain_writes_at_once) {
  expect_race([] {
    shared<int> x{0};
    thread a([&] { x = 1; }), b([&] { x = 2; });
    a.join();
    b.join();
  });
}

TEST(DataRace, names_both_threads_and_the_object) {
  const auto program = [] {
    shared<int> x{0, "balance"};
    thread a("payer", [&] { x = 1; }), b("auditor", [&] { observe("x", x.load()); });
    a.join();
    b.join();
  };
  for (const Options& options : {to_the_end(Strategy::dfs), stateful()}) {
    const Violation race = violation_of(explore(program, options), "data-race");
    EXPECT_EQ(race.detail, "payer writes balance, and auditor reads it, with no synchronization in between");
    EXPECT_EQ(race.schedule.to_text(), "1 2");
    EXPECT_EQ(race.trace.scheduled_steps(), 2u);
  }
}

TEST(DataRace, is_not_two_plain_reads) {
  expect_no_race([] {
    shared<int> x{7};
    const auto body = [&] { observe("x", x.load()); };
    thread a(body), b(body);
    a.join();
    b.join();
  });
}

TEST(DataRace, is_not_what_a_lock_protects) {
  expect_no_race([] {
    mutex m;
    shared<int> x{0};
    const auto body = [&] {
      const std::lock_guard lock(m);
      x += 1;
    };
    thread a(body), b(body);
    a.join();
    b.join();
    check(x == 2, "both-counted");
  });
}

TEST(DataRace, is_what_two_different_locks_protect) {
  expect_race([] {
    mutex m, n;
    shared<int> x{0};
    thread a([&] {
      const std::lock_guard lock(m);
      x += 1;
    });
    thread b([&] {
      const std::lock_guard lock(n);
      x += 1;
    });
    a.join();
    b.join();
  });
}

TEST(DataRace, is_not_what_try_lock_semaphores_and_channels_order) {
  expect_no_race([] {
    mutex m;
    binary_semaphore s{0};
    channel<int> c{1};
    shared<int> x{0}, y{0}, z{0};
    thread a([&] {
      if (m.try_lock()) {
        x = 1;
        m.unlock();
      }
      y = 1;
      s.release();
      z = 1;
      c.send(1);
    });
    if (m.try_lock()) {
      x = 2;
      m.unlock();
    }
    s.acquire();
    y = 2;
    c.receive();
    z = 2;
    a.join();
  });
}

TEST(DataRace, is_not_what_spawn_and_join_order) {
  expect_no_race([] {
    shared<int> x{0};
    x = 1;
    thread a([&] { x += 1; });
    a.join();
    thread b([&] { x += 1; });
    b.join();
    check(x == 3, "three");
  });
}

TEST(DataRace, is_a_plain_access_before_the_join) {
  expect_race([] {
    shared<int> x{0};
    thread a([&] { x += 1; });
    x = 1;
    a.join();
  });
}

TEST(DataRace, is_not_what_release_and_acquire_order) {
  expect_no_race(message_passing(std::memory_order_release, std::memory_order_acquire));
  expect_no_race(message_passing(std::memory_order_seq_cst, std::memory_order_seq_cst));
}

// By clocks, dfs sees that relaxed accesses order nothing. State matching sees co-enabled accesses, and here there are
// none: what relaxed atomics do not order is beyond it.
TEST(DataRace, is_what_relaxed_accesses_do_not_order) {
  for (const auto& [store, load] : {std::pair{std::memory_order_relaxed, std::memory_order_acquire},
                                    std::pair{std::memory_order_release, std::memory_order_relaxed},
                                    std::pair{std::memory_order_relaxed, std::memory_order_relaxed}}) {
    const Report report = explore(message_passing(store, load), to_the_end(Strategy::dfs));
    EXPECT_EQ(violated_in(report), Set{"data-race"});
    EXPECT_EQ(violation_of(report, "data-race").schedule.to_text(), "1 1 2 2");
    EXPECT_EQ(explore(message_passing(store, load), stateful()).verdict, Verdict::holds);
  }
}

TEST(DataRace, is_not_what_a_release_sequence_orders) {
  expect_no_race([] {
    shared<int> data{0};
    atomic<int> flag{0};
    thread writer([&] {
      data = 42;
      flag.store(1, std::memory_order_release);
    });
    thread adder([&] { flag.fetch_add(2, std::memory_order_relaxed); });
    thread reader([&] {
      if (flag.load(std::memory_order_acquire) == 3) observe("data", data.load());
    });
    writer.join();
    adder.join();
    reader.join();
  });
}

TEST(DataRace, is_not_what_an_await_orders) {
  expect_no_race([] {
    shared<int> data{0};
    atomic<bool> ready{false};
    thread a([&] {
      data = 1;
      ready.store(true, std::memory_order_release);
    });
    await([&] { return ready.load(); });
    observe("data", data.load());
    a.join();
  });
}

TEST(DataRace, is_not_what_a_condition_variable_orders) {
  expect_no_race([] {
    mutex m;
    condition_variable changed;
    shared<int> data{0};
    thread a([&] {
      const std::lock_guard lock(m);
      data = 1;
      changed.notify_all();
    });
    {
      std::unique_lock lock(m);
      changed.wait(lock, [&] { return data == 1; });
    }
    a.join();
  });
}

TEST(DataRace, is_found_in_executions_that_end_otherwise) {
  const auto deadlocking = [] {
    mutex m;
    shared<int> x{0};
    const auto body = [&] {
      x = 1;
      m.lock();
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
  EXPECT_EQ(violated_in(explore(deadlocking, to_the_end(Strategy::dfs))), (Set{"data-race", "deadlock"}));
  const auto failing = [] {
    shared<int> x{0};
    thread a([&] { x = 1; });
    thread b([&] {
      x = 2;
      check(false, "never-reached");
    });
    a.join();
    b.join();
  };
  EXPECT_EQ(violated_in(explore(failing, to_the_end(Strategy::dfs))), (Set{"data-race", "never-reached"}));
  const auto dropped = [] {
    shared<int> x{0};
    atomic<int> y{0};
    thread a([&] { x = 1; });
    thread b([&] {
      x = 2;
      y = 1;
      assume(false);
    });
    a.join();
    b.join();
  };
  expect_race(dropped);
}

TEST(DataRace, is_no_leftover_of_an_access_that_is_done) {
  // While a thread asks for a value, its last operation, a plain access, is over.
  expect_no_race([] {
    shared<int> x{0};
    x = 1;
    thread a([&] { x += 1; });
    a.join();
    x = 2;
    observe("chosen", choose(2));
    thread b([&] { x += 1; });
    b.join();
  });
}

TEST(DataRace, is_found_beside_threads_that_choose_values) {
  expect_race([] {
    shared<int> x{0};
    thread a([&] {
      x = 1;
      observe("a", choose(2));
    });
    thread b([&] { x = 2; });
    thread c([] { observe("c", choose(2)); });
    a.join();
    b.join();
    c.join();
  });
}
