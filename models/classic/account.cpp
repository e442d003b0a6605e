// Three transactions on one account, each under the lock. The benchmark's bug is the expectation of the checker: it
// computes (x - y) - z where the others add y and subtract z. Only the order of the three critical sections matters.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"
#include "sync/shared.hpp"

namespace models::classic {
namespace {

class Account : public sim::Model {
 public:
  explicit Account(const sim::Parameters& parameters) : broken_(parameters.boolean("broken")) {}

  void start(sim::World& world) override {
    world.spawn("depositor", [this] { deposit(); });
    world.spawn("withdrawer", [this] { withdraw(); });
    world.spawn("checker", [this] { check(); });
  }

 private:
  static constexpr int initial = 1, deposited = 2, withdrawn = 4;

  void deposit() {
    const std::lock_guard lock(mutex_);
    balance_ += deposited;
    deposit_done_ = true;
  }

  void withdraw() {
    const std::lock_guard lock(mutex_);
    balance_ -= withdrawn;
    withdraw_done_ = true;
  }

  void check() {
    const std::lock_guard lock(mutex_);
    if (!deposit_done_ || !withdraw_done_) return;
    sim::reach("both-transactions-done");
    const int expected = (broken_ ? initial - deposited : initial + deposited) - withdrawn;
    sim::check(balance_ == expected, "balance-correct", "the balance is not what the checker expects");
  }

  bool broken_;
  sim::mutex mutex_{"account"};
  sim::shared<int> balance_{initial, "balance"};
  sim::shared<bool> deposit_done_{false, "deposit_done"}, withdraw_done_{false, "withdraw_done"};
};

}  // namespace

sim::ModelInfo account() {
  return {
      .name = "account",
      .title = "A deposit, a withdrawal and a check of one account",
      .parameters = {broken("The checker expects (x - y) - z in place of x + y - z.", source::sctbench_cs)},
      .properties = {{"balance-correct", "After both transactions the balance is what the checker expects."}},
      .goals = {{"both-transactions-done", "The check came after both transactions."}},
      .make = make<Account>,
  };
}

}  // namespace models::classic
