// A producer waits until the only place is free; it is taken at the start. The bug: the consumer forgets to free it, so
// that every schedule deadlocks. That any strategy finds it in its first execution is the point of it.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/condition_variable.hpp"
#include "sync/property.hpp"
#include "sync/shared.hpp"

namespace models::classic {
namespace {

class Sync01 : public sim::Model {
 public:
  explicit Sync01(const sim::Parameters& parameters) : broken_(parameters.boolean("broken")) {}

  void start(sim::World& world) override {
    world.spawn("producer", [this] { produce(); });
    world.spawn("consumer", [this] { consume(); });
  }

 private:
  using Lock = std::unique_lock<sim::mutex>;

  void produce() {
    Lock lock(mutex_);
    while (items_ > 0) {
      empty_.wait(lock);
      sim::reach("producer-woken");
    }
    ++items_;
    lock.unlock();
    full_.notify_one();
  }

  void consume() {
    Lock lock(mutex_);
    while (items_ == 0) full_.wait(lock);
    if (!broken_) --items_;
    lock.unlock();
    empty_.notify_one();
  }

  bool broken_;
  sim::mutex mutex_{"m"};
  sim::condition_variable empty_{"empty"}, full_{"full"};
  sim::shared<int> items_{1, "items"};
};

}  // namespace

sim::ModelInfo sync01() {
  return {
      .name = "sync01",
      .title = "A producer waits for a consumer to free the only place",
      .parameters = {broken("The consumer does not free it.", source::sctbench_cs)},
      .properties = {},
      .goals = {{"producer-woken", "The producer waited, and was woken."}},
      .make = make<Sync01>,
  };
}

}  // namespace models::classic
