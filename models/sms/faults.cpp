#include "sms/faults.hpp"

#include <array>
#include <utility>

#include "sms/site.hpp"
#include "sync/property.hpp"
#include "sync/thread.hpp"

namespace models::sms {

using sim::vfs::Fault;

Faults::Faults(const FaultSettings& settings) : settings_(settings) {
  if (settings.any()) budget_.emplace(settings.most);
}

std::uint32_t Faults::strike(FaultKind kind, std::uint32_t ways) {
  if (!settings_.has(kind)) return 0;
  const std::uint32_t way = budget_->strike(ways);
  if (way != 0) sim::reach(goal_of(kind));
  return way;
}

// ---- the filesystem's ---------------------------------------------------------------------------

sim::vfs::FaultOptions Faults::on_disk() {
  sim::vfs::FaultOptions options;
  if (settings_.has(FaultKind::disk_full_local)) options.kinds = options.kinds | Fault::disk_full;
  if (settings_.has(FaultKind::notification_overflow)) options.kinds = options.kinds | Fault::watch_overflow;
  if (options.kinds == Fault::none) return options;
  options.budget = &*budget_;
  options.struck = struck_on_disk;
  options.listener = this;
  return options;
}

sim::vfs::FaultOptions Faults::on_share() {
  constexpr std::pair<FaultKind, Fault> kinds[] = {{FaultKind::disk_full_remote, Fault::disk_full},
                                                   {FaultKind::drop_before_write, Fault::drop_before},
                                                   {FaultKind::drop_after_write, Fault::drop_after},
                                                   {FaultKind::unreachable_site, Fault::unreachable},
                                                   {FaultKind::rename_fails, Fault::rename_fails}};
  sim::vfs::FaultOptions options;
  for (const auto& [kind, fault] : kinds) {
    if (settings_.has(kind)) options.kinds = options.kinds | fault;
  }
  if (options.kinds == Fault::none) return options;
  options.budget = &*budget_;
  options.reap_after = settings_.reap_after;
  options.struck = struck_on_share;
  options.listener = this;
  return options;
}

void Faults::struck_on_disk(void*, Fault fault) {
  sim::reach(goal_of(fault == Fault::disk_full ? FaultKind::disk_full_local : FaultKind::notification_overflow));
}

void Faults::struck_on_share(void* listener, Fault fault) {
  static_cast<Faults*>(listener)->applied_ = fault == Fault::drop_after;
  switch (fault) {
    case Fault::disk_full:
      return sim::reach(goal_of(FaultKind::disk_full_remote));
    case Fault::drop_before:
      return sim::reach(goal_of(FaultKind::drop_before_write));
    case Fault::drop_after:
      return sim::reach(goal_of(FaultKind::drop_after_write));
    case Fault::unreachable:
      return sim::reach(goal_of(FaultKind::unreachable_site));
    case Fault::rename_fails:
      return sim::reach(goal_of(FaultKind::rename_fails));
    default:
      return;
  }
}

// ---- crashes ------------------------------------------------------------------------------------

Faults::Crash Faults::due_crash() const {
  return crash_.get();
}

void Faults::crash_is_over() {
  crash_.change([](Crash& it) { it = Crash(); });
}

// A service that used up the budget by its crashes need not ask for it. While a crash is due there is no second one: it
// would end what is about to end, and take from the budget for that.
bool Faults::may_crash() const {
  return settings_.restarts() && restarts_ < settings_.most && (settings_.most == 1 || !crash_is_due());
}

void Faults::is_no_sending_thread() {
  if (settings_.restarts()) not_sending_ |= std::uint64_t{1} << sim::this_thread::number();
}

void Faults::flushed(unsigned request) {
  flushed_.change([request](RequestSet& set) { set.set(request); });
}

void Faults::recovers(bool begins) {
  const std::uint64_t me = std::uint64_t{1} << sim::this_thread::number();
  recovering_ = begins ? recovering_ | me : recovering_ & ~me;
}

// A crash at any other moment leaves on the disks what one of these leaves: what follows behind the last boundary
// changes nothing there, and its threads may still come as far.
[[gnu::noinline]] void Faults::at_persist_boundary(unsigned request) {
  if (!may_crash()) return;
  const bool is_request = request != no_request;
  const bool is_sender = (not_sending_ >> sim::this_thread::number() & 1U) == 0;
  std::array<FaultKind, 4> offered{};
  std::uint32_t count = 0;
  const auto offer = [&](FaultKind kind, bool possible) {
    if (possible && settings_.has(kind)) offered[count++] = kind;
  };
  offer(FaultKind::crash_thread, is_sender);
  offer(FaultKind::crash_process, true);
  offer(FaultKind::torn_srq, is_request);
  offer(FaultKind::empty_srq, is_request && !flushed_.get()[request]);
  const std::uint32_t way = budget_->strike(count);
  if (way == 0) return;
  const FaultKind kind = offered[way - 1];
  sim::reach(goal_of(kind));
  if ((recovering_ >> sim::this_thread::number() & 1U) != 0) sim::reach(goal::crash_in_recovery);
  const auto thread = static_cast<std::uint8_t>(sim::this_thread::number());
  crash_.change([&](Crash& it) { it = {true, kind, thread}; });
  sim::await([] { return false; });  // The service manager ends this thread, and with it perhaps the others.
}

void at_persist_boundary(Site& site, unsigned request) {
  site.faults.at_persist_boundary(request);
}

// The service flushes what it writes to a request before it goes on [M]: of that alone anything may be lost.
[[gnu::noinline]] void request_written(Site& site, unsigned request, sim::vfs::Handle file) {
  if (!site.settings.faults.restarts()) return;
  site.faults.at_persist_boundary(request);
  if (!site.settings.faults.loses_power()) return;
  (void)site.files.flush(file);
  site.faults.flushed(request);
}

}  // namespace models::sms
