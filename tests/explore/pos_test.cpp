// Partial order sampling, against every order in which the priorities that it draws can stand.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/explore/sampling.hpp"

using namespace sim;
using sampling::StepOrder;

namespace {

// A step of the programs below: it reads or writes a variable.
struct Access {
  char variable;
  bool writes;
};
using Steps = std::vector<std::vector<Access>>;

bool race(const Access& a, const Access& b) {
  return a.variable == b.variable && (a.writes || b.writes);
}

// The order of all priorities drawn so far, highest first, those of executed events included: a new one is equally
// likely to stand anywhere among them.
class Exact {
 public:
  explicit Exact(const Steps& steps) : steps_(steps) {}

  std::map<std::string, double> all() {
    State state;
    state.at.resize(steps_.size());
    state.draw.resize(steps_.size(), none);
    go(state, 1);
    return std::move(result_);
  }

 private:
  static constexpr int none = -1;
  struct State {
    std::vector<std::size_t> at;  // Of each thread.
    std::vector<int> draw;        // The number of the draw that its pending event got, or none.
    std::vector<int> ranked;      // Numbers of draws, highest first.
    int draws = 0;
    std::string order;
  };

  void go(const State& state, double p) {
    std::size_t best = steps_.size();
    std::size_t best_rank = 0;
    bool ended = true;
    for (std::size_t t = 0; t < steps_.size(); ++t) {
      if (state.at[t] == steps_[t].size()) continue;
      ended = false;
      if (state.draw[t] == none) return draw(state, t, p);
      const auto rank = static_cast<std::size_t>(std::ranges::find(state.ranked, state.draw[t]) - state.ranked.begin());
      if (best == steps_.size() || rank < best_rank) {
        best = t;
        best_rank = rank;
      }
    }
    if (ended) {
      result_["order=" + state.order] += p;
      return;
    }
    State next = state;
    const Access& executed = steps_[best][next.at[best]++];
    next.order += static_cast<char>('1' + best);
    next.draw[best] = none;
    for (std::size_t t = 0; t < steps_.size(); ++t) {
      if (t != best && next.at[t] < steps_[t].size() && race(executed, steps_[t][next.at[t]])) next.draw[t] = none;
    }
    go(next, p);
  }

  void draw(const State& state, std::size_t thread, double p) {
    for (std::size_t place = 0; place <= state.ranked.size(); ++place) {
      State next = state;
      next.draw[thread] = next.draws++;
      next.ranked.insert(next.ranked.begin() + static_cast<std::ptrdiff_t>(place), next.draw[thread]);
      go(next, p / static_cast<double>(state.ranked.size() + 1));
    }
  }

  const Steps& steps_;
  std::map<std::string, double> result_;
};

auto program(Steps steps) {
  return [steps = std::move(steps)] {
    StepOrder order;
    sim::atomic<int> variables[4];
    std::vector<thread> threads;
    threads.reserve(steps.size());
    for (const std::vector<Access>& own : steps) {
      threads.emplace_back([&] {
        for (const Access& access : own) {
          sim::atomic<int>& variable = variables[access.variable - 'w'];
          if (access.writes)
            variable.store(1);
          else
            variable.load();
          order.took_step();
        }
      });
    }
    for (thread& each : threads) each.join();
    order.observe();
  };
}

constexpr Access read(char variable) {
  return {variable, false};
}
constexpr Access write(char variable) {
  return {variable, true};
}

void expect_exactly(const Steps& steps) {
  const Report report = explore(program(steps), sampling::of(Strategy::pos, 50'000));
  sampling::expect_distribution(report.outcomes, Exact(steps).all());
}

}  // namespace

TEST(Pos, draws_interleavings_as_the_paper_does) {
  expect_exactly({{write('x'), read('y')}, {write('y'), read('x')}});
  expect_exactly({{write('x'), write('y')}, {read('y'), read('x')}});
  expect_exactly({{read('x'), write('x')}, {read('x'), write('x')}});
  expect_exactly({{write('w'), write('w')}, {write('y'), write('y')}});
  expect_exactly({{write('x')}, {read('x'), read('x')}, {write('y')}});
  expect_exactly({{write('x'), write('z')}, {read('z')}, {read('x')}});
}

// Two threads with long work of their own, and one race: a random walk almost never lets the short one come last.
TEST(Pos, does_not_mind_how_long_the_rest_is) {
  const auto unbalanced = [] {
    sim::atomic<int> x{0};
    thread longer([&] {
      sim::atomic<int> own{0};
      for (int i = 0; i < 20; ++i) own.store(i);
      x.store(1);
    });
    thread shorter([&] { check(x.load() == 0, "short-first"); });
    longer.join();
    shorter.join();
  };
  constexpr std::uint64_t executions = 20'000;
  // The short thread comes last iff its priority is below all 21 of the other, until one races with it.
  const Report pos = explore(unbalanced, sampling::of(Strategy::pos, executions));
  sampling::expect_share(pos.outcomes.at("short-first"), executions, 1. / 22);
  const Report walk = explore(unbalanced, sampling::of(Strategy::random_walk, 200'000));
  EXPECT_TRUE(walk.violations.empty());  // 2^-21
}

TEST(Pos, draws_new_priorities_for_those_that_wait_for_a_lock) {
  // Three threads lock one mutex: each of the six orders is as likely.
  const auto locking = [] {
    StepOrder order;
    sim::mutex m;
    const auto body = [&] {
      const std::lock_guard lock(m);
      order.took_step();
    };
    thread a(body), b(body), c(body);
    a.join();
    b.join();
    c.join();
    order.observe();
  };
  const Report report = explore(locking, sampling::of(Strategy::pos, 30'000));
  sampling::expect_distribution(report.outcomes, sampling::uniform_over_interleavings({1, 1, 1}));
}
