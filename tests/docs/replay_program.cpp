#include <sim/sim.hpp>

#include <iostream>

void program() {
  sim::shared<int> balance{100, "balance"};
  sim::thread deposit{"deposit", [&balance] { balance += 20; }};
  sim::thread withdraw{"withdraw", [&balance] { balance -= 30; }};
  deposit.join();
  withdraw.join();
}

int main() {
  const sim::Report report = sim::explore(program);
  const std::string text = report.violations.front().schedule.to_text();
  std::cout << text << "\n" << report.violations.front().detail << "\n";

  // Later, in another process: the text is all that is needed.
  const auto schedule = sim::Schedule::from_text(text);
  const sim::Report again = sim::replay(program, *schedule);
  std::cout << again.violations.front().property << "\n";
}
