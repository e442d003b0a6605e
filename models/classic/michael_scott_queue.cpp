// A lock-free queue: a list with a dummy at its head; whoever finds the tail behind moves it on. Nodes are not reused.
// The bug: a node is linked by a store where the algorithm has a compare-and-exchange, so that two nodes can be linked
// at the same place, and one of them is lost.
// Source: Michael and Scott, "Simple, fast, and practical non-blocking and blocking concurrent queue algorithms",
// PODC 1996.
#include <array>
#include <optional>

#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"
#include "sync/property.hpp"

namespace models::classic {
namespace {

constexpr int none = -1;
constexpr int dummy = 0;
constexpr int most_nodes = 9;  // The dummy and 4 producers' 2 items.

class MichaelScottQueue : public sim::Model {
 public:
  explicit MichaelScottQueue(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")),
        producers_(static_cast<int>(parameters.integer("producers"))),
        items_(static_cast<int>(parameters.integer("items"))),
        takes_(static_cast<int>(parameters.integer("takes"))) {}

  void start(sim::World& world) override {
    for (int producer = 0; producer < producers_; ++producer) {
      world.spawn(numbered("producer", producer + 1), [this, producer] {
        for (int i = 1; i <= items_; ++i) enqueue(producer * items_ + i);
      });
    }
    world.spawn("consumer", [this] {
      for (int i = 0; i < takes_; ++i) count(dequeue());
    });
  }

  std::optional<sim::FinalViolation> check_final_state() override {
    for (int node = dequeue(); node != none; node = dequeue()) count(node);
    for (int node = 1; node <= producers_ * items_; ++node) {
      if (!taken_[static_cast<std::size_t>(node)]) {
        return sim::FinalViolation{"no-item-lost", "item " + std::to_string(node) + " never comes out"};
      }
    }
    return std::nullopt;
  }

 private:
  sim::atomic<int>& next(int node) { return next_[static_cast<std::size_t>(node)]; }

  void enqueue(int node) {
    for (;;) {
      int tail = tail_;
      int successor = next(tail);
      if (successor != none) {
        tail_.compare_exchange_strong(tail, successor);
        sim::reach("tail-helped-on");
      } else if (link(tail, node)) {
        tail_.compare_exchange_strong(tail, node);
        return;
      }
    }
  }

  bool link(int tail, int node) {
    if (broken_) {
      next(tail).store(node);
      return true;
    }
    int expected = none;
    return next(tail).compare_exchange_strong(expected, node);
  }

  int dequeue() {
    for (;;) {
      int head = head_;
      int tail = tail_;
      const int successor = next(head);
      if (successor == none) return none;  // The last node is the head: nothing behind it.
      if (head == tail) {
        tail_.compare_exchange_strong(tail, successor);
      } else if (head_.compare_exchange_strong(head, successor)) {
        return successor;
      }
    }
  }

  // Of one producer's items, the earlier come out earlier.
  void count(int node) {
    if (node == none) return;
    const bool first_of_producer = (node - 1) % items_ == 0;
    const bool in_order = first_of_producer || taken_[static_cast<std::size_t>(node) - 1];
    sim::check(in_order && !taken_[static_cast<std::size_t>(node)], "first-in-first-out",
               "an item comes out before an earlier one, or again");
    taken_[static_cast<std::size_t>(node)] = true;
  }

  bool broken_;
  int producers_, items_, takes_;
  sim::atomic<int> head_{dummy, "head"}, tail_{dummy, "tail"};
  std::array<sim::atomic<int>, most_nodes> next_ = named_array<sim::atomic<int>, most_nodes>("next", none);
  std::array<bool, most_nodes> taken_{};  // The consumer's; at the end, the main thread's.
};

}  // namespace

sim::ModelInfo michael_scott_queue() {
  constexpr std::string_view source = "Michael and Scott, PODC 1996";
  return {
      .name = "michael-scott-queue",
      .title = "A lock-free queue",
      .parameters = {broken("A node is linked by a store.", source),
                     number("producers", 2, 1, 4, "threads", "Threads that put items in.", source),
                     number("items", 1, 1, 2, "items", "Items of each producer.", source),
                     number("takes", 1, 0, 4, "attempts", "How often the consumer tries to take one.", source)},
      .properties = {{"no-item-lost", "Every item comes out in the end."},
                     {"first-in-first-out", "Each item comes out once, those of one producer in their order."}},
      .goals = {{"tail-helped-on", "A producer found the tail behind, and moved it on."}},
      .make = make<MichaelScottQueue>,
  };
}

}  // namespace models::classic
