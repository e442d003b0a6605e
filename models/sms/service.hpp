#pragma once

#include <memory>

#include "runtime/world.hpp"
#include "sms/selection.hpp"
#include "sync/process.hpp"

namespace models::sms {

/// The Sender as processes of their own: two on one outbox while a restart overlaps, or one that crashes, once, and is
/// started again. Each has its own selection function: what that keeps in memory, such as a critical section, dies with
/// its process and excludes no other.
///
/// Where [faults] declares a crash, the process is the service, SMS_EXECUTIVE, and the Scheduler is in it, too (Q201016
/// [D]). A service manager, which nothing crashes, ends and starts it.
class Service {
 public:
  explicit Service(Site& site);
  void start(sim::World& world);

 private:
  void start_process(unsigned process);
  void run_fault();
  void run_service_manager();
  void crash(const Faults::Crash& crash);

  Site& site_;
  sim::process first_{"sender-process"};
  sim::process second_{"second-sender-process"};
  std::unique_ptr<Selection> selections_[2];
};

}  // namespace models::sms
