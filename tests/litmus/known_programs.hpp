#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "sim/sim.hpp"

/// Programs whose interleavings, reachable states and final states are known exactly, from independent enumerations.
namespace known {

/// The final contents of an object, read without a scheduling point.
template <class Object>
void observe_final(std::string_view name, const Object& object) {
  sim::observe(name, object.contents());
}

/// Runs `body(i)` for i from 0 to `count` - 1, each in a thread of its own, and waits for them.
template <class Body>
void run_threads(int count, Body body) {
  std::vector<sim::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back(body, i);
  for (sim::thread& thread : threads) thread.join();
}

template <int Threads, int Writes>
void independent() {
  std::array<sim::atomic<int>, Threads> x;
  run_threads(Threads, [&](int i) {
    for (int k = 0; k < Writes; ++k) x[static_cast<std::size_t>(i)].store(1);
  });
  for (const auto& one : x) observe_final("x", one);
}

template <int Readers>
void readers() {
  sim::atomic<int> x{0};
  run_threads(Readers + 1, [&](int i) {
    if (i == 0)
      x.store(1);
    else
      x.load();
  });
  observe_final("x", x);
}

template <int Threads>
void writers() {
  sim::atomic<int> x{0};
  run_threads(Threads, [&](int i) { x.store(i); });
  observe_final("x", x);
}

template <int Threads>
void increment() {
  sim::atomic<int> x{0};
  run_threads(Threads, [&](int i) {
    const int seen = x.load();
    x.store(seen + (1 << i));
  });
  observe_final("x", x);
}

template <int Threads>
void atomic_increment() {
  sim::atomic<int> x{0};
  run_threads(Threads, [&](int) { x.fetch_add(1); });
  observe_final("x", x);
}

template <int Threads>
void two_atomic_increments() {
  sim::atomic<int> x{0}, y{0};
  run_threads(Threads, [&](int) {
    x.fetch_add(1);
    y.fetch_add(1);
  });
  observe_final("x", x);
  observe_final("y", y);
}

template <int Writers>
void last_zero() {
  std::array<sim::atomic<int>, Writers + 1> a;
  run_threads(Writers + 1, [&](int j) {
    if (j == 0) {
      int i = Writers;
      while (a[static_cast<std::size_t>(i)].load() != 0) --i;
    } else {
      a[static_cast<std::size_t>(j)].store(a[static_cast<std::size_t>(j - 1)].load() + 1);
    }
  });
  for (const auto& one : a) observe_final("a", one);
}

inline void store_buffering() {
  sim::atomic<int> x{0}, y{0};
  run_threads(2, [&](int i) {
    (i == 0 ? x : y).store(1);
    (i == 0 ? y : x).load();
  });
  observe_final("x", x);
  observe_final("y", y);
}

inline void message_passing() {
  sim::atomic<int> x{0}, y{0};
  run_threads(2, [&](int i) {
    if (i == 0) {
      x.store(1);
      y.store(1);
    } else {
      y.load();
      x.load();
    }
  });
  observe_final("x", x);
  observe_final("y", y);
}

template <int Threads, int Times>
void lock_counter() {
  sim::mutex m;
  sim::atomic<int> c{0};
  run_threads(Threads, [&](int) {
    for (int k = 0; k < Times; ++k) {
      const std::lock_guard lock(m);
      c.store(c.load() + 1);
    }
  });
  observe_final("c", c);
}

template <int Threads>
void two_locks() {
  sim::mutex a, b;
  sim::atomic<int> x{0}, y{0};
  const auto section = [](sim::mutex& m, sim::atomic<int>& counter) {
    const std::lock_guard lock(m);
    counter.store(counter.load() + 1);
  };
  run_threads(Threads, [&](int) {
    section(a, x);
    section(b, y);
  });
  observe_final("x", x);
  observe_final("y", y);
}

template <int Threads>
void try_locks() {
  sim::mutex m;
  run_threads(Threads, [&](int) {
    if (m.try_lock()) m.unlock();
  });
  observe_final("m", m);
}

inline void abba() {
  sim::mutex a, b;
  run_threads(2, [&](int i) {
    const std::lock_guard first(i == 0 ? a : b);
    const std::lock_guard second(i == 0 ? b : a);
  });
}

template <int Philosophers>
void philosophers() {
  std::array<sim::mutex, Philosophers> fork;
  run_threads(Philosophers, [&](int i) {
    const std::lock_guard left(fork[static_cast<std::size_t>(i)]);
    const std::lock_guard right(fork[static_cast<std::size_t>((i + 1) % Philosophers)]);
  });
}

template <int Threads>
void semaphores() {
  sim::binary_semaphore s{1};
  run_threads(Threads, [&](int) {
    s.acquire();
    s.release();
  });
  observe_final("s", s);
}

/// A bounded queue of which every operation touches all of it.
class CoarseChannel {
 public:
  explicit CoarseChannel(int capacity) : capacity_(capacity) {}
  void send(int item) { operate(sim::OperationKind::channel_send, has_room, 1, item); }
  void receive() { operate(sim::OperationKind::channel_receive, has_item, -1, 0); }
  std::uint64_t contents() const { return static_cast<std::uint64_t>(count_ * 1000 + last_); }

