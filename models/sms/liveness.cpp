#include "sms/liveness.hpp"

#include "sms/site.hpp"
#include "sync/property.hpp"

namespace models::sms {
namespace {

// How a request may end: completed or cancelled and deleted, or given up when it had been tried often enough [I]. What
// comes back by a status write after that is not settled, nor is SREQ_STATUS_INVALID: nobody looks at it again.
bool is_settled(const RequestFacts& facts) {
  if (!facts.exists) return true;
  if (facts.deleted) return !facts.rewritten;
  if (facts.status == Status::cancelled) return true;  // The fault `cancel`.
  return facts.status == Status::error && !facts.scheduler_is_due;
}

// Whom nobody can connect to waits for ever, whatever the Sender does.
bool can_be_sent(const Settings& settings, unsigned request) {
  return !settings.variant.dead_site || settings.destination_of(request) != 0;
}

}  // namespace

void state_liveness(const Site& site) {
  const Settings& settings = site.settings;
  if (settings.only_property == property::every_request_settled) {
    for (unsigned i = 0; i < settings.requests; ++i) {
      sim::eventually(property::every_request_settled, [&site, i] { return is_settled(site.monitor.facts(i)); });
    }
  }
  if (!settings.variant.endless || !site.monitor.watches(property::no_starvation)) return;
  (void)site.monitor.first([&site, &settings](unsigned request) {
    if (can_be_sent(settings, request)) {
      sim::eventually(property::no_starvation, [&site, request] { return !site.monitor.is_pending(request); });
    }
    return false;
  });
}

}  // namespace models::sms
