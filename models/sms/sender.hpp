#pragma once

#include "sms/selection.hpp"
#include "sms/site.hpp"

namespace models::sms {

/// The Sender's main thread: looks for pending requests and creates sending threads for them, within the limits.
void run_sender(Site& site, Selection& selection);

/// A sending thread: selects requests and sends them until there are no more.
void run_sending_thread(Site& site, Selection& selection);

}  // namespace models::sms
