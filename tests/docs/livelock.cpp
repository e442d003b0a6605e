#include <sim/sim.hpp>

#include <iostream>

void wait_for(sim::atomic<bool>& flag) {
  while (!flag.load()) sim::this_thread::yield();
}

// Whoever comes second finds that the first one waits, and nobody is left who would set the flag.
void program() {
  sim::atomic<int> arrived{0, "arrived"};
  sim::atomic<bool> flag{false, "flag"};
  auto meet = [&] {
    if (arrived.fetch_add(1) == 0) wait_for(flag);
  };
  sim::thread first{"first", meet}, second{"second", meet};
  first.join();
  second.join();
}

int main() {
  const sim::Report report = sim::explore(program, {.strategy = sim::Strategy::stateful});
  const sim::Violation& violation = report.violations.front();
  std::cout << to_text(report.verdict) << ": " << violation.property << "\n" << violation.detail << "\n";
  std::cout << "schedule " << violation.schedule.to_text() << "\n";
}
