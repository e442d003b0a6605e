#include <sim/sim.hpp>

#include <iostream>

// A frame of its own: what it leaves behind can be cleared, and is not part of the caller.
[[gnu::noinline]] void work(sim::atomic<int>& turn, int me) {
  sim::await([&turn, me] { return turn.load() == me; });
  turn.store(1 - me);
  sim::reach("turn taken");  // A goal, reached again and again: going on for ever is what the program is for.
}

// Runs for ever, in finitely many states.
void player(sim::atomic<int>& turn, int me) {
  for (;;) {
    sim::forget_dead_frames();
    work(turn, me);
  }
}

void program() {
  sim::atomic<int> turn{0, "turn"};
  sim::thread ping{"ping", [&turn] { player(turn, 0); }};
  sim::thread pong{"pong", [&turn] { player(turn, 1); }};
  ping.join();
  pong.join();
}

int main() {
  const sim::Report report = sim::explore(program, {.strategy = sim::Strategy::stateful});
  std::cout << to_text(report.verdict) << ", complete: " << std::boolalpha << report.complete << "\n";
}
