#include "sms/monitor.hpp"

#include "sync/property.hpp"
#include "sync/thread.hpp"

namespace models::sms {

bool Monitor::watches(std::string_view property) const {
  return settings_.is_watched && (settings_.only_property.empty() || settings_.only_property == property);
}

void Monitor::expect(bool condition, std::string_view property, std::string_view detail) const {
  if (condition || !watches(property)) return;
  sim::expect(false, property, detail);
}

void Monitor::created(unsigned request) {
  requests_[slot(request)].change([](RequestFacts& it) { it.exists = true; });
}

void Monitor::claimed(unsigned request) {
  const std::uint8_t before = facts(request).owner;
  requests_[slot(request)].change(
      [](RequestFacts& it) { it.owner = static_cast<std::uint8_t>(sim::this_thread::number() + 1); });
  expect(before == 0, property::no_double_claim, "a request is claimed that another sending thread has claimed");
  expect(!facts(request).damaged, property::no_damaged_request,
         "a request is claimed of whose records a power loss has left a part");
  if (settings_.keeps_senders()) follow_claim(request);
  passes_over(request);
}

void Monitor::released(unsigned request) {
  requests_[slot(request)].change([](RequestFacts& it) {
    if (it.owner == sim::this_thread::number() + 1) it.owner = 0;
  });
}

void Monitor::persisted(unsigned request, Status status, Action action) {
  if (slot(request) >= requests_.size()) return;  // A duplicate that a Scheduler made of a request.
  const RequestFacts before = facts(request);
  requests_[slot(request)].change([&](RequestFacts& it) {
    it.status = status;
    it.action = action;
    it.completed = it.completed || status == Status::ok;
    it.rewritten = it.rewritten || it.deleted;
    it.scheduler_is_due = !it.deleted && (status == Status::ok || action == Action::retry);
  });
  if (status == Status::none) outbox_changes();  // Pending again.
  expect(!before.deleted, property::nothing_written_after_delete, "a status is written to a request that was deleted");
  expect(!before.completed || before.deleted || status == Status::ok, property::no_lost_status,
         "SREQ_STATUS_OK is overwritten");
  expect(!before.completed || before.deleted || status != Status::invalid, property::no_completed_request_invalid,
         "SREQ_STATUS_INVALID is written over SREQ_STATUS_OK: the data was delivered");
  expect(status != Status::invalid, property::no_invalid_request, "a request is marked SREQ_STATUS_INVALID");
  expect(before.status != Status::cancelled || status == Status::cancelled, property::no_lost_cancel,
         "SREQ_STATUS_CANCELLED is overwritten");
  if (settings_.keeps_senders()) follow_status(request, status);
}

void Monitor::created_by_status_write(unsigned request) {
  expect(!facts(request).deleted, property::no_orphan,
         "a status write created the deleted request anew, without destination and job");
}

void Monitor::sharing_violation(std::string_view path) {
  expect(false, property::no_sharing_violation, path);
}

void Monitor::failed(unsigned request, sim::vfs::Win32Error error) {
  expect(!facts(request).completed, property::no_failure_after_success,
         "a sending thread fails on a request that another thread has completed");
  if (settings_.keeps_senders()) follow_failure(request, error);
}

void Monitor::rtr_arrived(unsigned request) {
  requests_[slot(request)].change([](RequestFacts& it) { it.rtr_is_due = it.rtr_has_arrived = true; });
}

void Monitor::rtr_taken_up(unsigned request) {
  requests_[slot(request)].change([](RequestFacts& it) { it.rtr_is_due = false; });
}

void Monitor::rtr_processed(unsigned request) {
  requests_[slot(request)].change([](RequestFacts& it) { it.rtr_is_processed = true; });
}

void Monitor::delivered(unsigned request) {
  const unsigned before = facts(request).deliveries;
  requests_[slot(request)].change([this](RequestFacts& it) {
    if (it.deliveries < 2) ++it.deliveries;
    it.instruction_is_ready = true;
    it.is_executed = settings_.variant.endless;
  });
  // A receiver that recognises the id makes nothing of it: then executions count.
  expect(before == 0 || settings_.variant.receiver_deduplicates, property::no_double_send,
         "the data of a request was sent twice");
}

void Monitor::deleted(unsigned request) {
  const bool completed = facts(request).completed;
  requests_[slot(request)].change([](RequestFacts& it) { it.deleted = true; });
  if (completed) sim::reach(goal::request_completed);
}

void Monitor::instruction_consumed(unsigned request) {
  requests_[slot(request)].change([](RequestFacts& it) { it.instruction_is_ready = false; });
}

void Monitor::scheduler_has_seen(unsigned request) {
  requests_[slot(request)].change([](RequestFacts& it) { it.scheduler_is_due = false; });
}

void Monitor::enters_selection() {
  if (!settings_.counts_threads) return;
  in_selection_[my_process()].change([](unsigned& count) { ++count; });
  const unsigned first = in_selection_[0].get(), second = in_selection_[1].get();
  if (first + second > 1) sim::reach(goal::selection_contended);
  if (first != 0 && second != 0) sim::reach(goal::processes_overlap);
}

void Monitor::leaves_selection() {
  if (!settings_.counts_threads) return;
  in_selection_[my_process()].change([](unsigned& count) { --count; });
}

void Monitor::send_begins() {
  if (!settings_.counts_threads) return;
  sending_[my_process()].change([](unsigned& count) { ++count; });
  if (sending_[0].get() + sending_[1].get() > 1) sim::reach(goal::two_sends_at_once);
}

void Monitor::send_ends() {
  if (!settings_.counts_threads) return;
  sending_[my_process()].change([](unsigned& count) { --count; });
}

bool Monitor::is_pending(unsigned request) const {
  const RequestFacts& it = facts(request);
  if (settings_.selection == SelectionKind::memory_claim) {
    return (it.status == Status::none || is_in_progress(it.status)) && it.owner == 0 && it.exists && !it.deleted;
  }
  return it.exists && it.status == Status::none && !it.deleted;
}

// ---- which sender did what ----------------------------------------------------------------------

void Monitor::follow_claim(unsigned request) {
  const auto me = static_cast<std::uint8_t>(sim::this_thread::number() + 1);
  senders_[slot(request)].change([me](Senders& it) {
    if (it.first == 0) {
      it.first = me;
    } else if (it.first != me && it.second == 0) {
      it.second = me;
    }
  });
}

void Monitor::follow_status(unsigned request, Status status) {
  const unsigned me = sim::this_thread::number() + 1;
  if (status == Status::none) senders_[slot(request)].change([](Senders& it) { it = Senders(); });  // Pending again.
  const Senders before = senders_[slot(request)].get();
  const bool is_first = before.first == me, is_second = before.second == me;
  const bool gives_up = status == Status::invalid || status == Status::error;
  if (!is_first && !is_second) return;
  senders_[slot(request)].change([&](Senders& it) {
    it.first_completed = it.first_completed || (is_first && status == Status::ok);
    it.second_completed = it.second_completed || (is_second && status == Status::ok);
    it.second_gave_up = it.second_gave_up || (is_second && gives_up);
  });
  const bool second_failed_before = before.second_gave_up && before.second_met_sharing_violation;
  expect(!is_first || status != Status::ok || !second_failed_before, property::no_second_fails_while_first_sends,
         "the second sender got error 32 and gave up; the first writes SREQ_STATUS_OK after it");
  const bool lost = is_first && before.first_met_sharing_violation && before.second_completed &&
                    !facts(request).deleted && status == Status::invalid;
  expect(!lost, property::no_first_invalidates_second,
         "the second sender has completed the request; the first got error 32, and writes SREQ_STATUS_INVALID last");
}

void Monitor::follow_failure(unsigned request, sim::vfs::Win32Error error) {
  const unsigned me = sim::this_thread::number() + 1;
  const Senders before = senders_[slot(request)].get();
  const bool is_first = before.first == me, is_second = before.second == me;
  if (!is_first && !is_second) return;
  const bool sharing = error == sim::vfs::Win32Error::sharing_violation;
  senders_[slot(request)].change([&](Senders& it) {
    it.first_met_sharing_violation = it.first_met_sharing_violation || (is_first && sharing);
    it.second_met_sharing_violation = it.second_met_sharing_violation || (is_second && sharing);
  });
  const bool late =
      is_second && before.first_completed && facts(request).deleted && error == sim::vfs::Win32Error::file_not_found;
  expect(!late, property::no_second_fails_on_deleted,
         "the first sender has completed the request, and the Scheduler deleted its files; the second gets error 2");
}

// ---- waits --------------------------------------------------------------------------------------

bool Monitor::any_pending() const {
  return first([this](unsigned request) {
           return is_pending(request) &&
                  (settings_.variant.site_threads == 0 || sending_to(request) < settings_.variant.site_threads);
         }) != no_request;
}

bool Monitor::any_due_for_scheduler() const {
  return first([this](unsigned request) { return facts(request).scheduler_is_due; }) != no_request;
}

bool Monitor::any_rtr_due() const {
  return first([this](unsigned request) { return facts(request).rtr_is_due; }) != no_request;
}

bool Monitor::any_instruction_ready() const {
  return first([this](unsigned request) { return facts(request).instruction_is_ready; }) != no_request;
}

}  // namespace models::sms
