#pragma once

#include <optional>

#include "runtime/model.hpp"
#include "sms/site.hpp"

namespace models::sms {

/// Makes the disk with its directories.
void create_disk(Site& site);

/// Makes the send requests with their packages and instructions: the Scheduler's work before the execution begins.
void create_requests(Site& site);

/// The Scheduler: deletes requests that were completed, and makes failed ones pending again.
void run_scheduler(Site& site);
/// The same after a crash.
void run_restarted_scheduler(Site& site);

/// Names a routing request that is still there when all is quiet: it waits for a request that nobody will complete.
std::optional<sim::FinalViolation> unprocessed_routing(const Site& site);

}  // namespace models::sms
