#pragma once

#include <cstdint>
#include <optional>

#include "sms/fault_settings.hpp"
#include "sms/send_request.hpp"
#include "sync/ghost.hpp"
#include "vfs/file_system.hpp"

namespace models::sms {

struct Site;

/// The faults of one execution: those of the filesystem and those of this model take from one budget. Where a fault may
/// strike, both that it does and that not are explored, in the transition of whoever asks. What was not declared costs
/// nothing: neither a read of the budget nor a choice.
class Faults {
 public:
  explicit Faults(const FaultSettings& settings);
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  /// 0: the fault does not strike here; else in which of `ways` it does, from 1 on.
  std::uint32_t strike(FaultKind kind, std::uint32_t ways = 1);

  /// What the filesystem may do on the site server's own disk, and on the way to the receivers.
  sim::vfs::FaultOptions on_disk();
  sim::vfs::FaultOptions on_share();
  /// True iff the session dropped behind the last operation that a fault struck: it was applied, whatever its error.
  bool was_applied() const { return applied_; }
  void forget_applied() { applied_ = false; }

  // ---- crashes ----------------------------------------------------------------------------------

  /// Who is to crash; the service manager does it.
  struct Crash {
    bool due = false;
    FaultKind kind = FaultKind::crash_thread;
    std::uint8_t thread = 0;
  };
  bool crash_is_due() const { return crash_.get().due; }
  Crash due_crash() const;
  /// It has come, and a service that is started again can crash again.
  void crash_is_over();
  /// The calling thread is none that sends: it ends only with its process.
  void is_no_sending_thread();
  /// The calling thread takes back what a crash has left; or is done with that.
  void recovers(bool begins);
  /// The service has ended, and is about to be started again.
  void restarted() { ++restarts_; }

  /// Explores whether a crash strikes behind a write, creation, rename or deletion of the calling thread. If so, it
  /// does not return. `request`: whose .srq was written; no_request if it was something else.
  void at_persist_boundary(unsigned request);
  /// Everything that was written to the request so far is on the disk.
  void flushed(unsigned request);

 private:
  bool may_crash() const;

  static void struck_on_disk(void* listener, sim::vfs::Fault fault);
  static void struck_on_share(void* listener, sim::vfs::Fault fault);

  FaultSettings settings_;
  std::optional<sim::vfs::FaultBudget> budget_;  ///< Only where a fault is declared.
  sim::ghost<Crash> crash_;
  sim::ghost<RequestSet> flushed_;
  std::uint64_t not_sending_ = 0;  ///< A bit for each thread of the service that does not send.
  std::uint64_t recovering_ = 0;   ///< The same for each that recovers.
  unsigned restarts_ = 0;          ///< Of the service; each took a fault from the budget.
  bool applied_ = false;
};

/// Behind something that the calling thread has persisted; `request` as above.
void at_persist_boundary(Site& site, unsigned request);
/// Behind a write to an open request: may crash, and puts it on the disk.
void request_written(Site& site, unsigned request, sim::vfs::Handle file);

}  // namespace models::sms
