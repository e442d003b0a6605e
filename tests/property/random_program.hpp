#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <set>
#include <string>
#include <vector>

/// Small concurrent programs as data: drawn at random, run by the engine, and enumerated without it.
namespace property {

enum class Op : std::uint8_t {
  load,
  store,
  fetch_add,
  exchange,
  compare_exchange,
  await_at_least,  // On an atomic.
  plain_load,
  plain_store,  // On a shared variable.
  lock,
  unlock,
  try_lock_or_skip,  // On a mutex; skips `value` instructions if busy.
  wait,
  wake,
  notify_one,
  notify_all,  // On a condition variable, with mutex 0.
  acquire,
  try_acquire,
  release,  // On a semaphore.
  send,
  receive,
  try_send,
  try_receive,
  close,  // On a channel.
  yield,
  sleep,
  choose,
  check_not,  // No scheduling points.
};

struct Instruction {
  Op op = Op::yield;
  int object = 0;
  int value = 0;
};

/// What one thread does, in order. Results go into its register: r = (7 r + result) mod 1009.
using Code = std::vector<Instruction>;

struct RandomProgram {
  std::vector<Code> threads;
  bool free_time = false;
};

inline constexpr int atomics = 2, plains = 1, mutexes = 2, capacity = 1;
inline constexpr int initial_semaphore = 1;
inline int absorb(int r, int result) {
  return ((7 * r + result) % 1009 + 1009) % 1009;
}

/// What all interleavings of a program come to.
struct Enumeration {
  std::uint64_t executions = 0;
  std::vector<std::uint64_t> by_preemptions, by_delays;  ///< Executions with exactly 0, 1, 2, ... of them.
  std::map<std::string, std::uint64_t> outcomes;
  std::set<std::string> violated;
};

/// Enumerates all interleavings by copying and stepping a plain struct: nothing of the engine is used.
Enumeration enumerate(const RandomProgram& program);

/// Runs the program with racewalk's primitives, inside an exploration.
void run(const RandomProgram& program);

std::ostream& operator<<(std::ostream& out, const RandomProgram& program);

}  // namespace property
