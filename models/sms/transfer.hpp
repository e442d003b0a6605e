#pragma once

#include "sms/selection.hpp"

namespace models::sms {

/// Sends a claimed request to its destination (DOMAIN: .PCK in blocks, then the instruction as .TMP, renamed to .SNI),
/// and persists how it went.
void send(Site& site, Selection& selection, const Claim& claim);

}  // namespace models::sms
