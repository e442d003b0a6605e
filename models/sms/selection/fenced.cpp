#include "sms/selection/fenced.hpp"

#include "sms/selection/kinds.hpp"
#include "sync/thread.hpp"

namespace models::sms {

using sim::Failure;
using sim::Ok;
using namespace sim::vfs;

namespace {

unsigned my_id() {
  return windows_thread_id(sim::this_thread::number());
}

// The write goes to the file that has the request's name now: one that was deleted and is still open is none.
[[gnu::noinline]] Result<Ok> write_if_mine(Site& site, unsigned request, Status status, Action action) {
  const auto file = open_request(site, request, Access::read | Access::write, share_all);
  if (!file) return Failure{file.error()};
  const auto state = read_state(site, *file);
  Result<Ok> written = Failure{Win32Error::access_denied};
  if (state && is_in_progress(state->status) && has_sender_id(site, *file, my_id())) {
    written = write_state(site, request, *file, status, action);
  }
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return written;
}

}  // namespace

Claim FencedWrites::claim(Site& site) {
  const InSelection inside(site);
  const std::scoped_lock guard(lock_);
  return {first_in_outbox(site, [](Site& at, unsigned request) { return claim_with_sender_id(at, request, my_id()); })};
}

Result<Ok> FencedWrites::write_progress(Site& site, const Claim& claim, Handle, Status status) {
  const std::scoped_lock guard(lock_);
  return write_if_mine(site, claim.request, status, Action::nothing);
}

void FencedWrites::complete(Site& site, const Claim& claim, Status status, Action action) {
  const std::scoped_lock guard(lock_);
  (void)write_if_mine(site, claim.request, status, action);
}

/// The remedy of 19, whose completion writes are blind: a critical section whose completion re-creates a request that
/// the Scheduler has deleted meanwhile.
std::unique_ptr<Selection> make_checked_completion() {
  return std::make_unique<FencedWrites>();
}

}  // namespace models::sms
