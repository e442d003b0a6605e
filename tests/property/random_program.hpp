#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/property/operations.hpp"

/// Small concurrent programs as data: drawn at random, run by the engine, and enumerated without it.
namespace property {

#define PROPERTY_NAME(name, ...) name,
enum class Op : std::uint8_t { PROPERTY_OPERATIONS(PROPERTY_NAME, PROPERTY_NAME) };
#undef PROPERTY_NAME
#define PROPERTY_ONE(...) +1
inline constexpr int op_count = 0 PROPERTY_OPERATIONS(PROPERTY_ONE, PROPERTY_ONE);
#undef PROPERTY_ONE

struct Instruction {
  Op op = Op::yield;
  int object = 0;
  int value = 0;
  int guarded = 0;  ///< Of a condition: how many of the following instructions are executed only if it holds.
};

/// What one thread does, in order. Results go into its register: r = (7 r + result) mod 1009.
using Code = std::vector<Instruction>;

struct RandomProgram {
  std::vector<Code> threads;
  bool free_time = false;
  bool stoppable = false;  ///< Its threads are of jthread, which asks each to stop before it joins it.
  bool processes = false;  ///< Its threads belong to home[1] and home[0] in turn.
  int volumes = 0;         ///< Of files.
  bool inline_serving = false;
  std::string theme = {};
};

inline constexpr int atomics = 2, mutexes = 2, capacity = 1;
inline constexpr int initial_semaphore = 1;
inline int absorb(int r, int result) {
  return ((7 * r + result) % 1009 + 1009) % 1009;
}

bool is_condition(Op op);
/// How many threads use an operation.
std::ptrdiff_t users(const RandomProgram& program, Op op);
inline bool uses(const RandomProgram& program, Op op) {
  return users(program, op) > 0;
}
bool uses_time(const RandomProgram& program);  ///< It has timers.

/// What all interleavings of a program come to.
struct Enumeration {
  std::uint64_t executions = 0;
  std::vector<std::uint64_t> by_preemptions, by_delays;  ///< Executions with exactly 0, 1, 2, ... of them.
  std::map<std::string, std::uint64_t> outcomes;
  std::set<std::string> violated;
};

/// Enumerates all interleavings by copying and stepping a plain struct: nothing of the engine is used.
/// Requires: a program of the basic theme.
Enumeration enumerate(const RandomProgram& program);

/// Runs the program with racewalk's primitives, inside an exploration.
void run(const RandomProgram& program);

/// The program as C++: a lambda `name`, to be explored.
std::string to_cpp(const RandomProgram& program, const std::string& name);
/// The same with its options, for a failing test to print.
std::ostream& operator<<(std::ostream& out, const RandomProgram& program);

}  // namespace property
