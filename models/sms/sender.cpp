#include "sms/sender.hpp"

#include <array>

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
  site.active_threads.change([](unsigned& count) { ++count; });
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
  const unsigned used = site.active_threads.get();
  sender_log("Checking for site-specific sending capacity.  Used {} out of {}.", used, site.settings.sending_threads);
  if (used >= site.settings.sending_threads) return false;
  create_sending_thread(site, selection);
  return true;
}

}  // namespace

void run_sender(Site& site, Selection& selection) {
  for (;;) {
    sim::await([&site] {
      const bool capacity = site.active_threads.get() < site.settings.sending_threads;
      return (capacity && site.monitor.any_pending()) || site.is_quiet();
    });
    if (site.is_quiet()) return;
    sim::forget_dead_frames();
    look_for_work(site, selection);
  }
}

void run_sending_thread(Site& site, Selection& selection) {
  for (;;) {
    sim::forget_dead_frames();
    const unsigned request = selection.claim(site);
    if (request == no_request) break;
    sim::forget_dead_frames();
    send(site, request);
  }
  site.active_threads.change([](unsigned& count) { --count; });
}

}  // namespace models::sms
