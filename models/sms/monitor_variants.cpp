#include "sms/monitor.hpp"
#include "sync/property.hpp"
#include "sync/thread.hpp"

/// The part of the monitor that only scenarios with further faults and events need.
namespace models::sms {

void Monitor::forget_late_requests() {
  for (unsigned i = 0; i < settings_.variant.late_requests; ++i) {
    requests_[slot(first_urgent_request + i)].change([](RequestFacts& it) { it.deleted = true; });
  }
}

void Monitor::created_late(unsigned request) {
  requests_[slot(request)].change([](RequestFacts& it) { it = RequestFacts{.exists = true}; });
  // In a stream without end they take turns: the number must not grow for ever, or no state would come again.
  const unsigned end = settings_.variant.endless ? settings_.variant.late_requests : no_request;
  late_created_.change([end](unsigned& count) { count = (count + 1) % end; });
  outbox_changes();
  sim::reach(goal::late_request_created);
}

void Monitor::cancelled(unsigned request) {
  cancelled_.change([](bool& it) { it = true; });
  if (facts(request).owner != 0) sim::reach(goal::request_cancelled);
}

void Monitor::joins_process(unsigned process) {
  if (!settings_.variant.has_processes()) return;
  threads_[process].change([](std::uint64_t& set) { set |= std::uint64_t{1} << sim::this_thread::number(); });
}

unsigned Monitor::my_process() const {
  if (!settings_.variant.has_processes()) return 0;
  return (threads_[1].get() >> sim::this_thread::number() & 1U) != 0 ? 1 : 0;
}

void Monitor::crashed(unsigned process) {
  in_selection_[process].change([](unsigned& count) { count = 0; });
  sending_[process].change([](unsigned& count) { count = 0; });
  const std::uint64_t dead = threads_[process].get();
  (void)first([&](unsigned request) {
    const unsigned owner = facts(request).owner;
    if (owner != 0 && (dead >> (owner - 1) & 1U) != 0) revoked(request);
    return false;
  });
  look_is_due_.change([](bool& it) { it = true; });
  sim::reach(goal::crash_injected);
  if (process == 1) sim::reach(goal::crash_again);
}

void Monitor::instruction_found(unsigned request) {
  requests_[slot(request)].change([](RequestFacts& it) { it.instruction_is_ready = true; });
}

void Monitor::scheduler_restarts() {
  (void)first([this](unsigned request) {
    const RequestFacts& it = facts(request);
    const bool to_route = it.rtr_has_arrived && !it.exists;
    if (to_route) requests_[slot(request)].change([](RequestFacts& change) { change.rtr_is_due = true; });
    const bool due = it.exists && !it.deleted && !it.damaged && (it.status == Status::ok || it.action == Action::retry);
    if (due) requests_[slot(request)].change([](RequestFacts& change) { change.scheduler_is_due = true; });
    return false;
  });
}

void Monitor::found_after_crash(unsigned request, Status status, Action action, bool damaged) {
  // Where the service recovers, selection takes a damaged one for nothing, until it is repaired.
  const bool readable = !damaged || !settings_.variant.recovery;
  requests_[slot(request)].change([&](RequestFacts& it) {
    it.status = readable ? status : Status::invalid;
    it.action = action;
    it.completed = status == Status::ok;
    it.scheduler_is_due = false;
    it.damaged = damaged;
  });
}

void Monitor::repaired(unsigned request) {
  requests_[slot(request)].change([](RequestFacts& it) {
    it.status = Status::none;
    it.action = Action::nothing;
    it.damaged = false;
  });
  outbox_changes();  // Pending again.
}

void Monitor::not_cancelled() {
  cancelled_.change([](bool& it) { it = true; });
}

void Monitor::executes(unsigned, bool whole) {
  expect(whole, property::no_damaged_package, "the receiver executes an instruction whose package is not whole");
}

void Monitor::looked(unsigned process) {
  if (look_is_due(process)) look_is_due_.change([](bool& it) { it = false; });
}

void Monitor::revoked(unsigned request) {
  requests_[slot(request)].change([](RequestFacts& it) { it.owner = 0; });
}

void Monitor::attempted(unsigned request) {
  sim::reach(goal::connection_failed);
  passes_over(request);
}

void Monitor::executed(unsigned request) {
  if (!settings_.variant.receiver_deduplicates) return;
  const unsigned before = facts(request).executions;
  requests_[slot(request)].change([](RequestFacts& it) {
    if (it.executions < 2) ++it.executions;
  });
  expect(before == 0, property::no_double_send, "the receiver executes the instruction of a request twice");
}

void Monitor::duplicated(unsigned request) {
  expect(facts(request).deleted, property::no_duplicate_request,
         "the Scheduler creates a second request for a job that has one");
}

void Monitor::outbox_changes() {
  if (settings_.variant.wait == Wait::ideal) return;
  notification_.change([](Notification& it) { it.signalled = it.signalled || it.armed; });
}

void Monitor::arms_notification(bool armed) {
  notification_.change([armed](Notification& it) { it.armed = armed; });
}

void Monitor::sending_thread_ends() {
  if (settings_.variant.wait == Wait::ideal) return;
  notification_.change([](Notification& it) { it.signalled = true; });
}

void Monitor::notification_taken() {
  notification_.change([](Notification& it) { it.signalled = false; });
}

void Monitor::passes_over(unsigned preferred) {
  const unsigned patience = settings_.variant.patience;
  if (patience == 0) return;
  const auto is_passed_over = [&](unsigned request) {
    if (request == preferred || !is_pending(request)) return false;
    if (settings_.variant.dead_site && settings_.destination_of(request) == 0) return false;  // Whatever one does.
    requests_[slot(request)].change([&](RequestFacts& it) {
      if (it.passed_over <= patience) ++it.passed_over;
    });
    return facts(request).passed_over > patience;
  };
  expect(first(is_passed_over) == no_request, property::no_starvation,
         "a pending request was passed over more often than its patience");
}

void Monitor::execution_ends(unsigned request) {
  if (!settings_.variant.endless) return;
  requests_[slot(request)].change([](RequestFacts& it) { it.is_executed = false; });
}

bool Monitor::all_created() const {
  if (settings_.variant.endless) return settings_.variant.late_requests == 0;
  return settings_.variant.late_requests == 0 || late_created_.get() == settings_.variant.late_requests;
}

bool Monitor::late_request_is_due() const {
  if (all_created()) return false;
  const unsigned created = late_created_.get(), all = settings_.variant.late_requests;
  if (settings_.variant.endless) {  // The last one of its name must be gone, at the receiver as well.
    const RequestFacts& last = facts(next_late_request());
    if (!last.deleted || last.is_executed) return false;
  }
  const unsigned previous = first_urgent_request + (created + all - 1) % all;
  return facts(previous).owner != 0 || !is_pending(previous);
}

bool Monitor::cancellation_is_due() const {
  const bool possible = settings_.variant.cancellation || settings_.faults.has(FaultKind::cancel) ||
                        settings_.faults.has(FaultKind::remove);
  return possible && !cancelled_.get() && facts(0).owner != 0;
}

unsigned Monitor::first_in_progress() const {
  return first([this](unsigned request) { return is_in_progress(facts(request).status) && !facts(request).deleted; });
}

unsigned Monitor::sending_to(unsigned request) const {
  unsigned sending = 0;
  (void)first([&](unsigned other) {
    if (facts(other).owner != 0 && settings_.destination_of(other) == settings_.destination_of(request)) ++sending;
    return false;
  });
  return sending;
}

unsigned Monitor::abandoned_request() const {
  if (!watches(property::no_abandoned_request)) return no_request;
  return first([this](unsigned request) {
    const RequestFacts& it = facts(request);
    return it.exists && !it.deleted &&
           (it.status == Status::none || it.status == Status::ok || is_in_progress(it.status) || it.damaged);
  });
}

}  // namespace models::sms
