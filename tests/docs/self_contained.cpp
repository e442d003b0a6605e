#include <sim/sim.hpp>

#include <iostream>
#include <map>

std::map<int, int> cache;  // Outlives every execution: what one leaves here, the next one finds.

void program() {
  sim::atomic<int> next{0, "next"};
  auto fill = [&next] { cache[next.fetch_add(1)] = 1; };
  sim::thread first{"first", fill}, second{"second", fill};
  first.join();
  second.join();
}

int main() {
  const sim::Report report = sim::explore(program);
  for (const sim::Violation& violation : report.violations) {
    std::cout << violation.property << ": " << violation.detail << "\n";
  }
}
