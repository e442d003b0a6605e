#include "sms/selection/kinds.hpp"
#include "sms/selection/outbox.hpp"

/// Claims by a handle that shares nothing: whoever opens the request has it, for all processes and machines.
namespace models::sms {

using namespace sim::vfs;

namespace {

/// Opens a request for the caller alone. Notes in `busy` if somebody else has it open.
[[gnu::noinline]] Result<Handle> open_alone(Site& site, unsigned request, bool& busy) {
  const auto file = open_request(site, request, Access::read | Access::write, Share::none);
  if (!file && file.error() == Win32Error::sharing_violation) {
    busy = true;
    sim::reach(goal::request_busy);
  }
  return file;
}

/// 10. The request is opened exclusively for the claim: status read, STARTED written, closed. Works: between reading
/// and writing nobody else has the file open. Whoever finds a request open elsewhere leaves it, and looks once more if
/// there was nothing else.
class ExclusiveOpenForClaim : public Selection {
 public:
  Claim claim(Site& site) override {
    const InSelection inside(site);
    for (;;) {
      Claim claim;
      bool busy = false;
      claim.request = first_in_outbox(site, [&](Site& at, unsigned request) { return take(at, request, claim, busy); });
      if (claim.request != no_request || !busy) return claim;
    }
  }

 protected:
  virtual bool take(Site& site, unsigned request, Claim&, bool& busy) {
    const auto file = open_alone(site, request, busy);
    if (!file) return false;
    const bool claimed = is_pending(site, *file) && persist_claim(site, request, *file);
    sim::forget_dead_frames();
    (void)site.files.close(*file);
    return claimed;
  }
};

/// 9. The same, but the handle stays open until the send is over: it is the claim, and a process that dies gives it up.
/// Safe. The Scheduler cannot read the request meanwhile, and must know what error 32 means (Q276259).
class ExclusiveOpenForSend : public ExclusiveOpenForClaim {
 public:
  void complete(Site& site, const Claim& claim, Status status, Action action) override {
    (void)write_state(site, claim.request, claim.file, status, action);
  }
  void release(Site& site, const Claim& claim) override { (void)site.files.close(claim.file); }

 protected:
  bool take(Site& site, unsigned request, Claim& claim, bool& busy) override {
    const auto file = open_alone(site, request, busy);
    if (!file) return false;
    if (is_pending(site, *file) && persist_claim(site, request, *file)) {
      claim.file = *file;
      return true;
    }
    sim::forget_dead_frames();
    (void)site.files.close(*file);
    return false;
  }
};

/// 11. Variant 10 with the status read before, through a handle that shares everything. Fails: when the exclusive open
/// succeeds, the status may be old.
class StatusBeforeOpen : public ExclusiveOpenForClaim {
 protected:
  bool take(Site& site, unsigned request, Claim&, bool& busy) override {
    if (!read_pending(site, request)) return false;
    sim::forget_dead_frames();
    const auto file = open_alone(site, request, busy);
    if (!file) return false;
    const bool claimed = persist_claim(site, request, *file);
    sim::forget_dead_frames();
    (void)site.files.close(*file);
    return claimed;
  }
};

}  // namespace

std::unique_ptr<Selection> make_exclusive_open_for_send() {
  return std::make_unique<ExclusiveOpenForSend>();
}
std::unique_ptr<Selection> make_exclusive_open_for_claim() {
  return std::make_unique<ExclusiveOpenForClaim>();
}
std::unique_ptr<Selection> make_status_before_open() {
  return std::make_unique<StatusBeforeOpen>();
}

}  // namespace models::sms
