#pragma once

#include <cstdint>

namespace sim {

/// Number of a thread in one execution: 0 is the program's main thread, others count up in the order of their creation.
using ThreadId = std::uint32_t;

/// Names a shared object within one execution. Objects in the arena are named by their place in it, which is the same
/// in every execution in which the creating thread did the same before; files are named by a hash of their path; for
/// the clock and its like see event/footprint.hpp.
using ObjectId = std::uint32_t;

inline constexpr ObjectId no_object = 0;

/// Threads that one execution may create, the main thread included. Enabled sets are 64-bit masks.
inline constexpr std::uint32_t max_threads = 64;

}  // namespace sim
