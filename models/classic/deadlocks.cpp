// Two programs that deadlock: deadlock01 takes two locks in opposite order; carter01 takes a second lock while it holds
// the one that the owner of the second needs in order to give it back.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"

namespace models::classic {
namespace {

class Deadlock01 : public sim::Model {
 public:
  explicit Deadlock01(const sim::Parameters& parameters) : broken_(parameters.boolean("broken")) {}

  void start(sim::World& world) override {
    world.spawn("first", [this] { lock_both(a_, b_); });
    world.spawn("second", [this] { broken_ ? lock_both(b_, a_) : lock_both(a_, b_); });
  }

 private:
  void lock_both(sim::mutex& outer, sim::mutex& inner) {
    const std::lock_guard first(outer);
    const std::lock_guard second(inner);
    sim::reach("both-locked");
  }

  bool broken_;
  sim::mutex a_{"a"}, b_{"b"};
};

class Carter01 : public sim::Model {
 public:
  explicit Carter01(const sim::Parameters& parameters) : broken_(parameters.boolean("broken")) {}

  void start(sim::World& world) override {
    for (const int user : {1, 2}) {
      world.spawn(numbered("user", user), [this] { broken_ ? use_broken() : use_repaired(); });
    }
  }

 private:
  // Each thread has a counter of its own, so that it is always the first and the last user.
  void use_broken() {
    int users = 0;
    mutex_.lock();
    if (++users == 1) resource_.lock();
    mutex_.unlock();
    mutex_.lock();
    if (--users == 0) resource_.unlock();
    mutex_.unlock();
    sim::reach("used");
  }

  // Nobody waits for the resource while holding the mutex.
  void use_repaired() {
    int users = 0;
    mutex_.lock();
    const bool first = ++users == 1;
    mutex_.unlock();
    if (first) resource_.lock();
    mutex_.lock();
    const bool last = --users == 0;
    mutex_.unlock();
    if (last) resource_.unlock();
    sim::reach("used");
  }

  bool broken_;
  sim::mutex mutex_{"m"}, resource_{"l"};
};

}  // namespace

sim::ModelInfo deadlock01() {
  return {
      .name = "deadlock01",
      .title = "Two threads take two locks",
      .parameters = {broken("In opposite order.", source::sctbench_cs)},
      .properties = {},
      .goals = {{"both-locked", "A thread held both locks."}},
      .make = make<Deadlock01>,
  };
}

sim::ModelInfo carter01() {
  return {
      .name = "carter01",
      .title = "The first user locks a resource, the last user unlocks it",
      .parameters = {broken("Waits for the resource while holding the mutex that guards the count of users.",
                            source::sctbench_cs)},
      .properties = {},
      .goals = {{"used", "A thread was done with the resource."}},
      .make = make<Carter01>,
  };
}

}  // namespace models::classic
