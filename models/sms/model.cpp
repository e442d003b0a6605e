#include "sms/model.hpp"

#include <chrono>

#include "runtime/world.hpp"
#include "sms/despooler.hpp"
#include "sms/hierarchy.hpp"
#include "sms/liveness.hpp"
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
  explicit Sms(const sim::Parameters& parameters) : hierarchy_(Settings::from(parameters)) {
    for (const auto& site : hierarchy_.sites()) selections_.push_back(make_selection(site->settings.selection));
  }

  void start(sim::World& world) override {
    hierarchy_.set_up();
    const bool alone = hierarchy_.sites().size() == 1;
    for (std::size_t i = 0; i < hierarchy_.sites().size(); ++i) {
      Site& site = *hierarchy_.sites()[i];
      site.selection = selections_[i].get();
      const std::string prefix = thread_prefix(site);
      if (!site.settings.variant.restarts) world.spawn(prefix + "scheduler", [&site] { run_scheduler(site); });
      if (!site.settings.variant.restarts || site.place.parent == nullptr) {
        world.spawn(prefix + "despooler", [&site, alone] { alone ? run_despooler(site) : run_despooler_of(site); });
      }
      if (site.settings.variant.has_processes()) {
        service_ = std::make_unique<Service>(site);  // At most one site has processes.
        service_->start(world);
      } else {
        world.spawn(prefix + "sender", [&site] { run_sender(site, *site.selection); });
      }
      start_variant(world, site);
      state_liveness(site);
    }
  }

  std::optional<sim::FinalViolation> check_final_state() override {
    const Site& central = hierarchy_.central();
    if (central.settings.variant.block_pause != 0) {  // How long everything took is worth knowing.
      sim::observe("minutes", std::chrono::floor<std::chrono::minutes>(sim::virtual_time()).count());
    }
    for (const auto& site : hierarchy_.sites()) {
      if (const auto violation = unprocessed_routing(*site)) return violation;
      const unsigned request = site->monitor.abandoned_request();
      if (request == no_request) continue;
      return sim::FinalViolation{std::string(property::no_abandoned_request),
                                 request_id(request) + " is left, and nobody will send it"};
    }
    return std::nullopt;
  }

 private:
  // The threads that only some selection functions and faults need.
  static void start_variant(sim::World& world, Site& site) {
    const SelectionKind kind = site.settings.selection;
    if (kind == SelectionKind::lease || kind == SelectionKind::lease_fenced) {
      world.spawn(thread_prefix(site) + "heartbeat", [&site] { run_heartbeat_watch(site); });
    }
  }

  Hierarchy hierarchy_;
  std::vector<std::unique_ptr<Selection>> selections_;  // Of each site.
  std::unique_ptr<Service> service_;                    ///< Where the Sender runs in processes of its own.
};

std::vector<sim::NamedFact> goals_with_faults(std::vector<sim::NamedFact> goals) {
  const std::vector<sim::NamedFact> more = fault_goals();
  goals.insert(goals.end(), more.begin(), more.end());
  return goals;
}

}  // namespace

sim::ModelInfo info() {
  return {
      .name = "sms",
      .title = "Sender, Scheduler and Despooler of Microsoft SMS (KB 885278)",
      .parameters = parameter_table(),
      .properties = property_table(),
      .goals = goals_with_faults(
          {{goal::selection_contended, "Two threads are in the selection function at once."},
           {goal::request_completed, "A request was completed and deleted."},
           {goal::two_sends_at_once, "Two sends are under way at once."},
           {goal::processes_overlap, "Threads of two processes are in the selection function at once."},
           {goal::crash_injected, "A Sender process crashed."},
           {goal::crash_again, "A service crashed that had been started again after a crash."},
           {goal::crash_in_recovery, "A service crashed while it recovered from a crash."},
           {goal::mutex_abandoned, "A wait for a mutex told that its owner had died (WAIT_ABANDONED)."},
           {goal::connection_failed, "A connection failed."},
           {goal::lease_expired, "A request was taken from a sender whose heartbeat had expired."},
           {goal::request_cancelled, "The Scheduler deleted a request while a sender had it."},
           {goal::late_request_created, "The Scheduler created a request while the Sender was at work."},
           {goal::request_busy, "A sender found a request that another has for itself."}}),
      .make = [](const sim::Parameters& parameters) -> std::unique_ptr<sim::Model> {
        return std::make_unique<Sms>(parameters);
      },
      .validate = validate,
      .excludes = excludes,
      .faults = fault_table(),
  };
}

}  // namespace models::sms
