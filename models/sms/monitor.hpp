#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sms/parameters.hpp"
#include "sms/send_request.hpp"
#include "sync/ghost.hpp"
#include "vfs/win32.hpp"

namespace models::sms {

/// No request. (Not std::optional: its padding would be garbage, and part of the state.)
inline constexpr unsigned no_request = ~0U;

/// What is true of a request, known to nobody in the model but to its properties, and to the waits that stand for
/// change notification. Changes together with the event that makes it true.
struct RequestFacts {
  bool exists = false;           ///< It was created at this site.
  Status status = Status::none;  ///< As persisted last.
  Action action = Action::nothing;
  std::uint8_t owner = 0;             ///< Thread that claimed it last and has not let go, plus 1.
  std::uint8_t deliveries = 0;        ///< Instructions (.SNI) that reached the receiver.
  bool completed = false;             ///< OK was persisted.
  bool deleted = false;               ///< The Scheduler deleted it.
  bool rewritten = false;             ///< It was written after that.
  bool scheduler_is_due = false;      ///< Its status wants the Scheduler.
  bool instruction_is_ready = false;  ///< The despooler has not seen its .SNI yet.
  bool rtr_is_due = false;            ///< Its routing request arrived, and the Scheduler has not seen it yet.
  bool rtr_has_arrived = false;       ///< Ever: whoever handed it over knows the id.
  bool rtr_is_processed = false;      ///< Its routing request was completed and deleted.
  std::uint8_t passed_over = 0;       ///< How often another one was preferred while it was pending.
  bool is_executed = false;           ///< The despooler is not done with its instruction; only in an endless stream.
  std::uint8_t executions = 0;        ///< How often the despooler executed its instruction.
  bool damaged = false;               ///< A power loss left less than a whole record.
};

/// The two sending threads that claimed a request first, and how they fared: for the symptoms that tell them apart.
struct Senders {
  std::uint8_t first = 0, second = 0;                      ///< Thread plus 1; 0: nobody yet.
  bool first_completed = false, second_completed = false;  ///< It persisted OK.
  bool first_met_sharing_violation = false, second_met_sharing_violation = false;
  bool second_gave_up = false;  ///< Its failure is persisted.
};

/// The properties of the article, checked by the thread that acts, at the moment it acts. A violation is recorded and
/// the execution goes on, because one double claim leads to all the symptoms.
class Monitor {
 public:
  /// Requires: `settings` outlives it.
  explicit Monitor(const Settings& settings)
      : settings_(settings),
        requests_(settings.requests + settings.variant.late_requests),
        senders_(settings.keeps_senders() ? requests_.size() : 0) {}

  /// While setting up: the late requests are not there yet.
  void forget_late_requests();

  // What threads report; `request` counts from 0.
  void created(unsigned request);
  void claimed(unsigned request);
  void released(unsigned request);
  void persisted(unsigned request, Status status, Action action);
  void created_by_status_write(unsigned request);
  void sharing_violation(std::string_view path);
  void failed(unsigned request, sim::vfs::Win32Error error);
  void delivered(unsigned request);
  void deleted(unsigned request);
  void rtr_arrived(unsigned request);
  void rtr_taken_up(unsigned request);
  void rtr_processed(unsigned request);
  void instruction_consumed(unsigned request);
  void instruction_found(unsigned request);  ///< By a Despooler that was started again.
  void execution_ends(unsigned request);
  void scheduler_has_seen(unsigned request);
  void enters_selection();
  void leaves_selection();
  void send_begins();
  void send_ends();
  void created_late(unsigned request);
  void cancelled(unsigned request);
  void joins_process(unsigned process);  ///< The calling thread belongs to it.
  void crashed(unsigned process);
  void scheduler_restarts();  ///< It looks at every request anew.
  /// What a crash left of it.
  void found_after_crash(unsigned request, Status status, Action action, bool damaged);
  void repaired(unsigned request);              ///< The Scheduler wrote a damaged request anew.
  void not_cancelled();                         ///< And it will not be.
  void executes(unsigned request, bool whole);  ///< The receiver has read the package.
  void looked(unsigned process);                ///< Its main thread has looked through the outbox.
  void revoked(unsigned request);               ///< The claim was taken from its owner, who cannot use it any more.
  void attempted(unsigned request);
  void executed(unsigned request);
  void duplicated(unsigned request);
  void arms_notification(bool armed);
  void sending_thread_ends();
  void notification_taken();

  const RequestFacts& facts(unsigned request) const { return requests_[slot(request)].get(); }
  bool is_pending(unsigned request) const;
  bool any_pending() const;
  bool all_created() const;
  bool late_request_is_due() const;
  unsigned next_late_request() const {
    return first_urgent_request + late_created_.get() % settings_.variant.late_requests;
  }
  bool cancellation_is_due() const;
  unsigned first_in_progress() const;
  bool notified() const { return notification_.get().signalled; }
  /// A thread of the process is in the selection function, and none is sending.
  bool is_only_selecting(unsigned process) const {
    return in_selection_[process].get() != 0 && sending_[process].get() == 0;
  }
  /// The process that is left or started after a crash has not looked through the outbox since: it does so, as one that
  /// polls, though there may be nothing pending.
  bool look_is_due(unsigned process) const {
    return process == 1 && settings_.variant.may_crash() && look_is_due_.get();
  }
  std::uint64_t threads_of(unsigned process) const { return threads_[process].get(); }
  unsigned sending_to(unsigned request) const;  ///< Claimed requests with the same destination.
  bool any_due_for_scheduler() const;
  bool any_instruction_ready() const;
  bool any_rtr_due() const;
  bool watches(std::string_view property) const;

  /// The first request of which `wanted` is true, or no_request.
  template <class Wanted>
  unsigned first(Wanted wanted) const {
    for (unsigned i = 0; i < settings_.requests; ++i) {
      if (wanted(i)) return i;
    }
    for (unsigned i = 0; i < settings_.variant.late_requests; ++i) {
      if (wanted(first_urgent_request + i)) return first_urgent_request + i;
    }
    return no_request;
  }
  /// Of no-abandoned-request, when all threads have ended: the request that nobody will ever send.
  unsigned abandoned_request() const;

 private:
  /// A change notification of the outbox.
  struct Notification {
    bool armed = false;
    bool signalled = false;
  };

  // Late requests lie behind the usual ones.
  std::size_t slot(unsigned request) const {
    return request < first_urgent_request ? request : settings_.requests + (request - first_urgent_request);
  }
  unsigned my_process() const;
  void passes_over(unsigned preferred);
  void outbox_changes();  ///< There is a request that may be pending: whoever armed the notification gets it.
  void expect(bool condition, std::string_view property, std::string_view detail) const;
  void follow_claim(unsigned request);
  void follow_status(unsigned request, Status status);
  void follow_failure(unsigned request, sim::vfs::Win32Error error);

  const Settings& settings_;
  std::vector<sim::ghost<RequestFacts>> requests_;  // By slot.
  std::vector<sim::ghost<Senders>> senders_;        // The same; empty unless they are kept.
  // Of each Sender process.
  std::array<sim::ghost<std::uint64_t>, 2> threads_;  ///< A bit for each thread; kept where there may be two.
  std::array<sim::ghost<unsigned>, 2> in_selection_;
  std::array<sim::ghost<unsigned>, 2> sending_;
  sim::ghost<bool> look_is_due_;
  sim::ghost<unsigned> late_created_;
  sim::ghost<bool> cancelled_;
  sim::ghost<Notification> notification_;
};

}  // namespace models::sms
