// The THE protocol: the owner pushes and pops at the tail without the lock, thieves steal at the head under it. Each
// announces what it takes before it looks at the other end. The known bug: the thief looks first, so that both take the
// last item. Slots are not reused, and the queue does not grow.
// Source: Frigo, Leiserson, Randall, "The implementation of the Cilk-5 multithreaded language", PLDI 1998; SCTBench,
// group CHESS (WSQ).
#include <array>
#include <optional>

#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"

namespace models::classic {
namespace {

constexpr std::size_t most_items = 8;

class WorkStealingQueue : public sim::Model {
 public:
  explicit WorkStealingQueue(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")),
        items_(parameters.integer("items")),
        thieves_(parameters.integer("thieves")),
        attempts_(parameters.integer("attempts")) {}

  void start(sim::World& world) override {
    world.spawn("owner", [this] { own(); });
    for (std::int64_t i = 1; i <= thieves_; ++i) {
      world.spawn(numbered("thief", i), [this] {
        for (std::int64_t attempt = 0; attempt < attempts_; ++attempt) {
          if (steal()) sim::reach("stolen");
        }
      });
    }
  }

  std::optional<sim::FinalViolation> check_final_state() override {
    for (std::size_t i = 0; i < static_cast<std::size_t>(items_); ++i) {
      if (taken_[i] != 1) return sim::FinalViolation{"each-item-once", "item " + std::to_string(i) + " is lost"};
    }
    return std::nullopt;
  }

 private:
  // Pushes two and pops one, until all are pushed; then pops the rest.
  void own() {
    for (int item = 0; item < items_; ++item) {
      push(item);
      if (item % 2 == 1) pop();
    }
    for (int i = 0; i < (items_ + 1) / 2; ++i) pop();
  }

  void push(int item) {
    const int tail = tail_;
    slots_[static_cast<std::size_t>(tail)] = item;
    tail_ = tail + 1;
  }

  void pop() {
    if (take_from_tail()) return;
    const std::lock_guard lock(mutex_);  // Perhaps a thief only looked: once more, alone.
    take_from_tail();
  }

  bool take_from_tail() {
    const int tail = tail_ - 1;
    tail_ = tail;
    if (head_ <= tail) {
      take(slots_[static_cast<std::size_t>(tail)]);
      return true;
    }
    tail_ = tail + 1;
    return false;
  }

  bool steal() {
    const std::lock_guard lock(mutex_);
    const int head = head_;
    if (!broken_) head_ = head + 1;
    if (head < tail_) {
      if (broken_) head_ = head + 1;
      take(slots_[static_cast<std::size_t>(head)]);
      return true;
    }
    if (!broken_) head_ = head;
    return false;
  }

  void take(int item) {
    const int before = taken_[static_cast<std::size_t>(item)].fetch_add(1);
    sim::check(before == 0, "each-item-once", "two threads take the same item");
  }

  bool broken_;
  std::int64_t items_, thieves_, attempts_;
  sim::mutex mutex_{"thieves"};
  sim::atomic<int> head_{0, "head"}, tail_{0, "tail"};
  std::array<sim::atomic<int>, most_items> slots_ = named_array<sim::atomic<int>, most_items>("slot", 0);
  std::array<sim::atomic<int>, most_items> taken_ = named_array<sim::atomic<int>, most_items>("taken", 0);
};

}  // namespace

sim::ModelInfo work_stealing_queue() {
  constexpr std::string_view source = "Cilk-5, PLDI 1998; SCTBench, group CHESS";
  return {
      .name = "work-stealing-queue",
      .title = "The owner takes from one end of a queue, thieves from the other",
      .parameters = {broken("A thief looks at the tail before it announces what it takes.", source),
                     number("items", 2, 1, most_items, "items", "Items that the owner pushes.", source),
                     number("thieves", 1, 1, 8, "threads", "Threads that steal.", source),
                     number("attempts", 2, 1, 4, "attempts", "How often each of them tries.", source)},
      .properties = {{"each-item-once", "Each item is taken, and by one thread."}},
      .goals = {{"stolen", "A thief stole an item."}},
      .make = make<WorkStealingQueue>,
  };
}

}  // namespace models::classic
