#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "explore/alternatives.hpp"
#include "explore/checkpoint.hpp"
#include "explore/pages.hpp"

namespace sim {

/// The graph of the states that a search has met, numbered from 0 in whatever order: what can be done in each, and
/// where it leads. 8 bytes a state, and 4 for each alternative; one more a state if the program has liveness
/// properties.
class StateGraph {
 public:
  /// Where an alternative leads.
  struct Edge {
    enum class Kind : std::uint8_t { not_taken, to_state, violation, assumed_away };
    Kind kind;
    bool goal;            ///< A goal was reached on the way.
    std::uint32_t state;  ///< If to_state.
  };

  /// A state, with an edge for each alternative.
  struct Node {
    Alternatives alternatives;
    std::span<const std::uint32_t> edges = {};

    bool is_expanded() const { return !edges.empty(); }
    Edge edge(std::size_t alternative) const;
  };

  StateGraph();
  /// In memory that processes forked from now on share, for at most `states` states. Each may expand states and set
  /// their edges; the same state is best left to one. Throws std::bad_alloc.
  static StateGraph shared(std::uint64_t states);

  /// What can be done in a state. The same state may be given again.
  void expand(std::uint32_t state, const Alternatives& alternatives);
  /// A state in which nothing can be done: the program has ended, or is blocked.
  void end(std::uint32_t state);

  /// Names an alternative of an expanded state, for the following functions.
  using EdgeId = std::uint32_t;
  static constexpr EdgeId no_edge = 0;
  EdgeId edge(std::uint32_t state, std::uint32_t alternative) const;
  void lead(EdgeId edge, std::uint32_t state, bool goal);
  void lead_to_violation(EdgeId edge, bool goal);
  void lead_nowhere(EdgeId edge, bool goal);  ///< Assumed away.

  /// The liveness properties that are false in a state, as a mask. The same may be noted again.
  void note_unmet(std::uint32_t state, std::uint8_t mask);
  std::uint8_t unmet(std::uint32_t state) const;
  /// All that are false in some state.
  std::uint8_t ever_unmet() const;

  Node node(std::uint32_t state) const;
  /// True iff nothing can be done there.
  bool is_end(std::uint32_t state) const { return begin(state) == ended; }

  /// The edges of the states with numbers below `states`. 1 to 5 bytes each.
  void save(checkpoint::Writer& to, std::uint64_t states) const;
  /// The same under other numbers: `order` has the states that get the numbers 0, 1, ..., and by state `numbers` has
  /// that number. Of those for which `is_open` is true no edges.
  void save(checkpoint::Writer& to, std::span<const std::uint32_t> order, std::span<const std::uint32_t> numbers,
            const std::function<bool(std::uint32_t state)>& is_open) const;
  /// Sets these edges again, in a graph in which the same states were expanded. False: they were not.
  bool load(checkpoint::Reader& from, std::uint64_t states);

  std::uint64_t bytes() const;
  /// True once something did not fit (4 billion words, 2 billion states), and the graph has gaps.
  bool is_full() const { return full_; }

 private:
  // The first two words of all count, where the memory is shared, the words that processes have taken.
  // A state's alternatives are a block of words: a header, further words where the header says so, and a word for each
  // alternative. Begin of a block: an index of words_; 0: not expanded; 1: nothing can be done.
  static constexpr std::uint32_t ended = 1;
  static constexpr std::uint32_t first_block = 4;

  static constexpr std::uint32_t header_value = 1U << 31;  ///< The next word is the number of values.
  static constexpr std::uint32_t header_waits = 1U << 30, header_fires = 1U << 29;
  static constexpr std::uint32_t header_wide = 1U << 28;  ///< The next two words are the set of threads.
  static constexpr std::uint32_t header_threads = header_wide - 1;

  static constexpr std::uint32_t goal_flag = 1U << 31;
  static constexpr std::uint32_t not_taken = 0, to_violation = 1, to_nowhere = 2, first_state = 3;
  static constexpr std::uint32_t max_states = goal_flag - first_state;

  std::uint32_t begin(std::uint32_t state) const;
  std::uint32_t allocate(std::uint64_t words);
  std::uint32_t* begins() const { return reinterpret_cast<std::uint32_t*>(begins_.data()); }
  std::uint8_t& unmet_at(std::uint64_t state) const { return reinterpret_cast<std::uint8_t*>(unmet_.data())[state]; }
  std::uint32_t* words() const { return reinterpret_cast<std::uint32_t*>(words_.data()); }
  void put(EdgeId edge, std::uint32_t target, bool goal) {
    if (edge != no_edge) words()[edge] = target | (goal ? goal_flag : 0);
  }

  static void save_edge(checkpoint::Writer& to, std::uint32_t word, std::uint64_t from, std::uint64_t to_state);

  struct Shared {};
  explicit StateGraph(Shared, std::uint64_t states);
  std::uint64_t& taken() const;
  void note_begin(std::uint32_t state, std::uint32_t at);

  Pages begins_;  ///< Of each state's block.
  Pages words_;
  Pages unmet_;  ///< A byte for each state, where one was noted; where memory is shared behind it that of ever_unmet().
  bool shared_ = false;
  std::uint64_t states_ = 0;                             ///< Numbers that there is room for.
  std::uint64_t used_ = first_block, end_ = UINT32_MAX;  ///< Words that may be given out next.
  bool full_ = false;
  std::uint8_t ever_unmet_ = 0;
};

}  // namespace sim
