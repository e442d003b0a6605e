#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash128.hpp"
#include "base/ids.hpp"
#include "event/footprint_table.hpp"
#include "event/happens_before.hpp"
#include "event/operation.hpp"
#include "explore/visited_set.hpp"
#include "runtime/search.hpp"

namespace sim {

/// What transitions led to, by the state they began in and the thread that made them: whoever comes to the same state
/// by another way need not make them again. States are compared byte by byte, not by hashes alone, so that nothing is
/// ever taken for what it is not. They are kept in blocks, each only once, as most states differ from others in few
/// (Holzmann: State compression in SPIN, 1997).
class TransitionCache {
 public:
  using StateId = std::uint32_t;
  static constexpr StateId none = ~StateId{0};

  struct Transition {
    StateId next = none;  ///< none: it ends the execution, or leads to a state without a number.
    bool is_known = false;
    OperationKind kind = OperationKind::none;
    bool blocking = false;
    std::uint8_t join_count = 0;
    FootprintId footprint = 0;
    std::uint32_t first_join = 0;
    std::uint32_t outcome = none;  ///< Of one that ends the execution.
    bool ends() const { return outcome != none; }
  };

  void clear();
  /// The number of a state, which is new if it was not met before: `none` if there is no room for it, or if its hash is
  /// that of another one.
  StateId number_of(std::span<const std::byte> state, std::uint64_t enabled);
  std::uint64_t enabled(StateId state) const { return states_[state].enabled; }
  /// Null: not known. Requires: the thread is enabled there.
  const Transition* find(StateId state, ThreadId thread) const {
    const Transition& transition = transitions_[place_of(state, thread)];
    return transition.is_known ? &transition : nullptr;
  }
  std::span<const HappensBefore::Join> joins(const Transition& transition) const {
    return {joins_.data() + transition.first_join, transition.join_count};
  }
  /// From now on it is known, unless it leads to a state without a number.
  void learn(StateId state, ThreadId thread, Transition transition, std::span<const HappensBefore::Join> joins);
  /// Of executions: numbered from 0.
  std::uint32_t number_of_outcome(const Hash128& hash, const std::string& text);
  const Outcome& outcome(std::uint32_t number) const { return outcomes_[number]; }

  /// So many states it takes in at most, if they fit. Tests change it.
  static inline std::size_t most_states = none;
  std::uint64_t bytes() const;
  bool is_full() const { return bytes() > most_bytes || states_.size() >= most_states; }

 private:
  static constexpr std::uint64_t most_bytes = 6 << 20;
  static constexpr std::size_t block_bytes = 64;
  struct Block {
    std::byte bytes[block_bytes];
  };
  struct State {
    std::uint32_t first_block, block_count;  ///< In block_numbers_.
    std::uint32_t first_transition;  ///< That of thread 0, if it had one: from the first enabled thread to the last.
    std::uint64_t enabled;
  };
  std::size_t place_of(StateId state, ThreadId thread) const {
    return static_cast<std::uint32_t>(states_[state].first_transition + thread);
  }
  bool equals(const State& known, std::span<const std::byte> state) const;
  /// `none`: another block has the same hash.
  std::uint32_t number_of_block(const Block& block);
  void add_state(std::span<const std::byte> state, std::uint64_t enabled);

  std::vector<Block> blocks_;
  std::vector<std::uint32_t> block_numbers_;
  std::vector<State> states_;
  std::vector<Transition> transitions_;
  std::vector<HappensBefore::Join> joins_;
  std::deque<Outcome> outcomes_;                                      ///< They stay where they are, until clear().
  VisitedSet state_numbers_, block_numbers_by_hash_;                  ///< By hash: the number plus 1.
  std::unordered_map<std::uint64_t, std::uint32_t> outcome_by_hash_;  ///< Looked up, never iterated.
};

}  // namespace sim
