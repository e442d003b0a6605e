// Readers read together, a writer writes alone. The first reader acquires the resource for all, the last releases it;
// a mutex makes the other readers wait until the first has it. The bug: readers are counted by an atomic counter
// without the mutex, so that the second reads while the first still waits for a writer. Source: Courtois, Heymans,
// Parnas, "Concurrent control with readers and writers", CACM 14(10), 1971.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"
#include "sync/semaphore.hpp"

namespace models::classic {
namespace {

class ReadersWriters : public sim::Model {
 public:
  explicit ReadersWriters(const sim::Parameters& parameters)
      : broken_(parameters.boolean("broken")),
        readers_(parameters.integer("readers")),
        writers_(parameters.integer("writers")) {}

  void start(sim::World& world) override {
    for (std::int64_t i = 1; i <= readers_; ++i) world.spawn(numbered("reader", i), [this] { read(); });
    for (std::int64_t i = 1; i <= writers_; ++i) world.spawn(numbered("writer", i), [this] { write(); });
  }

 private:
  std::unique_lock<sim::mutex> locked_unless_broken() {
    return broken_ ? std::unique_lock<sim::mutex>() : std::unique_lock<sim::mutex>(mutex_);
  }

  void read() {
    {
      const auto lock = locked_unless_broken();
      if (count_.fetch_add(1) == 0) resource_.acquire();
    }
    if (reading_.fetch_add(1) > 0) sim::reach("read-together");
    sim::check(writing_ == 0, "writers-alone", "a reader reads while a writer writes");
    reading_.fetch_sub(1);
    {
      const auto lock = locked_unless_broken();
      if (count_.fetch_sub(1) == 1) resource_.release();
    }
  }

  void write() {
    resource_.acquire();
    sim::check(writing_.fetch_add(1) == 0, "writers-alone", "two writers write");
    sim::check(reading_ == 0, "writers-alone", "a writer writes while a reader reads");
    writing_.fetch_sub(1);
    resource_.release();
  }

  bool broken_;
  std::int64_t readers_, writers_;
  sim::mutex mutex_{"readers"};
  sim::binary_semaphore resource_{1, "resource"};
  sim::atomic<int> count_{0, "count"}, reading_{0, "reading"}, writing_{0, "writing"};
};

}  // namespace

sim::ModelInfo readers_writers() {
  constexpr std::string_view source = "Courtois, Heymans, Parnas, CACM 14(10), 1971";
  return {
      .name = "readers-writers",
      .title = "Readers read together, writers write alone",
      .parameters = {broken("Readers are counted without the mutex.", source),
                     number("readers", 2, 1, 4, "threads", "Threads that read once.", source),
                     number("writers", 1, 1, 4, "threads", "Threads that write once.", source)},
      .properties = {{"writers-alone", "While a writer writes, nobody else reads or writes."}},
      .goals = {{"read-together", "Two readers read at once."}},
      .make = make<ReadersWriters>,
  };
}

}  // namespace models::classic
