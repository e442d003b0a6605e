#include "sms/model.hpp"

#include "runtime/world.hpp"
#include "sms/despooler.hpp"
#include "sms/hierarchy.hpp"
#include "sms/scheduler.hpp"
#include "sms/selection.hpp"
#include "sms/sender.hpp"

namespace models::sms {
namespace {

class Sms : public sim::Model {
 public:
  explicit Sms(const sim::Parameters& parameters) : hierarchy_(Settings::from(parameters)) {
    for (const auto& site : hierarchy_.sites()) selections_.push_back(make_selection(site->settings.selection));
  }

  void start(sim::World& world) override {
    hierarchy_.set_up();
    const bool alone = hierarchy_.sites().size() == 1;
    for (std::size_t i = 0; i < hierarchy_.sites().size(); ++i) {
      Site& site = *hierarchy_.sites()[i];
      Selection& selection = *selections_[i];
      const std::string prefix = thread_prefix(site);
      world.spawn(prefix + "scheduler", [&site] { run_scheduler(site); });
      world.spawn(prefix + "despooler", [&site, alone] { alone ? run_despooler(site) : run_despooler_of(site); });
      world.spawn(prefix + "sender", [&site, &selection] { run_sender(site, selection); });
    }
  }

  std::optional<sim::FinalViolation> check_final_state() override {
    for (const auto& site : hierarchy_.sites()) {
      if (const auto violation = unprocessed_routing(*site)) return violation;
    }
    return std::nullopt;
  }

 private:
  Hierarchy hierarchy_;
  std::vector<std::unique_ptr<Selection>> selections_;  // Of each site.
};

}  // namespace

sim::ModelInfo info() {
  return {
      .name = "sms",
      .title = "Sender, Scheduler and Despooler of Microsoft SMS (KB 885278)",
      .parameters = parameter_table(),
      .properties = {{property::no_sharing_violation, "No sender gets Win32 error 32 on a remote file (symptom S1)."},
                     {property::no_invalid_request, "No request is marked SREQ_STATUS_INVALID (symptoms S1, S4)."},
                     {property::no_double_claim,
                      "No request is claimed while another thread holds its claim (the cause)."},
                     {property::no_double_send, "No request's data is delivered twice (symptom S2)."},
                     {property::no_lost_status, "SREQ_STATUS_OK is never overwritten (S4 and others)."},
                     {property::nothing_written_after_delete, "No status is written to a deleted request (S3, S5)."},
                     {property::no_orphan, "No deleted request comes back by a status write (symptom S5)."},
                     {property::no_failure_after_success,
                      "No sender fails on a request that another has completed (symptom S3)."},
                     {property::no_completed_request_invalid,
                      "No completed request is marked SREQ_STATUS_INVALID (symptom S4)."},
                     {property::every_rtr_processed,
                      "Every routing request (.rtr) is processed before all is quiet (symptom S6)."},
                     {property::no_second_fails_on_deleted,
                      "It does not happen that the first sender completes a request, its files are deleted, and the "
                      "second fails on them (symptom S3, one after the other)."},
                     {property::no_second_fails_while_first_sends,
                      "It does not happen that the second sender fails with error 32, and the first completes the "
                      "request after that (symptom S3, both at once)."},
                     {property::no_first_invalidates_second,
                      "It does not happen that the first sender fails with error 32, the second completes the request, "
                      "and the first marks it SREQ_STATUS_INVALID (symptom S4)."},
                     {property::no_rtr_waits_for_invalid,
                      "No routing request waits for a request that is SREQ_STATUS_INVALID (symptom S6)."},
                     {property::no_rtr_waits_for_orphan,
                      "No routing request waits for a request that came back by a status write (symptom S6)."}},
      .goals = {{goal::selection_contended, "Two threads are in the selection function at once."},
                {goal::request_completed, "A request was completed and deleted."},
                {goal::two_sends_at_once, "Two sends are under way at once."}},
      .make = [](const sim::Parameters& parameters) -> std::unique_ptr<sim::Model> {
        return std::make_unique<Sms>(parameters);
      },
      .validate = validate,
      .excludes = excludes,
  };
}

}  // namespace models::sms
