// Transitions that are known need not be run: the table, how the explorer goes to points that were never reached by
// running, and counts that are known.
#include "explore/transition_cache.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cctype>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/programs.hpp"
#include "explore/explorer.hpp"
#include "explore/forked_parts.hpp"
#include "tests/explore/cached.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace sim;
using agreement::to_the_end;
using cached::explore_both;

namespace {

std::vector<std::byte> bytes_of(std::size_t size, unsigned char last) {
  std::vector<std::byte> bytes(size, std::byte{7});
  bytes.back() = std::byte{last};
  return bytes;
}

/// Goes to points that it has named by itself: first to one at depth 2, and lets points below it be kept; then to one
/// at depth 1.
class NamingSearch : public Search {
 public:
  bool recognises_states() const override { return true; }
  bool is_depth_first() const override { return true; }
  std::optional<Branch> begin_execution() override {
    switch (++execution_) {
      case 1:
        return Branch{};
      case 2:
        return Branch{.point = 1'002, .depth = 2, .foreseen = 1, .left_at = 1, .last_named = 1'002};
      case 3:
        return Branch{.point = 1'001, .depth = 1, .last_named = 1'002};
      default:
        return std::nullopt;
    }
  }
  Decision choose(const Point& point) override {
    const auto first = static_cast<std::uint32_t>(std::countr_zero(point.enabled));
    if (!came_to_[execution_]) came_to_[execution_] = point.depth;
    return {.choice = first, .keep = execution_ == 2 && point.depth > 2};
  }
  bool end_execution(Ending, const Execution&, const Hash128*) override { return true; }
  std::optional<std::vector<Choice>> path_to(const Branch& branch) const override {
    return std::vector<Choice>(branch.depth, Choice{1, false});
  }

  std::optional<std::uint32_t> came_to(int execution) const { return came_to_[execution]; }

 private:
  int execution_ = 0;
  std::array<std::optional<std::uint32_t>, 5> came_to_;
};

std::string name_of(const testing::TestParamInfo<known::Program>& info) {
  std::string name(info.param.name);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

}  // namespace

TEST(TransitionCache, tells_states_apart_by_their_bytes) {
  TransitionCache cache;
  const TransitionCache::StateId one = cache.number_of(bytes_of(200, 1), 0b11);
  const TransitionCache::StateId other = cache.number_of(bytes_of(200, 2), 0b101);
  EXPECT_NE(one, other);
  EXPECT_EQ(cache.number_of(bytes_of(200, 1), 0b11), one);
  EXPECT_EQ(cache.number_of(bytes_of(200, 2), 0b101), other);
  EXPECT_NE(cache.number_of(bytes_of(264, 1), 0b11), one);
  EXPECT_EQ(cache.enabled(one), 0b11u);
  EXPECT_EQ(cache.enabled(other), 0b101u);
}

TEST(TransitionCache, knows_what_it_learnt_of_each_thread) {
  TransitionCache cache;
  const TransitionCache::StateId one = cache.number_of(bytes_of(64, 1), 0b1010);
  const TransitionCache::StateId other = cache.number_of(bytes_of(64, 2), 0b1010);
  EXPECT_EQ(cache.find(one, 1), nullptr);
  const std::array<HappensBefore::Join, 2> joins = {{{0b1010, 0}, {0b0100, 1}}};
  cache.learn(one, 3, {.next = other, .kind = OperationKind::atomic_load, .footprint = 5}, joins);
  EXPECT_EQ(cache.find(one, 1), nullptr);
  EXPECT_EQ(cache.find(other, 3), nullptr);
  const TransitionCache::Transition* const known = cache.find(one, 3);
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->next, other);
  EXPECT_EQ(known->footprint, 5u);
  EXPECT_FALSE(known->ends());
  ASSERT_EQ(cache.joins(*known).size(), 2u);
  EXPECT_EQ(cache.joins(*known)[1].joined, 0b0100u);
}

TEST(TransitionCache, does_not_take_a_state_without_a_number_for_an_end) {
  TransitionCache cache;
  const TransitionCache::StateId state = cache.number_of(bytes_of(64, 1), 0b1);
  cache.learn(state, 0, {.next = TransitionCache::none}, {});
  EXPECT_EQ(cache.find(state, 0), nullptr);
  cache.learn(state, 0, {.outcome = 0}, {});
  ASSERT_NE(cache.find(state, 0), nullptr);
  EXPECT_TRUE(cache.find(state, 0)->ends());
}

