#include <sim/sim.hpp>

#include <iostream>

// Store buffering: which pairs of values can the two loads return?
void program() {
  sim::atomic<int> x{0, "x"}, y{0, "y"};
  sim::thread a{"a", [&] {
                  x.store(1);
                  sim::observe("a", y.load());
                }};
  sim::thread b{"b", [&] {
                  y.store(1);
                  sim::observe("b", x.load());
                }};
  a.join();
  b.join();
}

int main() {
  const sim::Report report = sim::explore(program, {.strategy = sim::Strategy::dfs});
  std::cout << to_text(report.verdict) << ", " << report.executions << " executions\n";
  for (const auto& [outcome, executions] : report.outcomes) std::cout << outcome << ": " << executions << "\n";
}
