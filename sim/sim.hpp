#pragma once

/// racewalk: run a concurrent C++ program in all its interleavings.
///
///     auto report = sim::explore([] {
///       sim::atomic<int> counter{0, "counter"};
///       auto increment = [&] { counter.store(counter.load() + 1); };
///       sim::thread a{"a", increment}, b{"b", increment};
///       a.join(); b.join();
///       sim::check(counter.load() == 2, "no-lost-update");
///     });

#include "explore/explore.hpp"              // IWYU pragma: export
#include "sync/atomic.hpp"                  // IWYU pragma: export
#include "sync/barrier.hpp"                 // IWYU pragma: export
#include "sync/channel.hpp"                 // IWYU pragma: export
#include "sync/condition_variable.hpp"      // IWYU pragma: export
#include "sync/condition_variable_any.hpp"  // IWYU pragma: export
#include "sync/forget.hpp"                  // IWYU pragma: export
#include "sync/ghost.hpp"                   // IWYU pragma: export
#include "sync/jthread.hpp"                 // IWYU pragma: export
#include "sync/latch.hpp"                   // IWYU pragma: export
#include "sync/mutex.hpp"                   // IWYU pragma: export
#include "sync/process.hpp"                 // IWYU pragma: export
#include "sync/property.hpp"                // IWYU pragma: export
#include "sync/recursive_mutex.hpp"         // IWYU pragma: export
#include "sync/semaphore.hpp"               // IWYU pragma: export
#include "sync/shared.hpp"                  // IWYU pragma: export
#include "sync/shared_mutex.hpp"            // IWYU pragma: export
#include "sync/stop_token.hpp"              // IWYU pragma: export
#include "sync/thread.hpp"                  // IWYU pragma: export
#include "sync/time.hpp"                    // IWYU pragma: export
#include "sync/win32.hpp"                   // IWYU pragma: export
