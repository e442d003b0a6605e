// Mutual exclusion of any number of threads: each draws a number greater than all it sees, and the smallest goes first.
// `choosing` keeps others waiting while a number is drawn; without it, two threads can draw the same, and one of them
// writes it down after the other has looked. Spinning is replaced by sim::await for the same condition.
#include <algorithm>
#include <array>
#include <utility>

#include "classic/critical_section.hpp"
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"

namespace models::classic {
namespace {

constexpr std::size_t most_threads = 4;

class Bakery : public sim::Model {
 public:
  explicit Bakery(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")),
        threads_(static_cast<std::size_t>(parameters.integer("threads"))),
        rounds_(parameters.integer("rounds")) {}

  void start(sim::World& world) override {
    for (std::size_t me = 0; me < threads_; ++me) {
      world.spawn(numbered("customer", static_cast<std::int64_t>(me) + 1), [this, me] {
        for (std::int64_t round = 0; round < rounds_; ++round) buy(me);
      });
    }
  }

 private:
  void buy(std::size_t me) {
    draw_number(me);
    for (std::size_t other = 0; other < threads_; ++other) {
      if (other != me) wait_for(other, me);
    }
    if (number_[(me + 1) % threads_].load() > 0) sim::reach("contended");
    section_.use();
    number_[me] = 0;
  }

  void draw_number(std::size_t me) {
    if (!broken_) choosing_[me] = true;
    int greatest = 0;
    for (std::size_t other = 0; other < threads_; ++other) {
      if (other != me) greatest = std::max(greatest, number_[other].load());
    }
    number_[me] = greatest + 1;
    if (!broken_) choosing_[me] = false;
  }

  void wait_for(std::size_t other, std::size_t me) {
    if (!broken_) sim::await([this, other] { return !choosing_[other].load(); });
    sim::await([this, other, me] {
      const int theirs = number_[other].load();
      return theirs == 0 || std::pair(theirs, other) > std::pair(number_[me].load(), me);
    });
  }

  bool broken_;
  std::size_t threads_;
  std::int64_t rounds_;
  std::array<sim::atomic<bool>, most_threads> choosing_ =
      named_array<sim::atomic<bool>, most_threads>("choosing", false);
  std::array<sim::atomic<int>, most_threads> number_ = named_array<sim::atomic<int>, most_threads>("number", 0);
  CriticalSection section_;
};

}  // namespace

sim::ModelInfo bakery() {
  constexpr std::string_view source = "Lamport, CACM 17(8), 1974";
  return {
      .name = "bakery",
      .title = "Lamport's bakery algorithm for mutual exclusion",
      .parameters = {broken("Nobody waits for a thread that is choosing its number.", source),
                     number("threads", 2, 2, most_threads, "threads", "Threads that compete.", source),
                     number("rounds", 1, 1, 4, "rounds", "How often each thread enters.", source)},
      .properties = {{"mutual-exclusion", "At most one thread is in the critical section."}},
      .goals = {{"contended", "A thread was in the critical section while another had a number."}},
      .make = make<Bakery>,
  };
}

}  // namespace models::classic
