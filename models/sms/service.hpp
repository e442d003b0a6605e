#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "runtime/world.hpp"
#include "sms/selection.hpp"
#include "sync/process.hpp"

namespace models::sms {

/// The Sender as processes of their own: two on one outbox while a restart overlaps, or one that crashes and is started
/// again. Each has its own selection function: what that keeps in memory, such as a critical section, dies with its
/// process and excludes no other.
///
/// Where [faults] declares a crash, the process is the service, SMS_EXECUTIVE, and the Scheduler is in it, too (Q201016
/// [D]). A service manager, which nothing crashes, ends and starts it, as often as the budget of faults allows. The
/// parameter `crash` ends a Sender once.
class Service {
 public:
  explicit Service(Site& site);
  void start(sim::World& world);

 private:
  /// What is known of a process elsewhere: 0 of the first, 1 of each later one. Of the later ones only the last is not
  /// dead.
  static unsigned slot_of(std::size_t process) { return process == 0 ? 0 : 1; }
  /// The site receives by a Despooler that is one of the service's threads.
  bool has_despooler() const { return site_.settings.variant.restarts && site_.place.parent != nullptr; }
  void start_process(std::size_t process);
  void run_fault();
  void run_service_manager();
  void crash(const Faults::Crash& crash);

  Site& site_;
  std::deque<sim::process> processes_;
  std::vector<std::unique_ptr<Selection>> selections_;  ///< Of each process.
  std::size_t last_ = 0;                                ///< The process that was started last.
};

}  // namespace models::sms
