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
        site, [this](Site& at, unsigned request) { return !is_claimed(request) && is_unfinished(at, request); });
  }

  Claim claim(Site& site) override {
    const InSelection inside(site);
    const std::scoped_lock guard(lock_);
    return {first_in_outbox(site, [this](Site& at, unsigned request) {
      if (is_claimed(request) || !is_unfinished(at, request)) return false;
      claimed_ |= 1U << request;
      at.monitor.claimed(request);
      return true;
    })};
  }

  void release(Site&, const Claim& claim) override {
    const std::scoped_lock guard(lock_);
    claimed_ &= ~(1U << claim.request);
  }

 private:
  bool is_claimed(unsigned request) const { return (claimed_ >> request & 1U) != 0; }

  unsigned claimed_ = 0;  ///< A bit for each request, under the lock.
};

}  // namespace

std::unique_ptr<Selection> make_memory_claim() {
  return std::make_unique<MemoryClaim>();
}

}  // namespace models::sms
