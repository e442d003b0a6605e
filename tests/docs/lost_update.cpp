#include <sim/sim.hpp>

#include <iostream>

void program() {
  sim::atomic<int> counter{0, "counter"};
  auto increment = [&counter] { counter.store(counter.load() + 1); };
  sim::thread first{"first", increment}, second{"second", increment};
  first.join();
  second.join();
  sim::check(counter.load() == 2, "no-lost-update", "one increment is lost");
}

int main() {
  const sim::Report report = sim::explore(program);
  std::cout << to_text(report.verdict) << "\n";
  for (const auto& [property, detail, schedule, trace] : report.violations) {
    std::cout << property << ": " << detail << "; schedule " << schedule.to_text() << "\n";
    for (const sim::Event& event : trace.events()) {
      if (executes_at_once(event.operation.kind)) continue;  // Spawn, start, exit, join.
      std::cout << trace.thread_names()[event.thread] << ": " << to_text(event.operation.kind) << " "
                << trace.object_name(event.operation.object) << " " << event.text << "\n";
    }
  }
}
