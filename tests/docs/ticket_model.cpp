#include <memory>
#include <string>

#include "models/registry.hpp"
#include "sync/atomic.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"

namespace {

/// Clerks sell the seats of one train, each until there are none left.
class Tickets : public sim::Model {
 public:
  explicit Tickets(const sim::Parameters& parameters)
      : clerks_(parameters.integer("clerks")), locked_(parameters.boolean("locked")), seats_(1, "seats") {}

  void start(sim::World& world) override {
    for (std::int64_t i = 1; i <= clerks_; ++i) {
      world.spawn("clerk-" + std::to_string(i), [this] { sell(); });
    }
  }

  std::optional<sim::FinalViolation> check_final_state() override {
    const int left = seats_.load();
    if (left >= 0) return std::nullopt;
    return sim::FinalViolation{"no-overbooking", std::to_string(left) + " seats are left"};
  }

 private:
  void sell() {
    std::unique_lock<sim::mutex> lock(mutex_, std::defer_lock);
    if (locked_) lock.lock();
    if (seats_.load() > 0) {
      seats_.fetch_sub(1);
      sim::note("sales.log: sold a seat");
      sim::reach("sold");
    }
  }

  std::int64_t clerks_;
  bool locked_;
  sim::mutex mutex_{"counter"};
  sim::atomic<int> seats_;
};

sim::ModelInfo tickets() {
  return {
      .name = "tickets",
      .title = "Clerks that sell one seat",
      .parameters = {{.name = "clerks", .fallback = std::int64_t{2}, .minimum = 1, .maximum = 8, .unit = "clerks"},
                     {.name = "locked", .fallback = false, .description = "Sell under a mutex."}},
      .properties = {{"no-overbooking", "No seat is sold twice."}},
      .goals = {{"sold", "A seat was sold."}},
      .make = [](const sim::Parameters& parameters) -> std::unique_ptr<sim::Model> {
        return std::make_unique<Tickets>(parameters);
      },
  };
}

}  // namespace

namespace models {

std::span<const sim::ModelInfo> all() {
  static const std::array<sim::ModelInfo, 1> models = {tickets()};
  return models;
}

const sim::ModelInfo* find(std::string_view name) {
  return name == all().front().name ? &all().front() : nullptr;
}

}  // namespace models
