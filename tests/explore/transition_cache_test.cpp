// Transitions that are known need not be run: the table, and that explorations which look them up are the same as those
// which run them.
#include "explore/transition_cache.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cctype>
#include <cfenv>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/programs.hpp"
#include "explore/explorer.hpp"
#include "explore/forked_parts.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/litmus/known_programs.hpp"
#include "tests/litmus/larger_programs.hpp"

using namespace sim;
using agreement::expect_same_executions;
using agreement::to_the_end;
using agreement::violated_in;

namespace {

std::vector<std::byte> bytes_of(std::size_t size, unsigned char last) {
  std::vector<std::byte> bytes(size, std::byte{7});
  bytes.back() = std::byte{last};
  return bytes;
}

/// The same program explored with all transitions run, and with none run twice. Returns the latter report.
template <class P>
Report explore_both(P&& program, Options options = to_the_end(Strategy::optimal_dpor)) {
  options.cache_transitions = Caching::never;
  const Report run = explore(program, options);
  EXPECT_EQ(run.foreseen_executions, 0u);
  options.cache_transitions = Caching::always;
  Report looked_up = explore(program, options);
  expect_same_executions(looked_up, run);
  EXPECT_EQ(looked_up.transitions, run.transitions);
  EXPECT_EQ(looked_up.blocked_executions, run.blocked_executions);
  EXPECT_EQ(looked_up.goals, run.goals);
  EXPECT_EQ(looked_up.failing_executions, run.failing_executions);
  EXPECT_EQ(looked_up.verdict, run.verdict);
  return looked_up;
}

/// Two threads that each add to a counter under a mutex, by a load and a store; a third one reads it meanwhile.
void count_with_reader() {
  mutex m;
  atomic<int> count{0};
  const auto add = [&] {
    const std::lock_guard lock(m);
    count.store(count.load() + 1);
  };
  thread a(add), b(add), reader([&] { observe("seen", count.load()); });
  a.join();
  b.join();
  reader.join();
  observe("count", count.load());
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

// Stops deeper on its stack than threads mostly do.
[[gnu::noinline]] void add_deep_down(atomic<int>& x, int calls) {
  volatile char room[3'000];
  std::memset(const_cast<char*>(room), 1, sizeof room);
  if (calls > 0)
    add_deep_down(x, calls - 1);
  else
    x.fetch_add(1);
  (void)room[7];
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
  const std::array<HappensBefore::Join, 2> joins = {{{0, 3}, {0, 1}}};
  cache.learn(one, 3, {.next = other, .kind = OperationKind::atomic_load, .footprint = 5}, joins);
  EXPECT_EQ(cache.find(one, 1), nullptr);
  EXPECT_EQ(cache.find(other, 3), nullptr);
  const TransitionCache::Transition* const known = cache.find(one, 3);
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->next, other);
  EXPECT_EQ(known->footprint, 5u);
  EXPECT_FALSE(known->ends());
  ASSERT_EQ(cache.joins(*known).size(), 2u);
  EXPECT_EQ(cache.joins(*known)[1].joined, 1);
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

#ifndef RACEWALK_ASAN  // It takes long.
TEST(Cached, a_full_cache_changes_nothing) {
  EXPECT_EQ(explore_both(bench::lastzero<10>).executions, 3'328u);
}
#endif

TEST(Cached, outcomes_are_those_of_the_executions) {
  const Report report = explore_both(count_with_reader);
  EXPECT_GT(report.foreseen_executions, 0u);
  EXPECT_EQ(report.outcomes.size(), 3u);
}

TEST(Cached, what_follows_a_join_comes_after_what_the_thread_did) {
  const Report report = explore_both([] {
    atomic<int> x{0}, z{0};
    const auto increment_twice = [&] {
      for (int i = 0; i < 2; ++i) x.store(x.load() + 1);
    };
    thread a(increment_twice), b(increment_twice), other([&] { z.store(1); });
    a.join();
    x.store(x.load() + 10);
    b.join();
    x.store(x.load() + 100);
    other.join();
    observe("x", x.load());
  });
  EXPECT_GT(report.foreseen_executions, 50u);
}

TEST(Cached, goals_are_counted_as_often) {
  const Report report = explore_both([] {
    atomic<int> x{0};
    const auto body = [&] {
      if (x.load() == 1) reach("second");
      x.store(1);
    };
    thread a(body), b(body), c(body);
    a.join();
    b.join();
    c.join();
  });
  EXPECT_GT(report.goals.at("second"), 1u);
}

TEST(Cached, failed_checks_are_found) {
  const Report report = explore_both([] {
    atomic<int> x{0};
    const auto body = [&] {
      const int seen = x.load();
      x.store(seen + 1);
      check(seen < 2, "at-most-two");
    };
    thread a(body), b(body), c(body);
    a.join();
    b.join();
    c.join();
    check(x.load() == 3, "nothing-lost");
  });
  EXPECT_TRUE(violated_in(report).contains("at-most-two"));
  EXPECT_TRUE(violated_in(report).contains("nothing-lost"));
}

TEST(Cached, executions_that_fail_before_the_known_part_count_as_failing) {
  const Report report = explore_both([] {
    atomic<int> x{0}, y{0};
    thread a([&] {
      expect(x.load() == 0, "zero");
      y.store(1);
    });
    thread b([&] {
      x.store(1);
      y.store(2);
    });
    a.join();
    b.join();
    observe("y", y.load());
  });
  EXPECT_EQ(report.failing_executions, report.executions - 2);  // a reads x first, and then y is written in any order.
}

// The switch of fibers keeps the flags, and the program can read them.
TEST(Cached, sticky_floating_point_flags_tell_states_apart) {
  const Report report = explore_both([] {
    std::feclearexcept(FE_ALL_EXCEPT);
    atomic<int> x{0};
    thread a([&] {
      if (x.load() == 1) {
        volatile double d = 1, e = 3;
        d = d / e;
        d = 0;
        e = 0;
      }
      x.store(0);
      check(std::fetestexcept(FE_INEXACT) == 0, "exact");
    });
    thread b([&] {
      x.store(1);
      x.store(2);
    });
    a.join();
    b.join();
  });
  EXPECT_TRUE(violated_in(report).contains("exact"));
}

// The cache is given up at the plain access, and then the program must start anew in the middle of an execution.
TEST(Cached, a_deep_stop_after_the_cache_was_given_up_harms_nothing) {
  explore_both([] {
    atomic<int> x{0}, y{0};
    shared<int> plain{0};
    thread a([&] {
      x.store(1);
      y.load();
      plain = 1;
      add_deep_down(x, 3);
    });
    thread b([&] {
      x.store(2);
      y.store(1);
    });
    a.join();
    b.join();
    observe("x", x.load());
  });
}

TEST(Cached, a_value_that_is_chosen_and_forgotten_changes_nothing) {
  explore_both([] {
    atomic<int> x{0};
    thread a([&] {
      x.store(0);
      if (x.load() == 1) (void)choose(2);
      x.store(x.load() + 1);
    });
    thread b([&] {
      if (x.load() == 0) (void)choose(2);
    });
    a.join();
    b.join();
  });
}

TEST(Cached, deadlocks_are_found) {
  const Report report = explore_both([] {
    mutex m, n;
    thread a([&] {
      const std::lock_guard first(m);
      const std::lock_guard second(n);
    });
    thread b([&] {
      const std::lock_guard first(n);
      const std::lock_guard second(m);
    });
    a.join();
    b.join();
  });
  EXPECT_TRUE(violated_in(report).contains("deadlock"));
}

TEST(Cached, data_races_are_found) {
  const Report report = explore_both([] {
    shared<int> x{0};
    atomic<int> other{0};
    const auto body = [&] {
      other.store(other.load() + 1);
      x = 1;
    };
    thread a(body), b(body);
    a.join();
    b.join();
  });
  EXPECT_TRUE(violated_in(report).contains("data-race"));
  EXPECT_EQ(report.foreseen_executions, 0u);
}

TEST(Cached, executions_are_cut_at_the_step_limit) {
  Options options = to_the_end(Strategy::optimal_dpor);
  for (options.max_steps = 1; options.max_steps < 9; ++options.max_steps) {
    const Report report = explore_both(bench::counter<2, 2>, options);
    EXPECT_EQ(report.cut_executions != 0, options.max_steps < 8);
  }
}

// Where a state is met nearer to the start, more of what follows is within the limit.
TEST(Cached, executions_are_cut_where_a_shorter_way_to_the_state_is_not) {
  const auto program = [] {
    atomic<int> x{0}, y{0};
    const auto read = [&] {
      if (x.load() == 0) x.load();
      y.store(1);
      y.store(1);
    };
    thread a([&] { x.store(1); }), b(read), c(read);
    a.join();
    b.join();
    c.join();
  };
  Options options = to_the_end(Strategy::optimal_dpor);
  std::uint64_t foreseen = 0;
  for (options.max_steps = 3; options.max_steps < 10; ++options.max_steps)
    foreseen += explore_both(program, options).foreseen_executions;
  EXPECT_GT(foreseen, 0u);
}

TEST(Cached, budgets_end_it_as_they_would_otherwise) {
  Options options = to_the_end(Strategy::optimal_dpor);
  options.max_executions = 1'000;
  const Report report = explore_both(bench::claim_racy<3, 1>, options);
  EXPECT_EQ(report.executions, 1'000u);
  EXPECT_FALSE(report.complete);
}

// What the program does in a state must not depend on anything else: then nothing is looked up.
TEST(Cached, what_the_state_does_not_tell_is_run) {
  const auto waits = explore_both([] {
    atomic<int> x{0};
    thread a([&] { await([&] { return x.load() == 2; }); }), b([&] { x.store(1); }), c([&] { x.store(2); });
    a.join();
    b.join();
    c.join();
  });
  EXPECT_EQ(waits.foreseen_executions, 0u);
  const auto sleeps = explore_both([] {
    atomic<int> x{0};
    const auto body = [&] {
      this_thread::sleep_for(std::chrono::milliseconds(1));
      x.fetch_add(1);
    };
    thread a(body), b(body);
    a.join();
    b.join();
  });
  EXPECT_EQ(sleeps.foreseen_executions, 0u);
  const auto chooses = explore_both([] {
    atomic<int> x{0};
    const auto body = [&] { x.store(x.load() + static_cast<int>(choose(2))); };
    thread a(body), b(body);
    a.join();
    b.join();
    observe("x", x.load());
  });
  EXPECT_EQ(chooses.outcomes.size(), 3u);
}

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
