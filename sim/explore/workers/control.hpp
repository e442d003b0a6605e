#pragma once

#include <atomic>
#include <cstdint>

#include <semaphore.h>

namespace sim::workers {

/// More would not fit one byte of what is kept of each piece of work, with room for other marks.
inline constexpr unsigned most_workers = 64;

/// What a worker does. `parked`: it waits, at a place where it holds nothing, until the others may go on, too.
enum class Phase : std::uint32_t { starting, busy, idle, parked, ended };

/// Where workers are to park. `between`: where nothing is half done that is counted, and after a statement of what was
/// found; whoever cannot get there, because it waits for the parent, parks without one.
enum class Pause : std::uint32_t { no, anywhere, between };

/// What one worker tells the others. A cache line of its own: it is written often.
struct alignas(64) Seat {
  std::atomic<Phase> phase = Phase::starting;
  std::atomic<std::uint32_t> departures = 0;  ///< How often it stopped being idle.
  std::atomic<std::uint32_t> in_hand = 0;     ///< What it is about to publish; what that means is the search's affair.
  std::atomic<std::uint32_t> marks = 0;       ///< The search's affair, too.
  std::atomic<std::uint32_t> stated = 0;      ///< The last Control::statement that it has answered.
  std::atomic<std::uint64_t> executions = 0, states = 0, transitions = 0, depth = 0, memory_bytes = 0;
};

/// What the parent and its workers share, besides what the search shares.
struct Control {
  std::atomic<bool> stop = false;      ///< Leave the work where it is, and report. Explorers see it as an interruption.
  std::atomic<bool> finished = false;  ///< Nothing is left to do.
  std::atomic<Pause> pause = Pause::no;
  std::atomic<std::uint32_t> statement = 0;  ///< How often statements were asked for.
  std::atomic<bool> call = false;            ///< Some worker needs the parent to act while all are parked.
  std::atomic<bool> interrupted = false;     ///< A worker was interrupted: with `parent_stops`, it says so.
  bool parent_stops = false;         ///< Where a budget runs out or somebody interrupts, the parent stops all, in time.
  std::uint64_t max_executions = 0;  ///< Of all workers together; 0: no limit, and nobody counts.
  alignas(64) std::atomic<std::uint64_t> executions = 0;
  alignas(64) std::atomic<std::uint32_t> idle = 0;  ///< Workers.
  alignas(64) sem_t bell;                           ///< Wakes the parent.
  Seat seats[most_workers];
};
static_assert(std::atomic<Phase>::is_always_lock_free && std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace sim::workers
