// Components and fair cycles of small random graphs, against definitions that are followed by enumeration.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/random.hpp"
#include "explore/livelocks.hpp"
#include "explore/state_graph.hpp"

using namespace sim;

namespace {

using Kind = StateGraph::Edge::Kind;
using Set = std::uint32_t;  ///< Of states.

constexpr std::uint32_t states = 7;

constexpr std::uint32_t properties = 2;

/// A graph in which every state is reached from state 0.
StateGraph random_graph(Random& random) {
  StateGraph graph;
  for (std::uint32_t state = 0; state < states; ++state) {
    const std::uint32_t unmet = random.below(4) | random.below(4);
    graph.note_unmet(state, static_cast<std::uint8_t>(unmet));
  }
  const std::uint32_t threads = 1 + random.below(3);
  for (std::uint32_t state = 0; state < states; ++state) {
    const std::uint64_t enabled = 1 + random.below((1U << threads) - 1);
    const bool value = random.below(8) == 0;
    const std::uint32_t alternatives = value ? 1 + random.below(3) : 0;
    const ThreadId thread = random.below(threads);
    if (random.below(10) == 0 && state != 0) {
      graph.end(state);
      continue;
    }
    graph.expand(state, {value ? std::uint64_t{1} << thread : enabled, alternatives});
    const StateGraph::Node node = graph.node(state);
    for (std::uint32_t k = 0; k < node.edges.size(); ++k) {
      const StateGraph::EdgeId edge = graph.edge(state, k);
      const bool goal = random.below(12) == 0;
      const std::uint32_t where = random.below(40);
      if (where == 0) {
        graph.lead_to_violation(edge, goal);
      } else if (where == 1) {
        graph.lead_nowhere(edge, goal);
      } else if (where != 2) {
        graph.lead(edge, where % 3 != 0 ? (state + 1) % states : random.below(states), goal);
      }
    }
  }
  return graph;
}

template <class Use>
void each_edge(const StateGraph& graph, std::uint32_t state, Use use) {
  const StateGraph::Node node = graph.node(state);
  for (std::uint32_t k = 0; k < node.edges.size(); ++k) use(node.alternatives.thread(k), node.edge(k));
}

/// What can be reached from `from` by edges inside `within`.
Set reachable(const StateGraph& graph, std::uint32_t from, Set within, bool goals) {
  Set reached = 1U << from;
  for (Set before = 0; before != reached;) {
    before = reached;
    for (std::uint32_t state = 0; state < states; ++state) {
      if ((reached >> state & 1) == 0) continue;
      each_edge(graph, state, [&](ThreadId, const StateGraph::Edge& edge) {
        if (edge.kind == Kind::to_state && (within >> edge.state & 1) != 0 && (goals || !edge.goal)) {
          reached |= 1U << edge.state;
        }
      });
    }
  }
  return reached;
}

bool is_strongly_connected(const StateGraph& graph, Set set, bool goals) {
  for (std::uint32_t state = 0; state < states; ++state) {
    if ((set >> state & 1) != 0 && (reachable(graph, state, set, goals) & set) != set) return false;
  }
  return true;
}

struct Facts {
  bool has_cycle = false, can_leave = false, goal = false;
  std::uint64_t enabled = 0, taken = 0;
};
Facts facts_of(const StateGraph& graph, Set set, bool goals) {
  Facts facts;
  for (std::uint32_t state = 0; state < states; ++state) {
    if ((set >> state & 1) == 0) continue;
    facts.enabled |= graph.node(state).alternatives.threads;
    if (!graph.node(state).is_expanded()) facts.can_leave = true;
    each_edge(graph, state, [&](ThreadId thread, const StateGraph::Edge& edge) {
      const bool stays = edge.kind == Kind::to_state && (set >> edge.state & 1) != 0 && (goals || !edge.goal);
      if (!stays) {
        facts.can_leave = true;
        return;
      }
      facts.has_cycle = true;
      facts.goal = facts.goal || edge.goal;
      facts.taken |= std::uint64_t{1} << thread;
    });
  }
  return facts;
}

struct Expected {
  std::uint64_t inescapable = 0, quiescent = 0;
  bool escapable = false;
  std::array<bool, properties> unmet = {};
};

// By enumeration of all sets of states that can be reached.
Expected expected_of(const StateGraph& graph) {
  Expected expected;
  Set trapped = 0;
  const Set all = reachable(graph, 0, (1U << states) - 1, true);
  for (Set set = 1; set < 1U << states; ++set) {
    if ((set & ~all) != 0 || !is_strongly_connected(graph, set, true)) continue;
    const Facts facts = facts_of(graph, set, true);
    if (!facts.has_cycle || facts.can_leave) continue;
    ++(facts.goal ? expected.quiescent : expected.inescapable);
    if (!facts.goal) trapped |= set;
  }
  for (Set set = 1; set < 1U << states; ++set) {
    if ((set & ~all) != 0 || (set & trapped) != 0 || !is_strongly_connected(graph, set, false)) continue;
    const Facts facts = facts_of(graph, set, false);
    if (facts.has_cycle && (facts.enabled & ~facts.taken) == 0) expected.escapable = true;
  }
  for (Set set = 1; set < 1U << states; ++set) {
    if ((set & ~all) != 0 || !is_strongly_connected(graph, set, true)) continue;
    const Facts facts = facts_of(graph, set, true);
    const bool is_fair = facts.has_cycle && (facts.enabled & ~facts.taken) == 0;
    for (std::uint32_t property = 0; is_fair && property < properties; ++property) {
      bool everywhere = true;
      for (std::uint32_t state = 0; state < states; ++state) {
        if ((set >> state & 1) != 0 && (graph.unmet(state) >> property & 1) == 0) everywhere = false;
      }
      expected.unmet[property] = expected.unmet[property] || everywhere;
    }
  }
  return expected;
}

// The cycle comes back, is strongly fair, and either reaches no goal, or the properties `unmet` are false all around.
void expect_fair_cycle(const StateGraph& graph, const Schedule& schedule, std::uint32_t unmet = 0) {
  ASSERT_TRUE(schedule.cycle().has_value());
  ASSERT_LT(*schedule.cycle(), schedule.size());
  std::uint32_t at = 0, start = 0;
  std::uint64_t enabled = 0, taken = 0;
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    if (i == *schedule.cycle()) start = at;
    const Choice choice = schedule.choices()[i];
    const StateGraph::Node node = graph.node(at);
    std::uint32_t alternative = 0;
    while (alternative < node.edges.size() && !(node.alternatives.choice(alternative) == choice)) ++alternative;
    ASSERT_LT(alternative, node.edges.size()) << schedule.to_text() << " at " << i;
    const StateGraph::Edge edge = node.edge(alternative);
    ASSERT_EQ(edge.kind, Kind::to_state);
    if (i >= *schedule.cycle()) {
      enabled |= node.alternatives.threads;
      taken |= std::uint64_t{1} << node.alternatives.thread(alternative);
      EXPECT_FALSE(edge.goal && unmet == 0);
      EXPECT_EQ(graph.unmet(edge.state) & unmet, unmet);
    }
    at = edge.state;
  }
  EXPECT_EQ(at, start) << schedule.to_text();
  EXPECT_EQ(enabled & ~taken, 0u) << schedule.to_text();
}

}  // namespace

