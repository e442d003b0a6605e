#pragma once

#include <memory>
#include <string_view>

#include "sms/site.hpp"

namespace models::sms {

/// What a sending thread has claimed.
struct Claim {
  unsigned request = no_request;
  sim::vfs::Handle file = {};  ///< The open request, if it stays open for the whole send; else no handle.

  bool holds_file() const { return file != sim::vfs::Handle{}; }
};

/// The function that the hotfix changed: finds a pending send request in the outbox and claims it for the caller. Its
/// real name and code are not public. Called by the Sender's main thread, which only looks, and by sending threads.
///
/// One object serves the threads of one Sender process. Each way to claim (DOMAIN, section 4) is an implementation;
/// most need `look` and `claim` alone.
class Selection {
 public:
  virtual ~Selection() = default;

  /// The first pending request, unclaimed: reason to create a sending thread. no_request if there is none. Unless
  /// another way is chosen, nothing is locked.
  virtual unsigned look(Site& site);
  /// Claims the first pending request: persists SREQ_STATUS_STARTED, and returns its number.
  virtual Claim claim(Site& site) = 0;
  /// Persists a status in the course of a send, through the request file that the sender has open.
  virtual sim::vfs::Result<sim::Ok> write_progress(Site& site, const Claim& claim, sim::vfs::Handle file,
                                                   Status status);
  /// Persists how the send ended.
  virtual void complete(Site& site, const Claim& claim, Status status, Action action);
  /// Lets go of what the claim still holds, after `complete`.
  virtual void release(Site&, const Claim&) {}
  /// The Scheduler's part of the protocol, around each change that it makes to a request.
  virtual void scheduler_begins(Site&) {}
  virtual void scheduler_ends(Site&) {}
  /// The first thing that a Sender process does.
  virtual void start(Site&) {}

  /// The process whose threads it serves: 0, or 1 for a second one.
  unsigned process() const { return process_; }
  void serve(unsigned process) { process_ = process; }

 private:
  unsigned process_ = 0;
};

std::unique_ptr<Selection> make_selection(SelectionKind kind);

}  // namespace models::sms
