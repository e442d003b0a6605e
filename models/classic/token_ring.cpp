// Each of three threads copies its neighbour's token, in one critical section; a fourth checks that all are equal once
// all three are done. That holds only if the first thread went first, which nothing enforces.
#include "classic/program.hpp"
#include "classic/programs.hpp"
#include "sync/atomic.hpp"
#include "sync/mutex.hpp"
#include "sync/property.hpp"
#include "sync/shared.hpp"

namespace models::classic {
namespace {

class TokenRing : public sim::Model {
 public:
  explicit TokenRing(const sim::Parameters& parameters) : broken_(parameters.boolean("broken")) {}

  void start(sim::World& world) override {
    world.spawn("first", [this] { pass_on(x1_, x3_, 1, done1_, nullptr); });
    world.spawn("second", [this] { pass_on(x2_, x1_, 0, done2_, &done1_); });
    world.spawn("third", [this] { pass_on(x3_, x2_, 0, done3_, &done2_); });
    world.spawn("checker", [this] { check(); });
  }

 private:
  using Token = sim::shared<int>;
  using Flag = sim::atomic<bool>;

  // The repaired ring waits for the thread before it.
  void pass_on(Token& to, const Token& from, int add, Flag& done, const Flag* before) {
    if (!broken_ && before != nullptr) sim::await([before] { return before->load(); });
    const std::lock_guard lock(mutex_);
    to = (from + add) % 4;
    done = true;
  }

  void check() {
    const std::lock_guard lock(mutex_);
    if (!done1_ || !done2_ || !done3_) return;
    sim::reach("all-passed-on");
    sim::check(x1_ == x2_ && x2_ == x3_, "tokens-equal", "the tokens of the ring differ");
  }

  bool broken_;
  sim::mutex mutex_{"ring"};
  Token x1_{1, "x1"}, x2_{2, "x2"}, x3_{1, "x3"};
  Flag done1_{false, "done1"}, done2_{false, "done2"}, done3_{false, "done3"};
};

}  // namespace

sim::ModelInfo token_ring() {
  return {
      .name = "token-ring",
      .title = "Three threads pass a token on around a ring",
      .parameters = {broken("No thread waits for the one before it.", source::sctbench_cs)},
      .properties = {{"tokens-equal", "When all have passed the token on, all tokens are equal."}},
      .goals = {{"all-passed-on", "The check came after all three."}},
      .make = make<TokenRing>,
  };
}

}  // namespace models::classic
