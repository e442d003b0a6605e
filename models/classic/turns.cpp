// Two programs in which a producer and a consumer take turns under a lock. A round in which it is not one's turn does
// nothing. The bug of both: the round is counted nevertheless, so that its number is not that of the item.
#include <array>

#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"
#include "sync/shared.hpp"

namespace models::classic {
namespace {

constexpr int most_rounds = 12;

/// What both share: the lock, whose turn it is, and a buffer that is read in the order in which it was written.
class Turns : public sim::Model {
 public:
  explicit Turns(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")), rounds_(static_cast<int>(parameters.integer("rounds"))) {}

  void start(sim::World& world) override {
    world.spawn("producer", [this] { produce(); });
    world.spawn("consumer", [this] { consume(); });
  }

 protected:
  virtual void produce() = 0;
  /// What the consumer must find as its item number `index`.
  virtual int expected(int index) = 0;

  /// Calls `body` in every round in which it is the turn, with the number of the round, or of the item.
  template <class Body>
  void in_turns(bool consumers, Body body) {
    int item = 0;
    for (int round = 0; round < rounds_; ++round) {
      const std::lock_guard lock(mutex_);
      if (consumers_turn_ != consumers) continue;
      body(broken_ ? round : item++);
      consumers_turn_ = !consumers;
    }
  }

  void put(int value) {
    const int at = written_;
    buffer_[static_cast<std::size_t>(at)] = value;
    written_ = at + 1;
  }

  sim::mutex mutex_{"m"};

 private:
  void consume() {
    in_turns(true, [this](int index) {
      if (index > 0) sim::reach("second-item-taken");
      sim::check(take() == expected(index), "items-in-order", "the consumer takes another item than it expects");
    });
  }

  int take() {
    const int at = read_;
    read_ = at + 1;
    return buffer_[static_cast<std::size_t>(at)];
  }

  bool broken_;
  int rounds_;
  sim::shared<bool> consumers_turn_{false, "consumers_turn"};
  std::array<sim::shared<int>, most_rounds + 1> buffer_ = named_array<sim::shared<int>, most_rounds + 1>("buffer", 0);
  sim::shared<int> written_{0, "written"}, read_{0, "read"};
};

class CircularBuffer : public Turns {
 public:
  using Turns::Turns;

 private:
  void produce() override {
    in_turns(false, [this](int index) { put(index); });
  }
  int expected(int index) override { return index; }
};

/// Beside the queue, what was put into it is stored in an array. The first item does not wait for its turn.
class Queue : public Turns {
 public:
  using Turns::Turns;

 private:
  void produce() override {
    {
      const std::lock_guard lock(mutex_);
      put_and_store(0);
    }
    in_turns(false, [this](int index) { put_and_store(index + 1); });
  }
  void put_and_store(int index) {
    put(10 + index);
    stored_[static_cast<std::size_t>(index)] = 10 + index;
  }
  int expected(int index) override { return stored_[static_cast<std::size_t>(index)]; }

  std::array<sim::shared<int>, most_rounds + 1> stored_ = named_array<sim::shared<int>, most_rounds + 1>("stored", 0);
};

template <class Program>
sim::ModelInfo info(std::string_view name, std::string_view title, std::string_view bug) {
  return {
      .name = name,
      .title = title,
      .parameters = {broken(bug, source::sctbench_cs),
                     number("rounds", 3, 2, most_rounds, "rounds", "Rounds of each thread.", source::sctbench_cs)},
      .properties = {{"items-in-order", "The consumer takes the items that it expects, one after another."}},
      .goals = {{"second-item-taken", "The consumer came to the second item."}},
      .make = make<Program>,
  };
}

}  // namespace

sim::ModelInfo circular_buffer() {
  return info<CircularBuffer>("circular-buffer", "A producer and a consumer take turns at a buffer",
                              "Items are numbered by rounds, of which some do nothing.");
}

sim::ModelInfo queue() {
  return info<Queue>("queue", "A queue beside an array of what was put into it",
                     "The array is indexed by rounds, of which some do nothing.");
}

}  // namespace models::classic
