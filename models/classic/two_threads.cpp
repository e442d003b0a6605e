// Mutual exclusion of two threads by reads and writes: the algorithms of Peterson and Dekker. They spin by nature; here
// they wait with sim::await for the same condition, whose reads are then one step, and so that every execution ends.
#include <array>

#include "classic/critical_section.hpp"
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"

namespace models::classic {
namespace {

/// Two threads that enter the critical section `rounds` times each. `turn_` is of importance only if both want in.
class TwoThreads : public sim::Model {
 public:
  explicit TwoThreads(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")), rounds_(parameters.integer("rounds")) {}

  void start(sim::World& world) override {
    for (const std::size_t me : {0U, 1U}) {
      world.spawn(numbered("thread", static_cast<std::int64_t>(me) + 1), [this, me] {
        for (std::int64_t round = 0; round < rounds_; ++round) {
          enter(me);
          if (wants_in(1 - me)) sim::reach("contended");
          section_.use();
          leave(me);
        }
      });
    }
  }

 protected:
  virtual void enter(std::size_t me) = 0;
  virtual void leave(std::size_t me) = 0;

  bool wants_in(std::size_t thread) const { return wants_in_[thread].load(); }

  /// Both are read, whatever the first says, so that the step reads the same wherever it comes.
  void wait_until_alone_or_turn_of(std::size_t thread, std::size_t other) const {
    sim::await([this, thread, other] {
      const bool alone = !wants_in(other);
      const bool turn = turn_.load() == thread;
      return alone || turn;
    });
  }

  bool broken_;
  std::int64_t rounds_;
  std::array<sim::atomic<bool>, 2> wants_in_ = named_array<sim::atomic<bool>, 2>("wants_in", false);
  sim::atomic<std::size_t> turn_{0, "turn"};

 private:
  CriticalSection section_;
};

class Peterson : public TwoThreads {
 public:
  using TwoThreads::TwoThreads;

 private:
  void enter(std::size_t me) override {
    const std::size_t other = 1 - me;
    if (broken_) {
      turn_ = other;
      wants_in_[me] = true;
    } else {
      wants_in_[me] = true;
      turn_ = other;
    }
    wait_until_alone_or_turn_of(me, other);
  }
  void leave(std::size_t me) override { wants_in_[me] = false; }
};

class Dekker : public TwoThreads {
 public:
  using TwoThreads::TwoThreads;

 private:
  void enter(std::size_t me) override {
    const std::size_t other = 1 - me;
    wants_in_[me] = true;
    for (;;) {
      wait_until_alone_or_turn_of(other, other);
      if (!wants_in(other)) return;
      wants_in_[me] = false;  // It is the other's turn: give way, until it has had its turn.
      if (broken_) wants_in_[me] = true;
      sim::await([this, me] { return turn_.load() == me; });
      if (!broken_) wants_in_[me] = true;
    }
  }
  void leave(std::size_t me) override {
    turn_ = 1 - me;
    wants_in_[me] = false;
  }
};

std::vector<sim::NamedFact> mutual_exclusion() {
  return {{"mutual-exclusion", "At most one thread is in the critical section."}};
}

std::vector<sim::NamedFact> contended() {
  return {{"contended", "A thread was in the critical section while another wanted in."}};
}

sim::ParameterSpec rounds(std::string_view source) {
  return number("rounds", 2, 1, 6, "rounds", "How often each thread enters.", source);
}

}  // namespace

sim::ModelInfo peterson() {
  constexpr std::string_view source = "Peterson, Information Processing Letters 12(3), 1981";
  return {
      .name = "peterson",
      .title = "Peterson's algorithm for mutual exclusion",
      .parameters = {broken("Gives the turn away before it says that it wants in.", source), rounds(source)},
      .properties = mutual_exclusion(),
      .goals = contended(),
      .make = make<Peterson>,
  };
}

sim::ModelInfo dekker() {
  constexpr std::string_view source = "Dijkstra, EWD 123, 1965";
  return {
      .name = "dekker",
      .title = "Dekker's algorithm for mutual exclusion",
      .parameters = {broken("Says that it wants in again before it is its turn.", source), rounds(source)},
      .properties = mutual_exclusion(),
      .goals = contended(),
      .make = make<Dekker>,
  };
}

}  // namespace models::classic
