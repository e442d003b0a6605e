// One thread pushes, another pops, each under the lock. The bug: that something was pushed once is taken for a sign
// that there is something to pop.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"
#include "sync/shared.hpp"

namespace models::classic {
namespace {

class Stack : public sim::Model {
 public:
  explicit Stack(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")), rounds_(parameters.integer("rounds")) {}

  void start(sim::World& world) override {
    world.spawn("pusher", [this] {
      for (std::int64_t i = 0; i < rounds_; ++i) push();
    });
    world.spawn("popper", [this] {
      for (std::int64_t i = 0; i < rounds_; ++i) pop();
    });
  }

 private:
  void push() {
    const std::lock_guard lock(mutex_);
    ++top_;
    pushed_ = true;
  }

  void pop() {
    const std::lock_guard lock(mutex_);
    const bool try_it = broken_ ? pushed_.load() : top_ > 0;
    if (!try_it) return;
    const int top = top_;
    sim::check(top > 0, "no-underflow", "the stack is empty");
    top_ = top - 1;
    sim::reach("popped");
  }

  bool broken_;
  std::int64_t rounds_;
  sim::mutex mutex_{"m"};
  sim::shared<int> top_{0, "top"};
  sim::shared<bool> pushed_{false, "pushed"};
};

}  // namespace

sim::ModelInfo stack() {
  return {
      .name = "stack",
      .title = "One thread pushes, another pops",
      .parameters = {broken("Pops whenever something was pushed before.", source::sctbench_cs),
                     number("rounds", 3, 1, 12, "rounds", "Pushes, and attempts to pop.", source::sctbench_cs)},
      .properties = {{"no-underflow", "Nothing is popped off an empty stack."}},
      .goals = {{"popped", "Something was popped."}},
      .make = make<Stack>,
  };
}

}  // namespace models::classic
