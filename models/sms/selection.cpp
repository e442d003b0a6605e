#include "sms/selection.hpp"

#include "sms/selection/kinds.hpp"
#include "sms/selection/outbox.hpp"

namespace models::sms {

unsigned Selection::look(Site& site) {
  const InSelection inside(site);
  return first_in_outbox(site, read_pending);
}

sim::vfs::Result<sim::Ok> Selection::write_progress(Site& site, const Claim& claim, sim::vfs::Handle file,
                                                    Status status) {
  return write_state(site, claim.request, file, status, Action::nothing);
}

void Selection::complete(Site& site, const Claim& claim, Status status, Action action) {
  persist_state(site, claim.request, status, action);
}

std::unique_ptr<Selection> make_selection(SelectionKind kind) {
  switch (kind) {
    case SelectionKind::unsynchronised:
      return make_unsynchronised();
    case SelectionKind::critical_section:
      return make_critical_section();
    case SelectionKind::check_then_lock:
      return make_check_then_lock();
    case SelectionKind::recheck_inside:
      return make_recheck_inside();
    case SelectionKind::lock_released_early:
      return make_lock_released_early();
    case SelectionKind::lock_per_object:
      return make_lock_per_object();
    case SelectionKind::named_mutex:
      return make_named_mutex();
    case SelectionKind::named_mutex_abandoned_is_error:
      return make_named_mutex_abandoned_is_error();
    case SelectionKind::exclusive_open_for_send:
      return make_exclusive_open_for_send();
    case SelectionKind::exclusive_open_for_claim:
      return make_exclusive_open_for_claim();
    case SelectionKind::status_before_open:
      return make_status_before_open();
    case SelectionKind::lock_file:
      return make_lock_file();
    case SelectionKind::rename_shared:
      return make_rename_shared();
    case SelectionKind::rename_exclusive:
      return make_rename_exclusive();
    case SelectionKind::memory_claim:
      return make_memory_claim();
    case SelectionKind::lease:
      return make_lease();
    case SelectionKind::lease_fenced:
      return make_lease_fenced();
    case SelectionKind::checked_completion:
      return make_checked_completion();
    case SelectionKind::lock_across_send:
      return make_lock_across_send();
    case SelectionKind::lock_order_reversed:
      return make_lock_order_reversed();
    case SelectionKind::strict_priority:
      return make_strict_priority();
    case SelectionKind::aged_priority:
      return make_aged_priority();
  }
  return nullptr;
}

}  // namespace models::sms
