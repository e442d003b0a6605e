#include "explore/transition_cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sim {

void TransitionCache::clear() {
  *this = {};
}

TransitionCache::StateId TransitionCache::number_of(std::span<const std::byte> state, std::uint64_t enabled) {
  const auto next = static_cast<StateId>(states_.size());
  if (is_full()) return none;
  const VisitedSet::Lookup found = state_numbers_.insert(hash_bytes(state.data(), state.size()), next + 1);
  if (found.is_new) {
    add_state(state, enabled);
    return next;
  }
  const StateId known = *found.value - 1;
  return equals(states_[known], state) ? known : none;
}

// The last block may be filled up with zeroes: what a state is made of tells where it ends.
void TransitionCache::add_state(std::span<const std::byte> state, std::uint64_t enabled) {
  const auto blocks = static_cast<std::uint32_t>((state.size() + block_bytes - 1) / block_bytes);
  const int first = std::countr_zero(enabled), end = std::bit_width(enabled);
  states_.push_back({static_cast<std::uint32_t>(block_numbers_.size()), blocks,
                     static_cast<std::uint32_t>(transitions_.size()) - static_cast<std::uint32_t>(first), enabled});
  for (std::size_t at = 0; at < state.size(); at += block_bytes) {
    Block block = {};
    std::memcpy(block.bytes, state.data() + at, std::min(block_bytes, state.size() - at));
    block_numbers_.push_back(number_of_block(block));
  }
  transitions_.resize(transitions_.size() + static_cast<std::size_t>(end - first));
}

bool TransitionCache::equals(const State& known, std::span<const std::byte> state) const {
  if (known.block_count != (state.size() + block_bytes - 1) / block_bytes) return false;
  for (std::uint32_t at = 0; at < known.block_count; ++at) {
    const std::uint32_t number = block_numbers_[known.first_block + at];
    const std::size_t from = at * block_bytes;
    if (number == none) return false;
    if (std::memcmp(blocks_[number].bytes, state.data() + from, std::min(block_bytes, state.size() - from)) != 0)
      return false;
  }
  return true;
}

std::uint32_t TransitionCache::number_of_block(const Block& block) {
  const auto next = static_cast<std::uint32_t>(blocks_.size());
  const VisitedSet::Lookup found = block_numbers_by_hash_.insert(hash_bytes(block.bytes, block_bytes), next + 1);
  if (found.is_new) {
    blocks_.push_back(block);
    return next;
  }
  const std::uint32_t known = *found.value - 1;
  return std::memcmp(blocks_[known].bytes, block.bytes, block_bytes) == 0 ? known : none;
}

void TransitionCache::learn(StateId state, ThreadId thread, Transition transition,
                            std::span<const HappensBefore::Join> joins) {
  if (transition.next == none && !transition.ends()) return;
  Transition& known = transitions_[place_of(state, thread)];
  if (known.is_known) return;
  transition.is_known = true;
  transition.first_join = static_cast<std::uint32_t>(joins_.size());
  transition.join_count = static_cast<std::uint8_t>(joins.size());
  joins_.insert(joins_.end(), joins.begin(), joins.end());
  known = transition;
}

std::uint32_t TransitionCache::number_of_outcome(const Hash128& hash, const std::string& text) {
  const auto [place, is_new] = outcome_by_hash_.try_emplace(hash.low, static_cast<std::uint32_t>(outcomes_.size()));
  if (is_new) outcomes_.push_back({hash, text});
  return place->second;
}

std::uint64_t TransitionCache::bytes() const {
  constexpr std::uint64_t bytes_of_outcome = 128;  // About, with its text.
  if (states_.empty()) return 0;
  return blocks_.capacity() * sizeof(Block) + block_numbers_.capacity() * sizeof(std::uint32_t) +
         states_.capacity() * sizeof(State) + transitions_.capacity() * sizeof(Transition) +
         joins_.capacity() * sizeof(HappensBefore::Join) + outcomes_.size() * bytes_of_outcome +
         state_numbers_.bytes() + block_numbers_by_hash_.bytes();
}

}  // namespace sim
