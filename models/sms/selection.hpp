#pragma once

#include <memory>

#include "sms/site.hpp"

namespace models::sms {

/// No request. (Not std::optional: its padding would be garbage, and part of the state.)
inline constexpr unsigned no_request = ~0U;

/// The function that the hotfix changed: finds a pending send request in the outbox and claims it for the caller. Its
/// real name and code are not public. Called by the Sender's main thread, which only looks, and by sending threads.
class Selection {
 public:
  virtual ~Selection() = default;

  /// The first pending request, unclaimed: reason to create a sending thread. no_request if there is none.
  virtual unsigned look(Site& site) = 0;
  /// Claims the first pending request: persists SREQ_STATUS_STARTED, and returns its number.
  virtual unsigned claim(Site& site) = 0;
};

std::unique_ptr<Selection> make_selection(SelectionKind kind);

}  // namespace models::sms
