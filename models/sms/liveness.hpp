#pragma once

namespace models::sms {

struct Site;

/// States what must eventually happen at a site, as far as its settings ask for it. For the main thread, which outlives
/// all others. It costs a look at the facts in each state, so that it is not part of every exploration.
void state_liveness(const Site& site);

}  // namespace models::sms
