#pragma once

#include <array>
#include <mutex>

#include "sim.hpp"

/// The programs that other checkers are measured with. Each shared access is sequentially consistent and one
/// scheduling point.
namespace bench {

/// N threads look for requests that are READY and process them, without synchronization between look and claim.
template <int N, int M>
void claim_racy() {
  struct Request {
    sim::atomic<int> status{0}, sent{0};
  };
  Request requests[M];
  const auto body = [&] {
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
template <int N, int K>
void counter() {
  sim::atomic<int> x{0};
  std::array<sim::thread, N> threads;
  for (sim::thread& thread : threads) {
    thread = sim::thread([&] {
      for (int i = 0; i < K; ++i) x.store(x.load() + 1);
    });
  }
  for (sim::thread& thread : threads) thread.join();
}

}  // namespace bench
