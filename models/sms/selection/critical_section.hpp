#pragma once

#include <mutex>

#include "sms/selection/outbox.hpp"
#include "sync/mutex.hpp"

namespace models::sms {

/// 1. The hotfix: "adds thread synchronization to the send-request selection function" [D]. A critical section from the
/// enumeration until STARTED is persisted [I]. Works among the threads of one process, of which each has its own
/// object: two processes on one outbox (6) have two locks, which exclude nobody.
class CriticalSection : public Selection {
 public:
  unsigned look(Site& site) override {
    const InSelection inside(site);
    const std::scoped_lock guard(lock_);
    return first_in_outbox(site, read_pending);
  }

  Claim claim(Site& site) override {
    const InSelection inside(site);
    const std::scoped_lock guard(lock_);
    return {first_in_outbox(site, claim_if_pending)};
  }

 protected:
  sim::mutex lock_{"selection-lock"};
};

}  // namespace models::sms
