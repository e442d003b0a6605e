// What kept_exploration.cpp explores, and how it is interrupted or killed after some steps of these programs.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include "sim.hpp"

namespace kept {

using namespace sim;
using namespace std::chrono_literals;

inline std::uint64_t most_steps = 0, steps = 0;
enum class End { interruption, kill_all, kill_worker, kill_both };
inline End end_by = End::interruption;
inline const pid_t first_process = getpid();
inline std::atomic<bool>* a_worker_was_killed = nullptr;  // Shared.

// From then on at every step: an exploration may begin again.
[[gnu::noinline]] inline void step() {
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
inline void read_steps(const char* word) {
  if (*word == 'k') end_by = End::kill_all;
  if (*word == 'w') end_by = End::kill_worker;
  if (*word == 'b') end_by = End::kill_both;
  most_steps = std::strtoull(word + (end_by == End::interruption ? 0 : 1), nullptr, 10);
  void* const shared = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  a_worker_was_killed = ::new (shared) std::atomic<bool>(false);
}

/// Values are chosen, executions are dropped, threads block for ever, goals are reached, and properties are violated:
/// some early, some late.
inline void mixed() {
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
inline void racing() {
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
inline void polite() {
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
inline void stuck() {
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
inline void serving() {
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
inline void lively() {
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
inline void timed() {
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
inline void detours() {
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

inline int made_late() {
  static const int value = std::getenv("MOOD") != nullptr ? 1 : 2;
  return value;
}

/// Some executions initialise a function-local static, which is no part of any state.
inline void late() {
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
inline void crowd() {
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
inline void claim(std::uint32_t threads) {
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
inline void claims() {
  claim(4);
}
inline void many_claims() {
  claim(5);
}

}  // namespace kept