TEST(TransitionCache, takes_no_more_states_when_it_is_full) {
  TransitionCache cache;
  std::vector<std::byte> state(4096);
  std::uint32_t number = 0;
  for (; !cache.is_full(); ++number) {
    ASSERT_LT(number, 100'000u);
    for (std::size_t at = 0; at < state.size(); at += 64) std::memcpy(state.data() + at, &number, sizeof number);
    state[4] = static_cast<std::byte>(number % 251);
    ASSERT_EQ(cache.number_of(state, 1), number);
  }
  EXPECT_EQ(cache.number_of(bytes_of(64, 1), 1), TransitionCache::none);
  EXPECT_LT(cache.bytes(), 16u << 20);
  cache.clear();
  EXPECT_EQ(cache.bytes(), 0u);
  EXPECT_EQ(cache.number_of(bytes_of(64, 1), 1), 0u);
}

class KnownProgramLookedUp : public testing::TestWithParam<known::Program> {};

TEST_P(KnownProgramLookedUp, has_the_same_executions) {
  const Report report = explore_both(GetParam().run);
  EXPECT_EQ(report.executions, GetParam().traces);
  EXPECT_EQ(report.blocked_executions, 0u);
}

INSTANTIATE_TEST_SUITE_P(Cached, KnownProgramLookedUp, testing::ValuesIn(known::programs), name_of);

TEST(Cached, programs_of_other_checkers_have_the_same_executions) {
  EXPECT_EQ(explore_both(bench::claim_racy<2, 2>).executions, 402u);
  EXPECT_EQ(explore_both(bench::claim_fixed<2, 2>).executions, 106u);
  EXPECT_EQ(explore_both(bench::lastzero<7>).executions, 320u);
  EXPECT_EQ(explore_both(bench::readers<6>).executions, 64u);
}

TEST(Cached, most_executions_of_a_program_of_few_states_are_foreseen) {
  const Report report = explore_both(bench::claim_racy<3, 1>);
  EXPECT_EQ(report.executions, 2'766u);
  EXPECT_GT(report.foreseen_executions, 2'000u);
  EXPECT_LT(report.foreseen_executions, report.executions);
}

TEST(Cached, is_tried_after_a_while_and_given_up_where_most_states_are_new) {
  Options options = to_the_end(Strategy::optimal_dpor);
  const Report few_states = explore(bench::claim_racy<3, 1>, options);
  EXPECT_EQ(few_states.executions, 2'766u);
  EXPECT_GT(few_states.foreseen_executions, 1'000u);
  const Report many_states = explore(bench::lastzero<10>, options);
  EXPECT_EQ(many_states.executions, 3'328u);
  EXPECT_LT(many_states.foreseen_executions, 1'000u);
}

// Whatever the moment at which there is no room for one more state.
TEST(Cached, a_cache_that_becomes_full_changes_nothing) {
  Options options = to_the_end(Strategy::optimal_dpor);
  options.cache_transitions = Caching::never;
  const Report run = explore(bench::claim_racy<2, 2>, options);
  options.cache_transitions = Caching::always;
  const std::size_t before = TransitionCache::most_states;
  std::uint64_t foreseen = 0;
  for (std::size_t most = 10; most < 400; most += 10) {
    TransitionCache::most_states = most;
    const Report looked_up = explore(bench::claim_racy<2, 2>, options);
    agreement::expect_same_executions(looked_up, run);
    EXPECT_EQ(looked_up.transitions, run.transitions) << most;
    EXPECT_LE(looked_up.foreseen_executions, run.executions);
    foreseen += looked_up.foreseen_executions;
  }
  TransitionCache::most_states = before;
  EXPECT_GT(foreseen, 1'000u);
}

#ifndef RACEWALK_ASAN  // It takes long.
TEST(Cached, a_full_cache_changes_nothing) {
  EXPECT_EQ(explore_both(bench::lastzero<10>).executions, 3'328u);
}
#endif

// Points below one that the search has named come after it, so that they are gone when it goes back.
TEST(Cached, points_that_a_search_names_come_before_those_below_them) {
  const auto program = [] {
    atomic<int> x{0};
    const auto body = [&] {
      for (int i = 0; i < 3; ++i) x.fetch_add(1);
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
  const Options options = to_the_end(Strategy::optimal_dpor);
  NamingSearch search;
  const Report report = detail::erased(program, [&](const detail::Program& erased) {
    runtime::Arena::instance().set_stack_bytes(options.stack_bytes);
    Execution::instance().begin_exploration();
    return Explorer(erased, options, search).run();
  });
  EXPECT_TRUE(report.violations.empty());
  EXPECT_EQ(search.came_to(1), 0u);
  EXPECT_EQ(search.came_to(2), 2u);
  EXPECT_EQ(search.came_to(3), 1u);
}

TEST(Cached, several_workers_explore_the_same) {
  const auto before = std::exchange(ForkedParts::least_pause, {});
  for (const unsigned workers : {2u, 4u}) {
    Options options = to_the_end(Strategy::optimal_dpor);
    options.workers = workers;
    options.cache_transitions = Caching::always;
    const Report report = explore(bench::claim_racy<3, 1>, options);
    EXPECT_EQ(report.executions, 2'766u);
    EXPECT_EQ(report.blocked_executions, 0u);
    EXPECT_EQ(report.verdict, Verdict::holds);
    EXPECT_TRUE(report.complete);
  }
  ForkedParts::least_pause = before;
}
