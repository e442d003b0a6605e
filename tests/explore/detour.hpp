#pragma once

#include <cstdint>

#include "sim.hpp"

namespace detour_test {

/// Takes time, and no step.
[[gnu::noinline]] inline void spin(int times) {
  for (volatile int i = 0; i < times;) i = i + 1;
}

/// A function of its own, so that which way it took is gone when it returns, and does not linger in a register.
[[gnu::noinline]] inline void go(int long_way, std::uint32_t long_value, int short_way, int spins) {
  const bool is_long = sim::choose(2) == long_value;
  for (int i = 0; i < (is_long ? long_way : short_way); ++i) sim::this_thread::yield();
  if (!is_long) spin(spins);
}

/// A program with a long and a short way to the same state: `long_way` steps of detour if `long_value` is chosen out of
/// 0 and 1, then `tail` steps that are shared. At the end a branch counts, so that what a limit cuts off can be seen.
/// The short way spins first, so that another process may be through with the long one before.
inline auto detour(int long_way, int tail, std::uint32_t long_value = 0, int short_way = 0, int spins = 0) {
  return [long_way, tail, long_value, short_way, spins] {
    sim::atomic<int> x{0};
    sim::thread slow([&] {
      go(long_way, long_value, short_way, spins);
      for (int i = 0; i < tail; ++i) x.store(i);
      sim::observe("end", x.load());
    });
    slow.join();
  };
}

}  // namespace detour_test
