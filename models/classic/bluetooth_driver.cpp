// A driver of Windows NT: `stop` waits until no request is pending, `add` handles one. The bug: `add` looks whether the
// driver is stopping before it counts itself as pending, so that the driver can stop in between.
// Source: Qadeer and Wu, "KISS: keep it simple and sequential", PLDI 2004; SCTBench, group CS.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"
#include "sync/property.hpp"

namespace models::classic {
namespace {

class BluetoothDriver : public sim::Model {
 public:
  explicit BluetoothDriver(const sim::Parameters& parameters) : broken_(parameters.boolean("broken")) {}

  void start(sim::World& world) override {
    world.spawn("stop", [this] { stop(); });
    world.spawn("add", [this] { broken_ ? add_broken() : add_repaired(); });
  }

 private:
  void stop() {
    stopping_ = true;
    release();
    if (event_) stopped_ = true;
  }

  void add_broken() {
    if (!stopping_) {
      pending_.fetch_add(1);
      work();
    }
    release();
  }

  void add_repaired() {
    pending_.fetch_add(1);
    if (!stopping_) work();
    release();
  }

  void work() {
    sim::reach("request-handled");
    sim::check(!stopped_, "no-work-after-stop", "a request is handled after the driver has stopped");
  }

  void release() {
    if (pending_.fetch_sub(1) == 1) event_ = true;
  }

  bool broken_;
  sim::atomic<int> pending_{1, "pending"};
  sim::atomic<bool> stopping_{false, "stopping"}, event_{false, "event"}, stopped_{false, "stopped"};
};

}  // namespace

sim::ModelInfo bluetooth_driver() {
  return {
      .name = "bluetooth-driver",
      .title = "A driver stops while a request arrives",
      .parameters = {broken("A request looks whether the driver is stopping before it counts itself as pending.",
                            "KISS, PLDI 2004; SCTBench, group CS")},
      .properties = {{"no-work-after-stop", "No request is handled after the driver has stopped."}},
      .goals = {{"request-handled", "A request was handled."}},
      .make = make<BluetoothDriver>,
  };
}

}  // namespace models::classic
