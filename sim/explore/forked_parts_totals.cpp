// What the processes that explore parts of one tree know of each other: what they have done, and whether to stop.
#include <cstring>

#include "explore/forked_parts_shared.hpp"

namespace sim {

ForkedParts::Totals ForkedParts::publish(const Totals& of_this_process) {
  collect_ended();
  Seat& mine = seat(seat_);
  // Twice: if this process dies in between, the sums are wrong by the change, and may be below 0.
  const auto add = [](std::atomic<std::uint64_t>& to_mine, std::atomic<std::uint64_t>& to_all, std::uint64_t change) {
    to_mine.fetch_add(change, std::memory_order_relaxed);
    const std::uint64_t sum = to_all.fetch_add(change, std::memory_order_relaxed) + change;
    return static_cast<std::int64_t>(sum) < 0 ? 0 : sum;
  };
  const Totals sums = {
      add(mine.executions, shared().executions, of_this_process.executions - published_.executions),
      add(mine.transitions, shared().transitions, of_this_process.transitions - published_.transitions),
      add(mine.memory_bytes, shared().memory_bytes, of_this_process.memory_bytes - published_.memory_bytes)};
  published_ = of_this_process;
  return sums;
}

std::uint64_t ForkedParts::publish_executions(std::uint64_t of_this_process) {
  const std::uint64_t change = of_this_process - published_.executions;
  published_.executions = of_this_process;
  if (change != 0) seat(seat_).executions.fetch_add(change, std::memory_order_relaxed);
  const std::uint64_t sum = change == 0 ? shared().executions.load(std::memory_order_relaxed)
                                        : shared().executions.fetch_add(change, std::memory_order_relaxed) + change;
  return static_cast<std::int64_t>(sum) < 0 ? 0 : sum;
}

// Whoever adds the last one sees all: each says what it has found before it looks at what the others have.
std::uint64_t ForkedParts::publish_found(std::uint64_t by_this_process) {
  const std::uint64_t before = seat(seat_).found.fetch_or(by_this_process);
  if ((by_this_process & ~before) == 0) return 0;
  std::uint64_t all = 0;
  for (const Seat& it : shared().seat) all |= it.found.load();
  return all;
}

void ForkedParts::stop() {
  flags_->stop.store(true, std::memory_order_relaxed);
}
void ForkedParts::give_up(std::string_view reason) {
  if (!flags_->given_up.exchange(true)) reason.copy(shared().reason, sizeof shared().reason - 1);
  stop();
}
std::string ForkedParts::why_given_up() const {
  return shared().reason;
}
void ForkedParts::ask_to_start_over() {
  flags_->start_over.store(true);
  stop();
}
void ForkedParts::forget() {
  std::memset(shared().reason, 0, sizeof shared().reason);
  flags_->given_up.store(false);
  shared().executions.store(0);
  shared().transitions.store(0);
  seat(seat_).executions.store(0);
  seat(seat_).transitions.store(0);
  published_.executions = published_.transitions = 0;
  flags_->start_over.store(false);
  flags_->stop.store(false);
}
void ForkedParts::ask_to_suspend() {
  flags_->suspend.store(true, std::memory_order_relaxed);
}
void ForkedParts::end_suspension() {
  flags_->suspend.store(false, std::memory_order_relaxed);
}
void ForkedParts::ask_to_cut_short(std::string_view reason) {
  if (!flags_->cut_short.exchange(true)) {
    reason.copy(shared().reason_to_cut_short, sizeof shared().reason_to_cut_short - 1);
  }
  ask_to_suspend();
}
std::string ForkedParts::why_to_cut_short() const {
  return shared().reason_to_cut_short;
}
std::uint32_t ForkedParts::deaths() const {
  return shared().deaths.load();
}

}  // namespace sim
