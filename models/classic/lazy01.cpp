// One thread adds 1, another 2, each under the lock; a third takes it for an error to see both. Like `account` it asks
// for an order of critical sections that nothing enforces.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"
#include "sync/shared.hpp"

namespace models::classic {
namespace {

class Lazy01 : public sim::Model {
 public:
  explicit Lazy01(const sim::Parameters& parameters) : broken_(parameters.boolean("broken")) {}

  void start(sim::World& world) override {
    world.spawn("one", [this] { add(1); });
    world.spawn("two", [this] { add(2); });
    world.spawn("checker", [this] { check(); });
  }

 private:
  void add(int by) {
    const std::lock_guard lock(mutex_);
    data_ += by;
  }

  void check() {
    const std::lock_guard lock(mutex_);
    const int seen = data_;
    if (seen == 3) sim::reach("both-added");
    sim::check(seen <= (broken_ ? 2 : 3), "data-small", "the checker finds more than it expects");
  }

  bool broken_;
  sim::mutex mutex_{"m"};
  sim::shared<int> data_{0, "data"};
};

}  // namespace

sim::ModelInfo lazy01() {
  return {
      .name = "lazy01",
      .title = "Two additions and a check",
      .parameters = {broken("The checker does not expect both additions.", source::sctbench_cs)},
      .properties = {{"data-small", "The data is at most what the checker expects."}},
      .goals = {{"both-added", "The check came after both additions."}},
      .make = make<Lazy01>,
  };
}

}  // namespace models::classic
