#pragma once

#include "sms/site.hpp"

namespace models::sms {

/// The Despooler at the receiving sites of a site that is alone: executes instructions that are ready, and removes them
/// with their packages.
void run_despooler(Site& site);

/// The Despooler of one site of a hierarchy, which also hands over what is for a site below it. At the central site,
/// which nobody sends to, it has nothing to do.
void run_despooler_of(Site& site);
/// The same after a crash.
void run_restarted_despooler(Site& site);

}  // namespace models::sms
