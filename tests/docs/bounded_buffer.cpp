#include <sim/sim.hpp>

#include <iostream>
#include <mutex>

// A bounded buffer that forgets to look again after a wait: with two consumers an item is taken twice.
void program() {
  sim::mutex lock{"lock"};
  sim::condition_variable filled{"filled"};
  int items = 0;  // Only touched under the lock: a plain variable will do.

  auto consume = [&] {
    std::unique_lock guard(lock);
    if (items == 0) filled.wait(guard);
    sim::check(items > 0, "no-empty-take");
    --items;
  };
  sim::thread first{"consumer-1", consume}, second{"consumer-2", consume};
  {
    const std::scoped_lock guard(lock);
    items = 1;
    filled.notify_all();
  }
  {
    const std::scoped_lock guard(lock);
    ++items;
    filled.notify_one();
  }
  first.join();
  second.join();
}

int main() {
  const sim::Report report = sim::explore(program, {.strategy = sim::Strategy::stateful});
  std::cout << to_text(report.verdict) << ": " << report.violations.front().property << "\n";
}
