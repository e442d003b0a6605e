// Producers wait until there is room, consumers until there is an item. Two bugs: one condition for both, so that a
// notification can wake a thread that it does not concern, and is lost; and `if` where `while` belongs, so that a woken
// thread goes on though another was faster.
// Source: Hoare, "Monitors: an operating system structuring concept", CACM 17(10), 1974.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/condition_variable.hpp"
#include "sync/property.hpp"
#include "sync/shared.hpp"

namespace models::classic {
namespace {

class BoundedBuffer : public sim::Model {
 public:
  explicit BoundedBuffer(const sim::Parameters& parameters)
      : one_condition_(parameters.boolean("broken") && parameters.text("bug") == "one-condition"),
        waits_once_(parameters.boolean("broken") && parameters.text("bug") == "if"),
        capacity_(parameters.integer("capacity")),
        producers_(parameters.integer("producers")),
        consumers_(parameters.integer("consumers")),
        items_(parameters.integer("items")) {}

  void start(sim::World& world) override {
    // Both put in and take out `producers * items` items altogether.
    for (std::int64_t i = 1; i <= producers_; ++i) {
      world.spawn(numbered("producer", i), [this] {
        for (std::int64_t item = 0; item < items_; ++item) put();
      });
    }
    const std::int64_t all = producers_ * items_;
    for (std::int64_t i = 1; i <= consumers_; ++i) {
      const std::int64_t share = all / consumers_ + (i <= all % consumers_ ? 1 : 0);
      world.spawn(numbered("consumer", i), [this, share] {
        for (std::int64_t item = 0; item < share; ++item) take();
      });
    }
  }

 private:
  using Lock = std::unique_lock<sim::mutex>;

  sim::condition_variable& for_consumers() { return not_empty_; }
  sim::condition_variable& for_producers() { return one_condition_ ? not_empty_ : not_full_; }

  template <class Predicate>
  void wait(sim::condition_variable& condition, Lock& lock, Predicate ready) {
    if (ready()) return;
    sim::reach("waited");
    condition.wait(lock);
    if (!waits_once_) condition.wait(lock, ready);
  }

  void put() {
    Lock lock(mutex_);
    wait(for_producers(), lock, [this] { return count_ < capacity_; });
    sim::check(count_ < capacity_, "no-overflow", "an item is put into a full buffer");
    ++count_;
    for_consumers().notify_one();
  }

  void take() {
    Lock lock(mutex_);
    wait(for_consumers(), lock, [this] { return count_ > 0; });
    sim::check(count_ > 0, "no-underflow", "an item is taken out of an empty buffer");
    --count_;
    for_producers().notify_one();
  }

  bool one_condition_, waits_once_;
  std::int64_t capacity_, producers_, consumers_, items_;
  sim::mutex mutex_{"buffer"};
  sim::condition_variable not_empty_{"not_empty"}, not_full_{"not_full"};
  sim::shared<std::int64_t> count_{0, "count"};
};

}  // namespace

sim::ModelInfo bounded_buffer() {
  constexpr std::string_view source = "Hoare, CACM 17(10), 1974";
  return {
      .name = "bounded-buffer",
      .title = "Producers and consumers share a buffer with condition variables",
      .parameters = {broken("With the bug that `bug` names.", source),
                     {.name = "bug",
                      .fallback = std::string("one-condition"),
                      .choices = {"one-condition", "if"},
                      .description = "If broken: producers and consumers wait for one condition and notify one waiter; "
                                     "or a thread looks once, and not again after it was woken.",
                      .source = source},
                     number("capacity", 1, 1, 4, "items", "Items that fit.", source),
                     number("producers", 1, 1, 4, "threads", "Threads that put items in.", source),
                     number("consumers", 2, 1, 4, "threads", "Threads that take them out.", source),
                     number("items", 2, 1, 4, "items", "Items of each producer.", source)},
      .properties = {{"no-underflow", "No item is taken out of an empty buffer."},
                     {"no-overflow", "No item is put into a full buffer."}},
      .goals = {{"waited", "A thread had to wait."}},
      .make = make<BoundedBuffer>,
  };
}

}  // namespace models::classic
