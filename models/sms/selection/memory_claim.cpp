#include <mutex>

#include "sms/selection/critical_section.hpp"
#include "sms/selection/kinds.hpp"
#include "sync/ghost.hpp"

namespace models::sms {

using namespace sim::vfs;

namespace {

[[gnu::noinline]] bool is_unfinished(Site& site, unsigned request) {
  const auto file = open_request(site, request, Access::read, share_all);
  if (!file) return false;
  const auto state = read_state(site, *file);
  const bool unfinished = state && (state->status == Status::none || is_in_progress(state->status));
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return unfinished;
}

/// 15. The requests that are being sent are a set in memory, under a critical section; STARTED is not persisted, and
/// what is neither in the set nor finished is pending. Works, and needs no recovery: a process that starts finds an
/// empty set. But what the process that died had delivered, and not yet marked OK, is sent again.
class MemoryClaim : public CriticalSection {
 public:
  unsigned look(Site& site) override {
    const InSelection inside(site);
    const std::scoped_lock guard(lock_);
    return first_in_outbox(
        site, [this](Site& at, unsigned request) { return !claimed_[request] && is_unfinished(at, request); });
  }

  Claim claim(Site& site) override {
    const InSelection inside(site);
    const std::scoped_lock guard(lock_);
    return {first_in_outbox(site, [this](Site& at, unsigned request) {
      if (claimed_[request] || !is_unfinished(at, request)) return false;
      claimed_.set(request);
      at.monitor.claimed(request);
      return true;
    })};
  }

  void release(Site&, const Claim& claim) override {
    const std::scoped_lock guard(lock_);
    claimed_.reset(claim.request);
  }

 private:
  RequestSet claimed_;  ///< Under the lock.
};

}  // namespace

std::unique_ptr<Selection> make_memory_claim() {
  return std::make_unique<MemoryClaim>();
}

}  // namespace models::sms
