#include "sms/service.hpp"

#include <array>
#include <span>

#include "sms/sender.hpp"
#include "sync/property.hpp"

namespace models::sms {

Service::Service(Site& site) : site_(site) {
  for (unsigned process = 0; process < 2; ++process) {
    selections_[process] = make_selection(site.settings.selection);
    selections_[process]->serve(process);
  }
}

void Service::start(sim::World& world) {
  start_process(0);
  if (site_.settings.variant.processes == 2) start_process(1);
  if (site_.settings.variant.crash != Crash::never) {
    world.spawn("fault", [this] { run_fault(); });
  }
}

void Service::start_process(unsigned process) {
  sim::process& in = process == 0 ? first_ : second_;
  Selection& selection = *selections_[process];
  in.start(process == 0 ? "sender" : "second-sender", [this, &selection] { run_sender(site_, selection); }).detach();
}

// The first process crashes at any moment, or, "in-selection", while one of its threads is in the selection function
// and none is sending. Executions in which the moment has passed when the crash comes are dropped.
void Service::run_fault() {
  const bool in_selection = site_.settings.variant.crash == Crash::in_selection;
  if (in_selection) {
    sim::await([this] { return site_.monitor.is_only_selecting(0) || site_.is_quiet(); });
    if (site_.is_quiet()) return;
  }
  first_.crash();
  if (site_.is_quiet()) return;  // There was nothing left to crash.
  if (in_selection) sim::assume(site_.monitor.is_only_selecting(0));
  site_.active_threads[0].change([](unsigned& count) { count = 0; });
  site_.monitor.crashed(0);
  const std::uint64_t dead = site_.monitor.threads_of(0);
  std::array<sim::ThreadId, 64> threads{};
  std::size_t count = 0;
  for (sim::ThreadId thread = 0; thread < threads.size(); ++thread) {
    if ((dead >> thread & 1U) != 0) threads[count++] = thread;
  }
  (void)site_.files.close_handles_of(std::span(threads).first(count));
  if (site_.settings.variant.processes == 1) start_process(1);
}

}  // namespace models::sms
