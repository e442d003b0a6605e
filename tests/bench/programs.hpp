#pragma once

#include <array>
#include <cstddef>
#include <mutex>

#include "sim.hpp"

/// The programs that other checkers are measured with. Each shared access is sequentially consistent and one
/// scheduling point.
namespace bench {

/// P stores to an object that no other thread touches: as many traces.
template <int P>
inline void store_privately() {
  if constexpr (P != 0) {
    sim::atomic<int> own{0};
    for (int i = 0; i < P; ++i) own.store(i);
  }
}

/// N threads look for requests that are READY and process them, without synchronization between look and claim.
template <int N, int M, int P = 0>
void claim_racy() {
  struct Request {
    sim::atomic<int> status{0}, sent{0};
  };
  Request requests[M];
  const auto body = [&] {
    store_privately<P>();
    for (bool found = true; found;) {
      found = false;
      for (Request& request : requests) {
        if (request.status.load() != 0) continue;
        found = true;
        request.status.store(1);
        request.sent.fetch_add(1);
        request.status.store(2);
      }
    }
  };
  std::array<sim::thread, N> threads;
  for (sim::thread& thread : threads) thread = sim::thread(body);
  for (sim::thread& thread : threads) thread.join();
}

/// The same with look and claim under one mutex.
template <int N, int M>
void claim_fixed() {
  struct Request {
    sim::atomic<int> status{0}, sent{0};
  };
  Request requests[M];
  sim::mutex mutex;
  const auto body = [&] {
    for (bool found = true; found;) {
      found = false;
      for (Request& request : requests) {
        mutex.lock();
        const bool ready = request.status.load() == 0;
        if (ready) request.status.store(1);
        mutex.unlock();
        if (!ready) continue;
        found = true;
        request.sent.fetch_add(1);
        request.status.store(2);
      }
    }
  };
  std::array<sim::thread, N> threads;
  for (sim::thread& thread : threads) thread = sim::thread(body);
  for (sim::thread& thread : threads) thread.join();
}

/// N threads increment x, K times each, by a load and a store.
template <int N, int K, int P = 0>
void counter() {
  sim::atomic<int> x{0};
  std::array<sim::thread, N> threads;
  for (sim::thread& thread : threads) {
    thread = sim::thread([&] {
      store_privately<P>();
      for (int i = 0; i < K; ++i) x.store(x.load() + 1);
    });
  }
  for (sim::thread& thread : threads) thread.join();
}

/// One thread writes x, N read it once each: 2^N traces.
template <int N>
void readers() {
  sim::atomic<int> x{0};
  std::array<sim::thread, N + 1> threads;
  threads[0] = sim::thread([&] { x.store(1); });
  for (int i = 1; i <= N; ++i) threads[static_cast<std::size_t>(i)] = sim::thread([&] { x.load(); });
  for (sim::thread& thread : threads) thread.join();
}

/// N threads each set one element of an array to its left neighbour's value plus one, while another looks for the last
/// zero: (N + 3) * 2^(N - 2) traces.
template <int N>
void lastzero() {
  std::array<sim::atomic<int>, N + 1> a;
  std::array<sim::thread, N + 1> threads;
  threads[0] = sim::thread([&] {
    for (std::size_t i = N; a[i].load() != 0;) --i;
  });
  for (std::size_t i = 1; i <= N; ++i) {
    threads[i] = sim::thread([&a, i] { a[i].store(a[i - 1].load() + 1); });
  }
  for (sim::thread& thread : threads) thread.join();
}

}  // namespace bench
