#pragma once

#include "sms/selection/critical_section.hpp"

namespace models::sms {

/// A critical section, and every later status write is checked under it: the request must still be there, in progress,
/// and claimed by this thread (Sender id). Who finds it otherwise has lost it, and writes nothing any more. The
/// Scheduler changes requests under the same lock.
class FencedWrites : public CriticalSection {
 public:
  Claim claim(Site& site) override;
  sim::vfs::Result<sim::Ok> write_progress(Site& site, const Claim& claim, sim::vfs::Handle file,
                                           Status status) override;
  void complete(Site& site, const Claim& claim, Status status, Action action) override;
  void scheduler_begins(Site&) override { lock_.lock(); }
  void scheduler_ends(Site&) override { lock_.unlock(); }
};

}  // namespace models::sms
