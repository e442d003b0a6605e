// Each philosopher eats once, with the fork to the left and the fork to the right. If all take the left one first they
// can starve together; if all take the one with the smaller number first they cannot.
// Source: Dijkstra, "Hierarchical ordering of sequential processes", Acta Informatica 1, 1971.
#include <algorithm>
#include <array>

#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"

namespace models::classic {
namespace {

constexpr std::size_t most_philosophers = 12;

class DiningPhilosophers : public sim::Model {
 public:
  explicit DiningPhilosophers(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")),
        philosophers_(static_cast<std::size_t>(parameters.integer("philosophers"))) {}

  void start(sim::World& world) override {
    for (std::size_t i = 0; i < philosophers_; ++i) {
      world.spawn(numbered("philosopher", static_cast<std::int64_t>(i) + 1), [this, i] { eat(i); });
    }
  }

 private:
  void eat(std::size_t left) {
    const std::size_t right = (left + 1) % philosophers_;
    const std::lock_guard first(forks_[broken_ ? left : std::min(left, right)]);
    const std::lock_guard second(forks_[broken_ ? right : std::max(left, right)]);
    sim::reach("eaten");
  }

  bool broken_;
  std::size_t philosophers_;
  std::array<sim::mutex, most_philosophers> forks_ = named_array<sim::mutex, most_philosophers>("fork");
};

}  // namespace

sim::ModelInfo dining_philosophers() {
  constexpr std::string_view source = "Dijkstra, Acta Informatica 1, 1971";
  return {
      .name = "dining-philosophers",
      .title = "Philosophers eat once, with two forks each",
      .parameters = {broken("All take the left fork first.", source),
                     number("philosophers", 3, 2, most_philosophers, "threads", "Philosophers, and forks.", source)},
      .properties = {},
      .goals = {{"eaten", "A philosopher had both forks."}},
      .make = make<DiningPhilosophers>,
  };
}

}  // namespace models::classic
