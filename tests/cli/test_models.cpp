// The models that the tool is tested with: small, and with known verdicts. They stand in for models/registry.cpp.
#include <memory>
#include <string>

#include "models/registry.hpp"
#include "sync/atomic.hpp"
#include "sync/property.hpp"
#include "sync/thread.hpp"

namespace models {
namespace {

using sim::ModelInfo;
using sim::Parameters;
using sim::World;

/// `threads` threads each add 1 to a counter `rounds` times, in one step or in two.
class Counter : public sim::Model {
 public:
  explicit Counter(const Parameters& parameters)
      : threads_(parameters.integer("threads")),
        rounds_(parameters.integer("rounds")),
        atomic_(parameters.boolean("atomic")) {}

  void start(World& world) override {
    for (std::int64_t i = 0; i < threads_; ++i) {
      world.spawn("adder " + std::to_string(i + 1), [this] { add(); });
    }
  }

  std::optional<sim::FinalViolation> check_final_state() override {
    const std::int64_t expected = threads_ * rounds_, total = counter_.load();
    if (total == expected) return std::nullopt;
    return sim::FinalViolation{"no-lost-update", std::to_string(total) + " instead of " + std::to_string(expected)};
  }

 private:
  void add() {
    for (std::int64_t i = 0; i < rounds_; ++i) {
      if (atomic_) {
        counter_.fetch_add(1);
      } else {
        const std::int64_t before = counter_.load();
        sim::note("counter.log: read {}", before);
        counter_.store(before + 1);
        sim::note("counter.log: wrote {}", before + 1);
      }
    }
    if (++ended_ == threads_) sim::reach("all-ended");
    sim::expect(counter_.load() != 1 || ended_ < 2, "no-stale-total", "two threads ended, and the counter is 1");
  }

  std::int64_t threads_, rounds_;
  bool atomic_;
  sim::atomic<std::int64_t> counter_{0, "counter"};
  std::int64_t ended_ = 0;
};

/// A thread waits for a light that nobody switches on.
class Lamp : public sim::Model {
 public:
  void start(World& world) override {
    world.spawn("waiter", [this] {
      light_.store(false);
      while (!light_.load()) sim::this_thread::yield();
    });
  }

 private:
  sim::atomic<bool> light_{false, "light"};
};

const std::vector<ModelInfo>& table() {
  static const std::vector<ModelInfo> models = {
      {.name = "counter",
       .title = "Threads that add to a counter",
       .parameters = {{.name = "threads",
                       .fallback = std::int64_t{2},
                       .minimum = 1,
                       .maximum = 8,
                       .unit = "threads",
                       .description = "Threads that add.",
                       .source = "made up"},
                      {.name = "rounds", .fallback = std::int64_t{1}, .minimum = 1, .maximum = 1000},
                      {.name = "atomic", .fallback = false, .description = "Add in one step."}},
       .properties = {{"no-lost-update", "Every addition counts."},
                      {"no-stale-total", "The counter is not 1 when two threads have ended."}},
       .goals = {{"all-ended", "All threads have added."}, {"never", "Nothing reaches this."}},
       .make = [](const Parameters& parameters) -> std::unique_ptr<sim::Model> {
         return std::make_unique<Counter>(parameters);
       },
       .validate = [](const Parameters& parameters) -> std::optional<std::string> {
         if (parameters.integer("threads") * parameters.integer("rounds") <= 1000) return std::nullopt;
         return "threads times rounds must be at most 1000";
       },
       .excludes = [](const Parameters& parameters, std::string_view name) -> std::optional<sim::Exclusion> {
         if (name != "no-stale-total" || parameters.integer("threads") > 1) return std::nullopt;
         return sim::Exclusion{"threads", "it takes two threads to end; set threads to 2 or more"};
       }},
      {.name = "lamp",
       .title = "A thread that waits in the dark",
       .parameters = {},
       .properties = {},
       .goals = {},
       .make = [](const Parameters&) -> std::unique_ptr<sim::Model> { return std::make_unique<Lamp>(); },
       .validate = nullptr},
  };
  return models;
}

}  // namespace

std::span<const ModelInfo> all() {
  return table();
}

const ModelInfo* find(std::string_view name) {
  for (const ModelInfo& model : table()) {
    if (model.name == name) return &model;
  }
  return nullptr;
}

}  // namespace models
