#pragma once

#include "tests/litmus/known_programs.hpp"

/// Programs with more interleavings than can be run one by one, whose number of traces is known in closed form.
namespace known {

/// N threads put four messages each into a table of 128 places, by compare-exchange, at the next free place from their
/// hash on (Flanagan and Godefroid, POPL 2005). Up to 11 threads never meet.
template <int Threads>
void indexer() {
  constexpr int size = 128, messages = 4;
  std::array<sim::atomic<int>, size> table;
  run_threads(Threads, [&](int thread) {
    for (int m = 1; m <= messages; ++m) {
      const int message = m * 11 + thread;
      for (int place = message * 7 % size;; place = (place + 1) % size) {
        int expected = 0;
        if (table[static_cast<std::size_t>(place)].compare_exchange_strong(expected, message)) break;
      }
    }
  });
}

/// N threads look whether their inode has a block, and if not take the next free block from 2 * inode on, with a lock
/// for each inode and each block (Flanagan and Godefroid, POPL 2005). Up to 13 threads never meet.
template <int Threads>
void filesystem() {
  constexpr int blocks = 26, inodes = 32;
  std::array<sim::mutex, inodes> inode_lock;
  std::array<sim::mutex, blocks> block_lock;
  std::array<sim::atomic<int>, inodes> inode;
  std::array<sim::atomic<bool>, blocks> busy;
  run_threads(Threads, [&](int thread) {
    const auto i = static_cast<std::size_t>(thread % inodes);
    const std::lock_guard inode_guard(inode_lock[i]);
    if (inode[i].load() != 0) return;
    for (std::size_t b = i * 2 % blocks;; b = (b + 1) % blocks) {
      const std::lock_guard block_guard(block_lock[b]);
      if (busy[b].load()) continue;
      busy[b].store(true);
      inode[i].store(static_cast<int>(b) + 1);
      return;
    }
  });
}

/// A thread increments x; another one joins N threads that increment y each, and then increments x: 2 * N! traces. The
/// N! orders come below both orders of x, so a search that keeps what it has planned needs memory for all of them.
template <int Threads>
void expmem() {
  sim::atomic<int> x{0}, y{0};
  sim::thread first([&] { x.fetch_add(1); });
  sim::thread second([&] {
    run_threads(Threads, [&](int) { y.fetch_add(1); });
    x.fetch_add(1);
  });
  first.join();
  second.join();
}

struct CountedProgram {
  std::string_view name;
  void (*run)();
  std::uint64_t traces;
};

inline constexpr CountedProgram larger_programs[] = {
    {"readers(2)", readers<2>, 4},
    {"readers(13)", readers<13>, 8'192},          // 2^n
    {"lastzero(10)", last_zero<10>, 3'328},       // (n + 3) * 2^(n - 2)
    {"lastzero(15)", last_zero<15>, 147'456},     // the same
    {"indexer(11)", indexer<11>, 1},              // 8^(n - 11)
    {"indexer(12)", indexer<12>, 8},              // the same
    {"indexer(13)", indexer<13>, 64},             // the same
    {"indexer(14)", indexer<14>, 512},            // the same
    {"indexer(15)", indexer<15>, 4'096},          // the same
    {"filesystem(13)", filesystem<13>, 1},        // 2^(n - 13)
    {"filesystem(14)", filesystem<14>, 2},        // the same
    {"filesystem(15)", filesystem<15>, 4},        // the same
    {"filesystem(16)", filesystem<16>, 8},        // the same
    {"filesystem(17)", filesystem<17>, 16},       // the same
    {"filesystem(18)", filesystem<18>, 32},       // the same
    {"filesystem(19)", filesystem<19>, 64},       // the same
    {"writers(6)", writers<6>, 720},              // n!
    {"ainc(6)", atomic_increment<6>, 720},        // n!
    {"lockctr(6,1)", lock_counter<6, 1>, 720},    // n!
    {"inc(4)", increment<4>, 576},                // (n!)^2
    {"lockctr(3,3)", lock_counter<3, 3>, 1'680},  // (nK)! / (K!)^n
    {"expmem(1)", expmem<1>, 2},                  // 2 * n!
    {"expmem(2)", expmem<2>, 4},                  // the same
    {"expmem(3)", expmem<3>, 12},                 // the same
    {"expmem(5)", expmem<5>, 240},                // the same
    {"expmem(7)", expmem<7>, 10'080},             // the same
};

}  // namespace known
