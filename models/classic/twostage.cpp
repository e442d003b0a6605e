// Two variables, each under its own lock, of which the second follows from the first. Between the two critical
// sections of a setter a reader sees the one without the other.
// Source: Farchi, Nir, Ur, "Concurrent bug patterns and how to test them", IPDPS 2003; SCTBench, group CS.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"
#include "sync/shared.hpp"

namespace models::classic {
namespace {

class Twostage : public sim::Model {
 public:
  explicit Twostage(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")),
        setters_(parameters.integer("setters")),
        readers_(parameters.integer("readers")) {}

  void start(sim::World& world) override {
    for (std::int64_t i = 1; i <= setters_; ++i) world.spawn(numbered("setter", i), [this] { set(); });
    for (std::int64_t i = 1; i <= readers_; ++i) world.spawn(numbered("reader", i), [this] { read(); });
  }

 private:
  using Lock = std::unique_lock<sim::mutex>;

  // The repaired program holds the first lock until the second stage is done.
  void set() {
    Lock first(lock1_);
    d1_ = 1;
    if (broken_) first.unlock();
    const Lock second(lock2_);
    d2_ = d1_ + 1;
  }

  void read() {
    Lock first(lock1_);
    const int seen1 = d1_;
    if (seen1 == 0) return;
    if (broken_) first.unlock();
    Lock second(lock2_);
    const int seen2 = d2_;
    second.unlock();
    sim::reach("second-stage-read");
    sim::check(seen2 == seen1 + 1, "stages-agree", "the first stage is set and the second is not");
  }

  bool broken_;
  std::int64_t setters_, readers_;
  sim::mutex lock1_{"lock1"}, lock2_{"lock2"};
  sim::atomic<int> d1_{0, "d1"};  // Another setter reads it without its lock: atomic, so that no data race is reported.
  sim::shared<int> d2_{0, "d2"};
};

}  // namespace

sim::ModelInfo twostage() {
  return {
      .name = "twostage",
      .title = "Two variables that belong together, under two locks",
      .parameters = {broken("The first lock is released before the second is taken.", source::sctbench_cs),
                     number("setters", 1, 1, 30, "threads", "Threads that set both.", source::sctbench_cs),
                     number("readers", 1, 1, 30, "threads", "Threads that compare them.", source::sctbench_cs)},
      .properties = {{"stages-agree", "Who sees the first stage sees the second, too."}},
      .goals = {{"second-stage-read", "A reader saw the first stage and read the second."}},
      .make = make<Twostage>,
  };
}

}  // namespace models::classic
