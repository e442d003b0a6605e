#include <mutex>

#include "sms/selection/critical_section.hpp"
#include "sms/selection/kinds.hpp"

/// Locks that cover too much, or in the wrong order.
namespace models::sms {
namespace {

/// 20. The lock is taken by the claim and released when the send is over: what is claimed cannot be claimed again, and
/// nothing else can be sent either. Safe; connecting and sending to every site happen one after the other.
class LockAcrossSend : public CriticalSection {
 public:
  Claim claim(Site& site) override {
    const InSelection inside(site);
    lock_.lock();
    const unsigned request = first_in_outbox(site, claim_if_pending);
    if (request == no_request) lock_.unlock();
    return {request};
  }

  void release(Site&, const Claim&) override { lock_.unlock(); }
};

/// 21. Selecting locks the outbox, and then, to enter the claim into it, the Scheduler's list of send requests. The
/// Scheduler, who works on its list, locks that first and then the outbox. Fails: each has what the other waits for.
class LockOrderReversed : public CriticalSection {
 public:
  Claim claim(Site& site) override {
    const InSelection inside(site);
    const std::scoped_lock guard(lock_);
    return {first_in_outbox(site, [this](Site& at, unsigned request) {
      const std::scoped_lock list(scheduler_list_);
      return claim_if_pending(at, request);
    })};
  }

  void scheduler_begins(Site&) override {
    scheduler_list_.lock();
    lock_.lock();
  }
  void scheduler_ends(Site&) override {
    lock_.unlock();
    scheduler_list_.unlock();
  }

 private:
  sim::mutex scheduler_list_{"scheduler-list"};
};

}  // namespace

std::unique_ptr<Selection> make_lock_across_send() {
  return std::make_unique<LockAcrossSend>();
}
std::unique_ptr<Selection> make_lock_order_reversed() {
  return std::make_unique<LockOrderReversed>();
}

}  // namespace models::sms