TEST(LivelocksOfRandomGraphs, are_those_that_an_enumeration_finds) {
  std::array<std::uint64_t, 5> seen = {};
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    Random random(seed);
    const StateGraph graph = random_graph(random);
    const Set reached = reachable(graph, 0, (1U << states) - 1, true);
    if (reached != (1U << states) - 1) continue;  // Of an exploration, every state was reached.
    const Expected expected = expected_of(graph);
    const Livelocks found = find_livelocks(graph, states);
    ASSERT_EQ(found.inescapable, expected.inescapable) << "seed " << seed;
    ASSERT_EQ(found.quiescent, expected.quiescent) << "seed " << seed;
    ASSERT_EQ(found.escapable != 0, expected.escapable) << "seed " << seed;
    ASSERT_EQ(found.inescapable_cycle.has_value(), expected.inescapable != 0) << "seed " << seed;
    ASSERT_EQ(found.escapable_cycle.has_value(), expected.escapable) << "seed " << seed;
    if (found.inescapable_cycle) expect_fair_cycle(graph, *found.inescapable_cycle);
    if (found.escapable_cycle) expect_fair_cycle(graph, *found.escapable_cycle);
    for (std::uint32_t property = 0; property < properties; ++property) {
      const std::optional<Schedule>& cycle = found.unmet_cycles[property];
      ASSERT_EQ(cycle.has_value(), expected.unmet[property]) << "seed " << seed;
      if (cycle) expect_fair_cycle(graph, *cycle, 1U << property);
      seen[3 + property] += expected.unmet[property] ? 1 : 0;
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
    seen[0] += expected.inescapable;
    seen[1] += expected.quiescent;
    seen[2] += expected.escapable ? 1 : 0;
  }
  for (const std::uint64_t count : seen) EXPECT_GT(count, 100u) << "too few graphs have what is looked for";
}

TEST(StateGraph, keeps_alternatives_of_every_shape) {
  StateGraph graph;
  const std::uint64_t wide = std::uint64_t{1} << 63 | std::uint64_t{1} << 28 | 2;
  graph.expand(0, {wide});
  graph.expand(1, {std::uint64_t{1} << 40, 5});
  graph.lead(graph.edge(0, 2), 1, true);
  graph.lead(graph.edge(1, 4), 0, false);
  graph.expand(0, {wide});  // Again: nothing is forgotten.
  const StateGraph::Node threads = graph.node(0), values = graph.node(1);
  EXPECT_EQ(threads.alternatives.threads, wide);
  ASSERT_EQ(threads.edges.size(), 3u);
  EXPECT_EQ(threads.alternatives.choice(1), (Choice{28, false}));
  EXPECT_EQ(threads.alternatives.thread(2), 63u);
  EXPECT_EQ(threads.edge(2).state, 1u);
  EXPECT_TRUE(threads.edge(2).goal);
  EXPECT_EQ(threads.edge(0).kind, Kind::not_taken);
  EXPECT_TRUE(values.alternatives.values == 5);
  ASSERT_EQ(values.edges.size(), 5u);
  EXPECT_EQ(values.alternatives.choice(4), (Choice{4, true}));
  EXPECT_EQ(values.alternatives.thread(4), 40u);
  EXPECT_EQ(values.edge(4).kind, Kind::to_state);
  EXPECT_FALSE(graph.node(2).is_expanded());
}
