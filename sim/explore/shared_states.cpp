#include "explore/shared_states.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include "base/check.hpp"

namespace sim {
namespace {

constexpr std::uint64_t bytes_of_record = 16;

// Addresses for more states than this are not reserved: it would be some 70 GiB in memory.
constexpr std::uint64_t most_states = std::uint64_t{1} << 30;

// As many states as the budget has room for at the highest load, or as there are addresses for.
std::uint64_t states_within(const SharedStates::Settings& settings) {
  if (settings.max_bytes == 0) return most_states;
  constexpr std::uint64_t least_bytes_of_state = sizeof(HashSlot) * 10 / 7 + bytes_of_record;
  return std::clamp<std::uint64_t>(settings.max_bytes / least_bytes_of_state, 1 << 16, most_states);
}

}  // namespace

SharedStates::SharedStates(const Settings& settings)
    : settings_(settings),
      most_states_(states_within(settings)),
      visited_(most_states_),
      head_(Pages::shared(sizeof(Head))),
      records_(Pages::shared(most_states_ * sizeof(Record))) {
  static_assert(sizeof(Record) == bytes_of_record);
  head().first.store(none);
  if (settings.keep_graph) graph_ = StateGraph::shared(most_states_);
}

bool SharedStates::claim(Claim& claim) {
  if (!claim.is_used_up()) return true;
  const std::uint64_t room = std::min(visited_.room(), most_states_);
  std::uint64_t next = head().next.load();
  do {
    if (next + claimed_at_once > room) return false;
  } while (!head().next.compare_exchange_weak(next, next + claimed_at_once));
  claim = {static_cast<std::uint32_t>(next), static_cast<std::uint32_t>(next + claimed_at_once)};
  return true;
}

void SharedStates::grow() {
  const std::uint64_t wanted = head().next.load() + claimed_at_once;
  if (wanted > std::min(visited_.most(), most_states_)) {
    head().full.store(true);
  } else {
    visited_.grow(wanted);
  }
}

// In one step: a way must be as long as its state is deep, or ways could lead around in a circle; and a process that
// dies must leave the state either as it was or to be expanded.
bool SharedStates::Record::exchange(const Record& expected, const Record& desired) {
  const auto second_half = [](const Record& record) {
    return std::uint64_t{record.status.load(std::memory_order_relaxed)} << 32 |
           record.depth.load(std::memory_order_relaxed);
  };
  bool is_done = false;
  std::uint64_t low = expected.arrival.load(std::memory_order_relaxed), high = second_half(expected);
  asm volatile("lock cmpxchg16b %1"
               : "=@ccz"(is_done), "+m"(*this), "+a"(low), "+d"(high)
               : "b"(desired.arrival.load(std::memory_order_relaxed)), "c"(second_half(desired))
               : "memory");
  return is_done;
}

SharedStates::Met SharedStates::meet_again(std::uint32_t number, const Arrival& arrival, std::uint32_t depth,
                                           unsigned who) {
  Record& known = record(number);
  for (;;) {
    // They may not belong together, and are not exchanged then.
    const Record before = {known.arrival.load(), known.depth.load(), known.status.load()};
    const std::uint32_t status = before.status.load();
    if (depth >= before.depth.load()) return {false, false, number};
    const bool terminal = (status & status_terminal) != 0;
    const Record nearer = {pack(arrival), depth, terminal ? status : who + 1};
    if (known.exchange(before, nearer)) return {!terminal, !terminal && (status & status_cut) != 0, number};
  }
}

void SharedStates::finish(std::uint32_t number, const Ends& ends, unsigned who) {
  Record& known = record(number);
  const std::uint32_t violations = std::min(ends.violations, most_ends);
  const std::uint32_t assumed = std::min(ends.assumed_away, most_ends);
  head().more_violations.fetch_add(ends.violations - violations, std::memory_order_relaxed);
  head().more_assumed_away.fetch_add(ends.assumed_away - assumed, std::memory_order_relaxed);
  const std::uint32_t done = (who + 1) | status_done | violations << violations_shift | assumed << assumed_shift;
  std::uint32_t mine = who + 1;
  known.status.compare_exchange_strong(mine, done);  // Unless another one expands it again by now.
}

std::vector<std::uint32_t> SharedStates::inherit(unsigned dead, std::uint32_t in_hand) {
  const bool is_written = visited_.repair(dead, in_hand - 1);
  if (in_hand != 0 && !is_written) record(in_hand - 1).status.store(0);  // It comes again, from the state before it.
  return states_where(
      [dead](std::uint32_t status) { return (status & status_owner) == dead + 1 && (status & status_done) == 0; });
}

std::vector<Choice> SharedStates::path_to(std::uint32_t number) const {
  std::vector<Choice> path;
  for (Arrival by = arrival(number); by.parent != none; by = arrival(by.parent)) path.push_back(by.choice);
  std::ranges::reverse(path);
  return path;
}

SharedStates::Totals SharedStates::totals() const {
  Totals totals;
  for (std::uint64_t number = 0; number < numbers(); ++number) {
    const std::uint32_t status = record(number).status.load();
    if (status == 0) continue;
    ++totals.states;
    if ((status & status_terminal) != 0) ++totals.terminal;
    if ((status & status_cut) != 0) ++totals.cut_off;
    totals.ends.violations += status >> violations_shift & most_ends;
    totals.ends.assumed_away += status >> assumed_shift & most_ends;
  }
  totals.ends.violations += head().more_violations.load();
  totals.ends.assumed_away += head().more_assumed_away.load();
  return totals;
}

std::uint64_t SharedStates::bytes() const {
  const std::uint64_t graph = graph_ ? graph_->bytes() + numbers() * sizeof(std::uint32_t) : 0;
  return visited_.bytes() + numbers() * sizeof(Record) + graph;
}

}  // namespace sim
