#include "sms/selection/lease.hpp"

#include <array>
#include <chrono>
#include <span>

#include "sms/selection/fenced.hpp"
#include "sms/selection/kinds.hpp"
#include "sync/thread.hpp"

namespace models::sms {

using namespace sim::vfs;

namespace {

/// 17. A claim is a lease: each status write renews the heartbeat, and a request whose heartbeat is older than the
/// timeout is pending again, so that a sender that died loses it. No fencing: a sender that merely waited, for a retry
/// delay as long as the lease, goes on as if it still had the request (Q278357). Fails.
using Lease = CriticalSection;

/// 18. The same with fencing. No stale status is written. What is under way to the receiver is not fenced: the data may
/// arrive twice, and the receiver must recognise the id.
class LeaseFenced : public FencedWrites {};

using HeartbeatLine = std::array<char, record_bytes>;

struct Seen {
  HeartbeatLine heartbeat{};
  bool in_progress = false;
};

[[gnu::noinline]] Seen read_heartbeat(Site& site, unsigned request) {
  Seen seen;
  const auto file = open_request(site, request, Access::read, share_all);
  if (!file) return seen;
  const auto state = read_state(site, *file);
  (void)site.files.read(*file, place_of(Record::heartbeat), std::as_writable_bytes(std::span(seen.heartbeat)));
  seen.in_progress = state && is_in_progress(state->status);
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return seen;
}

// Under the lock that fenced writes take, if there is one: between reading and writing nobody renews the heartbeat.
[[gnu::noinline]] void expire_if_unchanged(Site& site, unsigned request, const HeartbeatLine& before) {
  site.selection->scheduler_begins(site);
  const Seen now = read_heartbeat(site, request);
  if (now.in_progress && now.heartbeat == before) {
    scheduler_log("Heartbeat is expired.");
    if (site.settings.selection == SelectionKind::lease_fenced) site.monitor.revoked(request);
    persist_state(site, request, Status::none, Action::nothing);
    sim::reach(goal::lease_expired);
  }
  site.selection->scheduler_ends(site);
}

[[gnu::noinline]] void watch_once(Site& site, unsigned request) {
  const Seen seen = read_heartbeat(site, request);
  if (!seen.in_progress) return;
  sim::this_thread::sleep_for(std::chrono::nanoseconds(site.settings.variant.heartbeat_timeout));
  expire_if_unchanged(site, request, seen.heartbeat);
}

}  // namespace

void run_heartbeat_watch(Site& site) {
  for (;;) {
    sim::await([&site] { return site.monitor.first_in_progress() != no_request || site.is_quiet(); });
    const unsigned request = site.monitor.first_in_progress();
    if (request == no_request) return;
    sim::forget_dead_frames();
    watch_once(site, request);
  }
}

std::unique_ptr<Selection> make_lease() {
  return std::make_unique<Lease>();
}
std::unique_ptr<Selection> make_lease_fenced() {
  return std::make_unique<LeaseFenced>();
}

}  // namespace models::sms
