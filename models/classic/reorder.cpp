// Setters write a = 1 and b = -1; a checker must see both or neither. The more setters there are, the less likely a
// random schedule runs the checker between the first two writes.
// Source: SCTBench, group CS.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"

namespace models::classic {
namespace {

class Reorder : public sim::Model {
 public:
  explicit Reorder(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")), setters_(parameters.integer("setters")) {}

  void start(sim::World& world) override {
    for (std::int64_t i = 1; i <= setters_; ++i) world.spawn(numbered("setter", i), [this] { set(); });
    world.spawn("checker", [this] { check(); });
  }

 private:
  std::unique_lock<sim::mutex> locked_if_repaired() {
    return broken_ ? std::unique_lock<sim::mutex>() : std::unique_lock<sim::mutex>(mutex_);
  }

  void set() {
    const auto lock = locked_if_repaired();
    a_ = 1;
    b_ = -1;
  }

  void check() {
    const auto lock = locked_if_repaired();
    int a = a_;
    if (a == 0) {
      if (b_ == 0) return;
      a = a_;  // The condition (a == 0 && b == 0) || (a == 1 && b == -1) reads it again.
    }
    const bool both = a == 1 && b_ == -1;
    if (both) sim::reach("both-set");
    sim::observe("agrees", both);
    // The setters go on, so that interleavings are counted as whole executions.
    sim::expect(both, "both-or-neither", "one variable is set and the other is not");
  }

  bool broken_;
  std::int64_t setters_;
  sim::mutex mutex_{"m"};
  sim::atomic<int> a_{0, "a"}, b_{0, "b"};
};

}  // namespace

sim::ModelInfo reorder() {
  return {
      .name = "reorder",
      .title = "Setters write two variables, a checker reads them",
      .parameters = {broken("Without a lock.", source::sctbench_cs),
                     number("setters", 2, 1, 60, "threads", "Threads that set both.", source::sctbench_cs)},
      .properties = {{"both-or-neither", "The checker sees both variables set, or neither."}},
      .goals = {{"both-set", "The checker saw them set."}},
      .make = make<Reorder>,
  };
}

}  // namespace models::classic
