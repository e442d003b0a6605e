#include "sms/sender.hpp"

#include <array>
#include <chrono>

#include "sms/selection/outbox.hpp"
#include "sms/transfer.hpp"
#include "sync/forget.hpp"
#include "sync/property.hpp"
#include "sync/thread.hpp"

namespace models::sms {
namespace {

// For the log: the number by which the simulation calls a thread.
unsigned number_of(const sim::thread& thread) {
  unsigned number = 0;
  while (number < sim::max_threads && sim::thread::id(number) != thread.get_id()) ++number;
  return number;
}

void create_sending_thread(Site& site, Selection& selection) {
  site.active_threads[selection.process()].change([](unsigned& count) { ++count; });
  site.created_threads.change([](unsigned& count) { ++count; });
  std::array<char, 16> name{};  // On the stack: the main thread's heap stays as it is.
  fmt::format_to_n(name.data(), name.size() - 1, "{}sender-{}", thread_prefix(site), site.created_threads.get());
  sim::thread sending(std::string_view(name.data()), [&site, &selection] { run_sending_thread(site, selection); });
  sender_log("Created sending thread (Thread ID = {})", windows_thread_id(number_of(sending)));
  sending.detach();
}

// One look at the outbox; true iff it led to a new sending thread.
[[gnu::noinline]] bool look_for_work(Site& site, Selection& selection) {
  const unsigned request = selection.look(site);
  if (request == no_request) {
    sender_log("No (more) send requests found to process");
    return false;
  }
  sender_log("Found send request.  ID: {}, Dest Site: {}", request_id(request),
             site_code(site.destination_of(request)));
  const unsigned used = site.active_threads[selection.process()].get();
  sender_log("Checking for site-specific sending capacity.  Used {} out of {}.", used, site.settings.sending_threads);
  if (used >= site.settings.sending_threads) return false;
  create_sending_thread(site, selection);
  return true;
}

}  // namespace

// Waits for a change notification of the outbox, or the end of a sending thread. What is created before the
// notification is armed is not notified: armed after the scan, it misses what came between.
void run_sender_with_notification(Site& site, Selection& selection) {
  const Wait wait = site.settings.variant.wait;
  const unsigned process = selection.process();
  for (;;) {
    site.monitor.arms_notification(wait == Wait::armed_before_scan);
    do {
      sim::forget_dead_frames();
    } while (look_for_work(site, selection));
    site.monitor.looked(process);
    sim::this_thread::yield();  // A call of its own: between scan and arming others may run.
    site.monitor.arms_notification(true);
    if (wait == Wait::armed_after_scan_polling) {
      sim::this_thread::sleep_for(std::chrono::minutes(1));
    } else {
      sim::await(
          [&site, process] { return site.monitor.notified() || site.monitor.look_is_due(process) || site.is_quiet(); });
    }
    if (site.is_quiet()) return;
    site.monitor.notification_taken();
  }
}

namespace {

// Ends the main thread's wait when all is quiet, as the event does that stops the service.
void run_stop(Site& site, sim::vfs::Watch watch) {
  sim::await([&site] { return site.is_quiet(); });
  (void)site.files.close(watch);
}

// The same with a notification of the filesystem, which may overflow: success without a notice, and the caller must
// scan again [D ReadDirectoryChangesW].
void run_sender_with_watch(Site& site, Selection& selection) {
  // A request that is made pending again is written, and keeps its name.
  const auto watch = site.files.watch(outbox_path("").substr(0, outbox_path("").size() - 1), {.modifications = true});
  SIM_CHECK(watch.has_value());
  sim::thread("stop", [&site, at = *watch] { run_stop(site, at); }).detach();
  for (;;) {
    for (bool found = true; found;) {
      sim::await([&site] { return site.active_threads[0].get() < site.settings.sending_threads; });
      sim::forget_dead_frames();
      found = look_for_work(site, selection);
    }
    for (bool news = false; !news;) {
      sim::forget_dead_frames();
      const auto changes = site.files.read_changes(*watch);
      if (!changes) return;
      news = !changes->empty() || site.settings.faults.rescans;
    }
  }
}

}  // namespace

void run_sender(Site& site, Selection& selection) {
  const unsigned process = selection.process();
  site.monitor.joins_process(process);
  site.faults.is_no_sending_thread();
  selection.start(site);
  if (process == 1 && site.settings.variant.recovery) {
    site.faults.recovers(true);
    reclaim_all(site);
    site.faults.recovers(false);
  }
  sim::forget_dead_frames();
  if (site.settings.faults.has(FaultKind::notification_overflow)) {
    run_sender_with_watch(site, selection);
    return;
  }
  if (site.settings.variant.wait != Wait::ideal) {
    run_sender_with_notification(site, selection);
    return;
  }
  for (;;) {
    sim::await([&site, process] {
      const bool capacity = site.active_threads[process].get() < site.settings.sending_threads;
      const bool work = site.monitor.any_pending() || site.monitor.look_is_due(process);
      return (capacity && work) || site.is_quiet();
    });
    if (site.is_quiet()) return;
    sim::forget_dead_frames();
    look_for_work(site, selection);
    site.monitor.looked(process);
  }
}

// A frame of its own, so that the last claim is no part of the state any more when the next is made.
[[gnu::noinline]] bool send_next(Site& site, Selection& selection) {
  const Claim claim = selection.claim(site);
  if (claim.request == no_request) return false;
  sim::forget_dead_frames();
  send(site, selection, claim);
  return true;
}

// In an endless stream a thread stays: threads that came and went would be new ones for ever.
bool waits_for_more(Site& site) {
  if (!site.settings.variant.endless) return false;
  sim::await([&site] { return site.monitor.any_pending(); });
  return true;
}

void run_sending_thread(Site& site, Selection& selection) {
  site.monitor.joins_process(selection.process());
  do {
    sim::forget_dead_frames();
  } while (send_next(site, selection) || waits_for_more(site));
  site.active_threads[selection.process()].change([](unsigned& count) { --count; });
  site.monitor.sending_thread_ends();
}

}  // namespace models::sms
