// What eventually finds in random programs, against an enumeration of what a strongly fair schedule can go around in.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "base/random.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/explore/workers.hpp"

using namespace sim;
using agreement::stateful;
using agreement::violated_in;
using Names = std::set<std::string>;

namespace {

constexpr std::uint32_t states = 6, threads = 3, properties = 2;
constexpr int blocked = -1;
constexpr std::array<const char*, properties> names = {"p0", "p1"};

using Set = std::uint32_t;  ///< Of states.

/// Threads that move one variable from state to state, for ever.
struct System {
  struct Move {
    int to = blocked;
    bool goal = false;
  };
  std::array<std::array<Move, states>, threads> moves;
  std::array<Set, properties> unmet;  ///< Where each property is false.

  explicit System(Random& random) {
    for (auto& of_thread : moves) {
      for (Move& move : of_thread) {
        if (random.below(2) != 0) move.to = static_cast<int>(random.below(states));
        move.goal = random.below(4) == 0;
      }
    }
    for (Set& set : unmet) set = random.below(1U << states) | random.below(1U << states);
  }

  bool is_blocked(std::uint32_t state) const {
    for (const auto& of_thread : moves) {
      if (of_thread[state].to != blocked) return false;
    }
    return true;
  }
  /// The states of `within` to which steps lead from `from`, itself included.
  Set reached(Set from, Set within) const {
    Set all = from & within;
    for (Set before = 0; before != all;) {
      before = all;
      for (const auto& of_thread : moves) {
        for (std::uint32_t state = 0; state < states; ++state) {
          if ((before >> state & 1) != 0 && of_thread[state].to != blocked) all |= 1U << of_thread[state].to & within;
        }
      }
    }
    return all;
  }
  /// A strongly fair schedule can go around in all of `set`, and nowhere else.
  bool is_kept_up(Set set) const {
    bool moves_within = false;
    for (const auto& of_thread : moves) {
      bool can_move = false, moves_here = false;
      for (std::uint32_t state = 0; state < states; ++state) {
        if ((set >> state & 1) == 0 || of_thread[state].to == blocked) continue;
        can_move = true;
        moves_here = moves_here || (set >> of_thread[state].to & 1) != 0;
      }
      if (can_move && !moves_here) return false;
      moves_within = moves_within || moves_here;
    }
    for (std::uint32_t state = 0; state < states; ++state) {
      if ((set >> state & 1) != 0 && reached(1U << state, set) != set) return false;
    }
    return moves_within;
  }
  bool goes_on_without(std::uint32_t property) const {
    const Set all = reached(1, ~Set{0});
    for (Set set = 1; set < 1U << states; ++set) {
      if ((set & ~(all & unmet[property])) == 0 && is_kept_up(set)) return true;
    }
    return false;
  }
  bool is_stuck_without(std::uint32_t property) const {
    const Set all = reached(1, ~Set{0});
    for (std::uint32_t state = 0; state < states; ++state) {
      if ((all & unmet[property] & 1U << state) != 0 && is_blocked(state)) return true;
    }
    return false;
  }
};

auto program_of(const System& system) {
  return [&system] {
    ghost<int> at;
    for (std::uint32_t property = 0; property < properties; ++property) {
      eventually(names[property], [&at, &system, property] { return (system.unmet[property] >> at.get() & 1) == 0; });
    }
    const auto body = [&](std::uint32_t me) {
      const auto& mine = system.moves[me];
      for (;;) {
        await([&] { return mine[at.get()].to != blocked; });  // Moves in the same transition.
        if (mine[at.get()].goal) reach("goal");
        at.change([&mine](int& it) { it = mine[it].to; });
      }
    };
    thread a("a", body, 0), b("b", body, 1), c("c", body, 2);
    a.join();
    b.join();
    c.join();
  };
}

Names of_properties(const Report& report) {
  Names found = violated_in(report);
  found.erase("deadlock");
  found.erase("livelock");
  return found;
}

}  // namespace

TEST(EventuallyInRandomPrograms, is_violated_where_an_enumeration_finds_a_fair_cycle_or_a_deadlock) {
  std::array<int, 3> seen = {};
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const System system(random);
    Names expected;
    for (std::uint32_t property = 0; property < properties; ++property) {
      const bool goes_on = system.goes_on_without(property), is_stuck = system.is_stuck_without(property);
      if (goes_on || is_stuck) expected.insert(names[property]);
      seen[0] += goes_on ? 1 : 0;
      seen[1] += is_stuck ? 1 : 0;
      seen[2] += goes_on || is_stuck ? 0 : 1;
    }
    const auto program = program_of(system);
    const Report report = explore(program, stateful());
    ASSERT_TRUE(report.complete) << report.reason;
    ASSERT_EQ(of_properties(report), expected);
    agreement::expect_replays(program, report, stateful());
    ASSERT_EQ(violated_in(explore(program, stateful(Order::breadth_first))), violated_in(report));
    if (seed % 20 == 0) {
      ASSERT_EQ(violated_in(explore(program, workers_test::with_workers(2))), violated_in(report));
    }
    ASSERT_FALSE(testing::Test::HasFailure());
  }
  for (const int times : seen) EXPECT_GT(times, 50);
}
