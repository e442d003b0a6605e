#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sms/parameters.hpp"
#include "sms/send_request.hpp"
#include "sync/ghost.hpp"
#include "vfs/win32.hpp"

namespace models::sms {

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
  bool rtr_is_processed = false;      ///< Its routing request was completed and deleted.
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
      : settings_(settings), requests_(settings.requests), senders_(settings.keeps_senders() ? settings.requests : 0) {}

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
  void scheduler_has_seen(unsigned request);
  void enters_selection();
  void leaves_selection();
  void send_begins();
  void send_ends();

  const RequestFacts& facts(unsigned request) const { return requests_[request].get(); }
  bool any_pending() const;
  bool any_due_for_scheduler() const;
  bool any_instruction_ready() const;
  bool any_rtr_due() const;
  bool watches(std::string_view property) const;

 private:
  void expect(bool condition, std::string_view property, std::string_view detail) const;
  void follow_claim(unsigned request);
  void follow_status(unsigned request, Status status);
  void follow_failure(unsigned request, sim::vfs::Win32Error error);

  const Settings& settings_;
  std::vector<sim::ghost<RequestFacts>> requests_;
  std::vector<sim::ghost<Senders>> senders_;  // Empty unless they are kept.
  sim::ghost<unsigned> in_selection_;
  sim::ghost<unsigned> sending_;
};

}  // namespace models::sms
