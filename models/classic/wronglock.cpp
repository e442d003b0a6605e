// One thread increments a variable under one lock and looks at it again; the others increment it under another lock.
// The variable is atomic, so that the check finds the bug and no report of a data race comes before it.
// Source: Farchi, Nir, Ur, "Concurrent bug patterns and how to test them", IPDPS 2003; SCTBench, group CS.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"

namespace models::classic {
namespace {

class Wronglock : public sim::Model {
 public:
  explicit Wronglock(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")), others_(parameters.integer("others")) {}

  void start(sim::World& world) override {
    world.spawn("checker", [this] {
      const std::lock_guard lock(right_);
      const int before = data_;
      data_ = before + 1;
      const int after = data_;
      sim::reach("checked");
      sim::observe("agrees", after == before + 1);
      // The others go on, so that interleavings are counted as whole executions.
      sim::expect(after == before + 1, "increment-seen", "the variable changed under the lock");
    });
    for (std::int64_t i = 1; i <= others_; ++i) {
      world.spawn(numbered("other", i), [this] {
        const std::lock_guard lock(broken_ ? wrong_ : right_);
        data_ = data_.load() + 1;
      });
    }
  }

 private:
  bool broken_;
  std::int64_t others_;
  sim::mutex right_{"right"}, wrong_{"wrong"};
  sim::atomic<int> data_{0, "data"};
};

}  // namespace

sim::ModelInfo wronglock() {
  return {
      .name = "wronglock",
      .title = "A variable under two different locks",
      .parameters = {broken("The others take another lock than the checker.", source::sctbench_cs),
                     number("others", 1, 1, 60, "threads", "Threads that increment besides the checker.",
                            source::sctbench_cs)},
      .properties = {{"increment-seen", "Who holds the lock finds the variable as it left it."}},
      .goals = {{"checked", "The checker looked at the variable."}},
      .make = make<Wronglock>,
  };
}

}  // namespace models::classic
