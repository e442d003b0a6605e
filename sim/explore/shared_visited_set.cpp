#include "explore/shared_visited_set.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace sim {
namespace {

constexpr std::uint64_t first_homes = 1 << 16;

}  // namespace

SharedVisitedSet::SharedVisitedSet(std::uint64_t most)
    : most_homes_(std::max(first_homes, most / 7 * 10 + 10)),
      head_(Pages::shared(sizeof(Head))),
      slots_(Pages::shared(HashSlots::bytes_for(most_homes_))) {
  head().homes.store(first_homes);
}

void SharedVisitedSet::grow(std::uint64_t states) {
  SIM_CHECK(states <= most());
  // Everybody waits meanwhile: a small table doubles, so that it does not happen often.
  constexpr std::uint64_t small = std::uint64_t{256} << 20;
  HashSlots table = current();
  std::uint64_t homes = table.homes;
  while (HashSlots::most_for(homes) < states) homes += HashSlots::bytes_for(homes) < small ? homes : homes / 2;
  homes = std::min(homes, most_homes_);
  if (homes == table.homes) return;
  table.spread(homes);
  head().homes.store(homes, std::memory_order_release);
}

bool SharedVisitedSet::repair(unsigned dead, std::uint32_t number) {
  bool is_written = false;
  const HashSlots table = current();
  for (std::size_t at = 0; at < HashSlots::slots_for(table.homes); ++at) {
    HashSlot& slot = table.slots[at];
    if (slot.value == (being_written | dead)) slot = {};
    if (slot.value == number + 1) is_written = true;
  }
  return is_written;
}

}  // namespace sim