 private:
  static bool has_room(const void* it) {
    return static_cast<const CoarseChannel*>(it)->count_ < static_cast<const CoarseChannel*>(it)->capacity_;
  }
  static bool has_item(const void* it) { return static_cast<const CoarseChannel*>(it)->count_ > 0; }
  void operate(sim::OperationKind kind, sim::runtime::Ready ready, int change, int item) {
    sim::runtime::announce_blocking(kind, this, sim::AccessMode::write, ready, this);
    const sim::detail::Change<CoarseChannel> changes(*this);
    count_ += change;
    if (change > 0) last_ = item;
  }

  int capacity_, count_ = 0, last_ = 0;
};

template <class Channel, int Items, int Capacity>
void one_sender_one_receiver() {
  Channel c{Capacity};
  run_threads(2, [&](int i) {
    for (int k = 0; k < Items; ++k) {
      if (i == 0)
        c.send(k);
      else
        c.receive();
    }
  });
  observe_final("c", c);
}

inline void condition_queue() {
  sim::mutex m;
  sim::condition_variable more;
  sim::atomic<int> n{0};
  run_threads(2, [&](int i) {
    std::unique_lock lock(m);
    if (i == 0) {
      n.store(n.load() + 1);
      more.notify_one();
    } else {
      int seen = n.load();
      for (; seen == 0; seen = n.load()) more.wait(lock);
      n.store(seen - 1);
    }
  });
  observe_final("n", n);
}

inline void lost_wakeup() {
  sim::mutex m;
  sim::condition_variable changed;
  sim::atomic<int> flag{0};
  run_threads(2, [&](int i) {
    if (i == 0) {
      if (flag.load() == 0) {
        std::unique_lock lock(m);
        changed.wait(lock);
      }
    } else {
      flag.store(1);
      const std::lock_guard lock(m);
      changed.notify_one();
    }
  });
  observe_final("flag", flag);
}

struct Program {
  std::string_view name;
  void (*run)();
  std::uint64_t interleavings;
  std::uint64_t reachable_states;  ///< What each thread has read so far is part of such a state.
  bool deadlocks;                  ///< Some interleaving deadlocks.
  std::uint64_t final_states;      ///< Of the shared objects; all deadlocks together count as one.
  std::uint64_t traces;            ///< Classes of interleavings that differ in the order of independent events only.
  std::uint64_t deadlocked_traces;
};

inline constexpr Program programs[] = {
    {"independent(3,2)", independent<3, 2>, 90, 27, false, 1, 1, 0},
    {"independent(4,3)", independent<4, 3>, 369'600, 256, false, 1, 1, 0},
    {"readers(3)", readers<3>, 24, 35, false, 1, 8, 0},
    {"readers(8)", readers<8>, 362'880, 6'817, false, 1, 256, 0},
    {"writers(4)", writers<4>, 24, 33, false, 4, 24, 0},
    {"inc(2)", increment<2>, 6, 14, false, 3, 4, 0},
    {"inc(3)", increment<3>, 90, 110, false, 7, 36, 0},
    {"ainc(4)", atomic_increment<4>, 24, 65, false, 1, 24, 0},
    {"binc(3)", two_atomic_increments<3>, 90, 133, false, 1, 36, 0},
    {"lastzero(5)", last_zero<5>, 3'487'880, 1'890, false, 16, 64, 0},
    {"SB", store_buffering, 6, 13, false, 1, 3, 0},
    {"MP", message_passing, 6, 13, false, 1, 3, 0},
    {"lockctr(2,2)", lock_counter<2, 2>, 6, 73, false, 1, 6, 0},
    {"lockctr(3,2)", lock_counter<3, 2>, 90, 1'081, false, 1, 90, 0},
    {"lockctr(4,1)", lock_counter<4, 1>, 24, 257, false, 1, 24, 0},
    {"lockctr(2,4)", lock_counter<2, 4>, 70, 1'001, false, 1, 70, 0},
    {"twolocks(3)", two_locks<3>, 59'682, 889, false, 1, 36, 0},
    {"trylock(3)", try_locks<3>, 24, 47, false, 1, 21, 0},
    {"deadlockABBA", abba, 6, 19, true, 2, 3, 1},
    {"phil(3)", philosophers<3>, 168, 87, true, 2, 7, 1},
    {"phil(4)", philosophers<4>, 98'184, 391, true, 2, 15, 1},
    {"sem(3)", semaphores<3>, 6, 20, false, 1, 6, 0},
    {"spsc_coarse(3,cap2)", one_sender_one_receiver<CoarseChannel, 3, 2>, 4, 9, false, 1, 4, 0},
    {"spsc_fine(3,cap2)", one_sender_one_receiver<sim::channel<int>, 3, 2>, 4, 9, false, 1, 1, 0},
    {"condq(1,1)", condition_queue, 2, 22, false, 1, 2, 0},
    {"lostwakeup", lost_wakeup, 8, 25, true, 2, 3, 1},
};

}  // namespace known
