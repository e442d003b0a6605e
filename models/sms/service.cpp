#include "sms/service.hpp"

#include <array>
#include <span>

#include "sms/despooler.hpp"
#include "sms/scheduler.hpp"
#include "sms/sender.hpp"
#include "sync/forget.hpp"
#include "sync/property.hpp"

namespace models::sms {
namespace {

using namespace sim::vfs;

// What the disk has of a request when power is back, or when whoever wrote it anew has ended before he was done.
[[gnu::noinline]] void inspect(Site& site, unsigned request) {
  const auto file =
      site.files.create_file(unclaimed_path(request), Access::read, share_all, Disposition::open_existing);
  if (!file) return;  // Deleted.
  std::array<char, record_count * record_bytes> lines{};
  (void)site.files.read(*file, 0, std::as_writable_bytes(std::span(lines)));
  (void)site.files.close(*file);
  const auto line = [&](Record record) {
    return std::string_view(lines.data(), lines.size()).substr(place_of(record), record_bytes);
  };
  const auto status = value_in(line(Record::status), Record::status);
  const auto action = value_in(line(Record::action), Record::action);
  site.monitor.found_after_crash(request,
                                 status ? status_from_text(*status).value_or(Status::invalid) : Status::invalid,
                                 action ? action_from_text(*action).value_or(Action::nothing) : Action::nothing,
                                 !value_in(line(Record::confirm), Record::confirm).has_value());
}

// What the names of a process and its threads begin with.
std::string_view ordinal(std::size_t process) {
  constexpr std::string_view ordinals[] = {"", "second-", "third-", "fourth-", "fifth-"};
  static_assert(std::size(ordinals) == most_faults + 1);
  return ordinals[process];
}

}  // namespace

Service::Service(Site& site) : site_(site) {
  const std::size_t count = site.settings.variant.restarts ? site.settings.faults.most + 1 : 2;
  for (std::size_t process = 0; process < count; ++process) {
    processes_.emplace_back(fmt::format("{}{}sender-process", thread_prefix(site), ordinal(process)));
  }
  for (std::size_t process = 0; process < count; ++process) {
    selections_.push_back(make_selection(site.settings.selection));
    selections_.back()->serve(slot_of(process));
  }
}

void Service::start(sim::World& world) {
  start_process(0);
  if (site_.settings.variant.processes == 2) start_process(1);
  if (site_.settings.variant.restarts) {
    world.spawn(thread_prefix(site_) + "service-manager", [this] { run_service_manager(); });
  }
  if (site_.settings.variant.crash != Crash::never) {
    world.spawn("fault", [this] { run_fault(); });
  }
}

void Service::start_process(std::size_t process) {
  last_ = process;
  sim::process& in = processes_[process];
  Selection& selection = *selections_[process];
  const auto name = [&](std::string_view of) {
    return fmt::format("{}{}{}", thread_prefix(site_), ordinal(process), of);
  };
  if (site_.settings.variant.restarts) {
    site_.selection = &selection;
    const auto run = process == 0 ? run_scheduler : run_restarted_scheduler;
    if (has_despooler()) {
      const auto receive = process == 0 ? run_despooler_of : run_restarted_despooler;
      in.start(name("despooler"), [this, receive] { receive(site_); }).detach();
    }
    in.start(name("scheduler"), [this, run] { run(site_); }).detach();
  }
  in.start(name("sender"), [this, &selection] { run_sender(site_, selection); }).detach();
}

// The first process crashes at any moment, or, "in-selection", while one of its threads is in the selection function
// and none is sending. Executions in which the moment has passed when the crash comes are dropped.
void Service::run_fault() {
  const bool in_selection = site_.settings.variant.crash == Crash::in_selection;
  if (in_selection) {
    sim::await([this] { return site_.monitor.is_only_selecting(0) || site_.is_quiet(); });
    if (site_.is_quiet()) return;
  }
  processes_[0].crash();
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

// The service control manager [R]. It notices a service that has ended; that a thread of it has, the service notices
// itself, if it recovers at all, and ends, so that everything begins anew [I].
void Service::run_service_manager() {
  for (;;) {
    sim::await([this] { return site_.faults.crash_is_due() || site_.is_quiet(); });
    if (!site_.faults.crash_is_due()) return;
    const Faults::Crash due = site_.faults.due_crash();
    sim::forget_dead_frames();
    crash(due);
    sim::forget_dead_frames();
  }
}

[[gnu::noinline]] void Service::crash(const Faults::Crash& crash) {
  const unsigned slot = slot_of(last_);
  if (crash.kind == FaultKind::crash_thread) {
    sim::crash_thread(sim::ThreadId{crash.thread});
    if (!site_.settings.variant.recovery) {  // Only its place is free again.
      site_.faults.crash_is_over();
      site_.active_threads[slot].change([](unsigned& count) { --count; });
      return;
    }
  }
  processes_[last_].crash();
  site_.faults.crash_is_over();
  site_.faults.restarted();
  site_.active_threads[slot].change([](unsigned& count) { count = 0; });
  site_.scheduler_is_busy.change([](bool& busy) { busy = true; });  // Until it has recovered.
  if (has_despooler()) site_.despooler_is_busy.change([](bool& busy) { busy = true; });
  site_.monitor.crashed(slot);
  const bool loses_power = crash.kind == FaultKind::torn_srq || crash.kind == FaultKind::empty_srq;
  if (loses_power) (void)site_.files.lose_power("C:");
  (void)site_.monitor.first([this, loses_power](unsigned request) {
    const RequestFacts& facts = site_.monitor.facts(request);
    if (facts.deleted || !(loses_power || facts.damaged)) return false;  // As it was.
    sim::forget_dead_frames();
    inspect(site_, request);
    return false;
  });
  site_.monitor.scheduler_restarts();
  start_process(last_ + 1);
}

}  // namespace models::sms
