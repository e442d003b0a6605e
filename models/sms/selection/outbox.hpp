#pragma once

#include "sms/selection.hpp"
#include "sync/forget.hpp"

/// What the selection functions have in common: looking through the outbox, reading and claiming one request.
namespace models::sms {

/// The requests in the outbox that nobody has renamed: outbox\*.srq.
std::string request_pattern();

/// The request that comes next in an enumeration, or no_request at its end. A frame of its own: what the enumeration
/// returned is no part of the state any more when the request is considered.
unsigned next_request(Site& site, sim::vfs::Find& find);

sim::vfs::Result<sim::vfs::Handle> open_request(Site& site, unsigned request, sim::vfs::Access access,
                                                sim::vfs::Share share);

/// True iff the open request is pending. Where power may be lost, one that recovers looks at the whole of it.
bool is_pending(Site& site, sim::vfs::Handle file);

/// Persists STARTED through the open request. True iff that succeeded.
bool persist_claim(Site& site, unsigned request, sim::vfs::Handle file);

/// Opens a request, and reads its status. True iff it is pending.
bool read_pending(Site& site, unsigned request);

/// Opens a request and persists STARTED, whatever its status is. True iff that succeeded.
bool write_started(Site& site, unsigned request);

/// Opens a request and reads its status; persists STARTED if it is pending. True iff it was.
bool claim_if_pending(Site& site, unsigned request);

/// Persists who claims the open request. A status write leaves it as it is.
bool write_sender_id(Site& site, sim::vfs::Handle file, unsigned id);
bool has_sender_id(Site& site, sim::vfs::Handle file, unsigned id);

/// claim_if_pending, with the id of who claims.
bool claim_with_sender_id(Site& site, unsigned request, unsigned id);

/// Makes every request pending again that is in progress. Requires: whoever had claimed it is dead.
void reclaim_all(Site& site);
/// The same for those that do not have this sender id.
void reclaim_all_but(Site& site, unsigned id);

/// While one lives, the calling thread is in the selection function.
class InSelection {
 public:
  explicit InSelection(Site& site) : site_(site) { site_.monitor.enters_selection(); }
  ~InSelection() { site_.monitor.leaves_selection(); }
  InSelection(const InSelection&) = delete;
  InSelection& operator=(const InSelection&) = delete;

 private:
  Site& site_;
};

/// Enumerates the outbox for the first request that `take(site, request)` wants. no_request if it wants none.
template <class Take>
[[gnu::noinline]] unsigned first_in_outbox(Site& site, Take take) {
  auto find = site.files.find_first(request_pattern());
  if (!find) return no_request;
  for (;;) {
    sim::forget_dead_frames();
    const unsigned request = next_request(site, *find);
    if (request == no_request) return no_request;
    sim::forget_dead_frames();
    if (site.has_capacity_for(request) && take(site, request)) return request;
  }
}

}  // namespace models::sms
