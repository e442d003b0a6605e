#include <memory>

#include "sms/selection/kinds.hpp"
#include "sms/selection/outbox.hpp"
#include "sync/win32.hpp"

namespace models::sms {

using namespace sim::vfs;

namespace {

/// 7. A named mutex in place of the critical section: it excludes the threads of all processes. If its owner dies, the
/// next wait returns WAIT_ABANDONED: the mutex is taken, and what it protects may be half done. Then, and where a
/// process finds that no other has the mutex, the claims of the dead process are taken back, which the Sender id tells
/// from those of the living. Works, also if a process crashes in the selection. Requires: at most two processes.
class NamedMutex : public Selection {
 public:
  void start(Site& site) override {
    // Initially owned: else another process could open it, claim, and have its claim taken back here.
    mutex_ = std::make_unique<sim::win32::named_mutex>("sms-selection", true);
    if (mutex_->already_existed()) return;
    const InSelection inside(site);
    reclaim_all(site);
    leave();
  }

  unsigned look(Site& site) override {
    const InSelection inside(site);
    if (!enter(site)) return no_request;
    const unsigned request = first_in_outbox(site, read_pending);
    leave();
    return request;
  }

  Claim claim(Site& site) override {
    const InSelection inside(site);
    if (!enter(site)) return {};
    const unsigned request =
        first_in_outbox(site, [this](Site& at, unsigned it) { return claim_with_sender_id(at, it, process_id()); });
    leave();
    return {request};
  }

 protected:
  /// What to do when the last owner has died. The mutex is taken. True iff the caller may go on.
  virtual bool handle_abandoned(Site& site) {
    reclaim_all_but(site, process_id());
    return true;
  }

 private:
  unsigned process_id() const { return 1001 + process(); }

  bool enter(Site& site) {
    const auto wait = sim::win32::wait_for_single_object(*mutex_);
    if (wait.status != sim::win32::wait_status::abandoned) return true;
    sim::reach(goal::mutex_abandoned);
    return handle_abandoned(site);
  }
  void leave() { (void)mutex_->release(); }

  std::unique_ptr<sim::win32::named_mutex> mutex_;
};

/// 8. WAIT_ABANDONED taken for an error ("not WAIT_OBJECT_0, so the wait failed"): the function returns without a
/// request, and without releasing a mutex that the thread now has. Fails: nobody else gets it any more.
class NamedMutexAbandonedIsError : public NamedMutex {
 protected:
  bool handle_abandoned(Site&) override { return false; }
};

}  // namespace

std::unique_ptr<Selection> make_named_mutex() {
  return std::make_unique<NamedMutex>();
}
std::unique_ptr<Selection> make_named_mutex_abandoned_is_error() {
  return std::make_unique<NamedMutexAbandonedIsError>();
}

}  // namespace models::sms
