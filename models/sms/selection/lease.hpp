#pragma once

#include "sms/site.hpp"

namespace models::sms {

/// The thread that watches heartbeats: a request in progress whose heartbeat has not changed for a whole
/// heartbeat timeout is made pending again ("Heartbeat is expired.").
void run_heartbeat_watch(Site& site);

}  // namespace models::sms
