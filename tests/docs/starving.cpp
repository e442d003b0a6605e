#include <sim/sim.hpp>

#include <iostream>

// Asks again whenever it was served, for ever.
void ask(sim::atomic<bool>& waits) {
  for (;;) {
    sim::await([&] { return !waits.load(); });
    waits.store(true);
  }
}

// Serves who is urgent, and the other one only if nobody is.
void serve(sim::atomic<bool>& urgent, sim::atomic<bool>& normal) {
  for (;;) {
    sim::await([&] { return urgent.load() || normal.load(); });
    (urgent.load() ? urgent : normal).store(false);
    sim::reach("served");
  }
}

void program() {
  sim::atomic<bool> urgent{false, "urgent"}, normal{false, "normal"};
  sim::eventually("urgent-is-served", [&] { return !urgent.load(); });
  sim::eventually("normal-is-served", [&] { return !normal.load(); });
  sim::thread first{"first", [&] { ask(urgent); }}, second{"second", [&] { ask(normal); }};
  sim::thread server{"server", [&] { serve(urgent, normal); }};
  first.join();
  second.join();
  server.join();
}

int main() {
  const sim::Report report = sim::explore(program, {.strategy = sim::Strategy::stateful});
  const sim::Violation& violation = report.violations.front();
  std::cout << to_text(report.verdict) << ": " << violation.property << "\n" << violation.detail << "\n";
  std::cout << "schedule " << violation.schedule.to_text() << "\n";
}
