#include "explore/workers/exchange.hpp"

#include "base/check.hpp"

namespace sim::workers {

Exchange::Exchange(std::size_t largest)
    : largest_((largest + 4095) / 4096 * 4096),
      header_(Pages::shared(sizeof(Header))),
      rooms_(Pages::shared(largest_ * places)) {}

bool Exchange::leave(unsigned who, const std::function<std::size_t(std::span<std::byte>)>& write) {
  for (unsigned at = 0; at < places; ++at) {
    Place& place = header().all[at];
    std::uint32_t expected = free;
    if (place.state.load(std::memory_order_relaxed) != free ||
        !place.state.compare_exchange_strong(expected, by(being_left, who))) {
      continue;
    }
    place.size = write({room(at), largest_});
    SIM_CHECK(place.size <= largest_);
    header().waiting.fetch_add(1);
    place.state.store(waits);
    return true;
  }
  return false;
}

std::optional<unsigned> Exchange::take(unsigned who) {
  for (unsigned at = 0; at < places; ++at) {
    Place& place = header().all[at];
    std::uint32_t expected = waits;
    if (place.state.load(std::memory_order_relaxed) != waits ||
        !place.state.compare_exchange_strong(expected, by(being_taken, who))) {
      continue;
    }
    header().waiting.fetch_sub(1);
    return at;
  }
  return std::nullopt;
}

std::span<const std::byte> Exchange::bytes(unsigned place) const {
  return {room(place), header().all[place].size};
}

void Exchange::has_taken(unsigned place) {
  header().all[place].state.store(free);
}

bool Exchange::is_empty() const {
  for (const Place& place : header().all) {
    if (place.state.load() != free) return false;
  }
  return true;
}

void Exchange::repair(unsigned dead) {
  std::uint32_t waiting = 0;
  for (Place& place : header().all) {
    if (place.state.load() == by(being_left, dead)) place.state.store(free);
    if (place.state.load() == by(being_taken, dead)) place.state.store(waits);
    if (place.state.load() == waits) ++waiting;
  }
  header().waiting.store(waiting);
}

void Exchange::each_waiting(const std::function<void(std::span<const std::byte>)>& visit) const {
  for (unsigned at = 0; at < places; ++at) {
    if (header().all[at].state.load() == waits) visit(bytes(at));
  }
}

}  // namespace sim::workers
