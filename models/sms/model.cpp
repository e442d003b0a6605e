#include "sms/model.hpp"

#include <chrono>

#include "runtime/world.hpp"
#include "sms/scheduler.hpp"
#include "sms/selection.hpp"
#include "sms/selection/lease.hpp"
#include "sms/sender.hpp"
#include "sms/service.hpp"
#include "sms/site.hpp"
#include "sync/property.hpp"
#include "sync/time.hpp"

namespace models::sms {
namespace {

class Sms : public sim::Model {
 public:
  explicit Sms(const sim::Parameters& parameters)
      : site_(Settings::from(parameters)), selection_(make_selection(site_.settings.selection)) {}

  void start(sim::World& world) override {
    site_.selection = selection_.get();
    create_requests(site_);
    world.spawn("scheduler", [this] { run_scheduler(site_); });
    world.spawn("despooler", [this] { run_despooler(site_); });
    if (site_.settings.variant.has_processes()) {
      service_ = std::make_unique<Service>(site_);
      service_->start(world);
    } else {
      world.spawn("sender", [this] { run_sender(site_, *selection_); });
    }
    start_variant(world);
  }

  std::optional<sim::FinalViolation> check_final_state() override {
    if (site_.settings.variant.block_pause != 0) {  // How long everything took is worth knowing.
      sim::observe("minutes", std::chrono::floor<std::chrono::minutes>(sim::virtual_time()).count());
    }
    const unsigned request = site_.monitor.abandoned_request();
    if (request == no_request) return std::nullopt;
    return sim::FinalViolation{std::string(property::no_abandoned_request),
                               request_id(request) + " is left, and nobody will send it"};
  }

 private:
  // The threads that only some selection functions and faults need.
  void start_variant(sim::World& world) {
    const SelectionKind kind = site_.settings.selection;
    if (kind == SelectionKind::lease || kind == SelectionKind::lease_fenced) {
      world.spawn("heartbeat", [this] { run_heartbeat_watch(site_); });
    }
  }

  Site site_;
  std::unique_ptr<Selection> selection_;
  std::unique_ptr<Service> service_;  ///< Where the Sender runs in processes of its own.
};

}  // namespace

sim::ModelInfo info() {
  return {
      .name = "sms",
      .title = "Sender, Scheduler and Despooler of Microsoft SMS (KB 885278)",
      .parameters = parameter_table(),
      .properties =
          {{property::no_sharing_violation, "No sender gets Win32 error 32 on a remote file (symptom S1)."},
           {property::no_invalid_request, "No request is marked SREQ_STATUS_INVALID (symptoms S1, S4)."},
           {property::no_double_claim, "No request is claimed while another thread holds its claim (the cause)."},
           {property::no_double_send, "No request's data is delivered twice (symptom S2)."},
           {property::no_lost_status, "SREQ_STATUS_OK is never overwritten (S4 and others)."},
           {property::nothing_written_after_delete, "No status is written to a deleted request (S3, S5)."},
           {property::no_orphan, "No deleted request comes back by a status write (symptom S5)."},
           {property::no_failure_after_success,
            "No sender fails on a request that another has completed (symptom S3)."},
           {property::no_completed_request_invalid, "No completed request is marked SREQ_STATUS_INVALID (symptom S4)."},
           {property::no_abandoned_request, "At the end no request is pending or claimed, nor completed and kept."},
           {property::no_duplicate_request, "The Scheduler creates one request for a job (Q276259)."},
           {property::no_starvation, "No pending request is passed over more often than its patience."}},
      .goals = {{goal::selection_contended, "Two threads are in the selection function at once."},
                {goal::request_completed, "A request was completed and deleted."},
                {goal::two_sends_at_once, "Two sends are under way at once."},
                {goal::processes_overlap, "Threads of two processes are in the selection function at once."},
                {goal::crash_injected, "A Sender process crashed."},
                {goal::mutex_abandoned, "A wait for a mutex told that its owner had died (WAIT_ABANDONED)."},
                {goal::connection_failed, "A connection failed."},
                {goal::lease_expired, "A request was taken from a sender whose heartbeat had expired."},
                {goal::request_cancelled, "The Scheduler deleted a request while a sender had it."},
                {goal::late_request_created, "The Scheduler created a request while the Sender was at work."},
                {goal::request_busy, "A sender found a request that another has for itself."}},
      .make = [](const sim::Parameters& parameters) -> std::unique_ptr<sim::Model> {
        return std::make_unique<Sms>(parameters);
      },
      .validate = validate,
      .excludes = excludes,
  };
}

}  // namespace models::sms
