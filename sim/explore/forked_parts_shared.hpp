#pragma once

#include <atomic>
#include <cstdint>

#include <semaphore.h>

#include "explore/forked_parts.hpp"

namespace sim {

/// What a process does that takes part. `ended`: it has said all that it will.
enum class Doing : std::uint8_t { nothing, works, waits, ended };

/// Of one process, or of none. A cache line of its own: it is written often.
struct alignas(64) ForkedParts::Seat {
  static constexpr unsigned nobody = ~0U;

  std::atomic<Doing> doing = Doing::nothing;
  std::atomic<unsigned> parent = nobody;  ///< Its seat.
  std::atomic<pid_t> process = 0;         ///< 0: not yet known.
  // What would be lost with the process: of its own, and of the parts that it has collected.
  std::atomic<std::uint64_t> executions = 0, transitions = 0, memory_bytes = 0;
  std::atomic<std::uint64_t> found = 0;

  void leave_empty() {
    for (auto* const count : {&executions, &transitions, &memory_bytes, &found}) count->store(0);
    parent.store(nobody);
    process.store(0);
    doing.store(Doing::nothing);
  }
};

/// What all processes share.
struct ForkedParts::Shared {
  static constexpr unsigned seats = 1024;
  alignas(64) Flags flags;
  alignas(64) sem_t idle;  ///< Workers.
  unsigned workers = 0;
  char reason[256] = {}, reason_to_cut_short[256] = {};
  std::atomic<std::uint32_t> deaths = 0;
  alignas(64) std::atomic<std::uint64_t> executions = 0;
  std::atomic<std::uint64_t> transitions = 0, memory_bytes = 0;
  static constexpr std::uint32_t depths = 64;  ///< For deeper parts as for the deepest of them.
  static std::uint32_t place_of(std::uint32_t depth) { return depth < depths ? depth : depths - 1; }
  // By place, in microseconds:
  std::atomic<std::uint32_t> work[depths] = {};    ///< Of the last part that ended; 0: none has.
  std::atomic<std::uint32_t> raised[depths] = {};  ///< What is expected since then, after it was too little; or 0.
  Seat seat[seats];
};

}  // namespace sim
