#include "sms/scheduler.hpp"

#include <array>
#include <chrono>
#include <span>

#include "sms/resume.hpp"
#include "sms/scheduler_faults.hpp"
#include "sms/selection.hpp"
#include "sync/forget.hpp"
#include "sync/property.hpp"
#include "sync/thread.hpp"

namespace models::sms {

using namespace sim::vfs;

namespace {

// Tries again while somebody has a deleted file of that name open: in an endless stream requests come again.
void create_file(Site& site, const std::string& path, std::string_view contents) {
  const auto file = again_while(Win32Error::access_denied, [&] {
    return site.files.create_file(path, Access::write, Share::none, Disposition::create_new);
  });
  SIM_CHECK(file.has_value());
  const auto written = site.files.write(*file, 0, std::as_bytes(std::span(contents)));
  SIM_CHECK(written.has_value());
  if (site.settings.faults.loses_power() && !path.ends_with(".srq")) (void)site.files.flush(*file);
  (void)site.files.close(*file);
}

void create_directories(Site& site) {
  for (const char* path : {R"(C:\SMS)", R"(C:\SMS\schedule.box)", R"(C:\SMS\schedule.box\Outboxes)",
                           R"(C:\SMS\schedule.box\Outboxes\LAN)", R"(C:\SMS\schedule.box\tosend)"}) {
    const auto created = site.files.create_directory(path);
    SIM_CHECK(created.has_value());
  }
  if (site.settings.routing) SIM_CHECK(site.files.create_directory(R"(C:\SMS\schedule.box\routing)").has_value());
}

std::string job_id(unsigned request) {
  return fmt::format("{:08}", request + 1);
}

NewRequest description_of(const Site& site, unsigned request) {
  return {request_id(request), site_code(site.destination_of(request)), site_code(site.final_destination_of(request)),
          job_id(request),     site.settings.package_bytes(),           site.settings.routing};
}

void create_request(Site& site, unsigned request) {
  const std::string id = request_id(request);
  const char content = static_cast<char>('a' + request);
  create_file(site, to_send_path(id + ".PCK"), std::string(site.settings.package_bytes(), content));
  create_file(site, to_send_path(id + ".INS"), "execute " + id);
  create_file(site, unclaimed_path(request), file_contents(description_of(site, request)));
  // Now senders can find it, be there a routing request yet or not.
  if (request < first_urgent_request) {
    site.monitor.created(request);
  } else {
    site.monitor.created_late(request);
  }
  if (site.settings.routing) create_file(site, routing_path(id + ".rtr"), "routing master " + id);
}

void announce_request(const Site& site, unsigned request) {
  scheduler_log("<Activating JOB {}>", job_id(request));
  scheduler_log("Destination site: {}, Preferred Address: *, Priority: 2", site_code(site.destination_of(request)));
  scheduler_log("Creating instruction file: {}", to_send_path(request_id(request) + ".INS"));
  scheduler_log("Created new send request ID: {}", request_id(request));
}

void announce_requests(const Site& site) {
  if (site.place.level > 0) return;  // There they are announced when they are created.
  for (unsigned i = 0; i < site.settings.requests; ++i) announce_request(site, i);
}

// Error 32: a sender has the request open for itself. A Scheduler that does not know takes the request for lost, and
// creates another one for the job, of which it knows no routing (Q276259) [D].
[[gnu::noinline]] void recreate(Site& site, unsigned request) {
  const std::string id = "2_K20" + request_id(request).substr(5);
  site.monitor.duplicated(request);
  create_file(site, outbox_path(id + ".srq"), file_contents({id, "", "", job_id(request), 0}));
}

// Opens a request to read it; while somebody else has it open alone, again and again, or recreates it.
[[gnu::noinline]] Result<Handle> open_to_read(Site& site, unsigned request) {
  for (;;) {
    const auto file = site.files.create_file(claimed_path(site.settings, request), Access::read, share_all,
                                             Disposition::open_existing);
    if (file || file.error() != Win32Error::sharing_violation) return file;
    if (!site.settings.variant.scheduler_recreates) continue;
    recreate(site, request);
    return file;
  }
}

[[gnu::noinline]] RequestState state_of(Site& site, unsigned request) {
  const auto file = open_to_read(site, request);
  if (!file) return {};
  sim::forget_dead_frames();
  const auto state = read_state(site, *file);
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return state ? *state : RequestState{};
}

// Tries again while a sender has the request open alone.
[[gnu::noinline]] void delete_all(Site& site, unsigned request) {
  (void)site.files.delete_file(to_send_path(request_id(request) + ".PCK"));
  at_persist_boundary(site, no_request);
  (void)site.files.delete_file(to_send_path(request_id(request) + ".INS"));
  at_persist_boundary(site, no_request);
  const std::string path = claimed_path(site.settings, request);
  (void)again_while(Win32Error::sharing_violation, [&] { return site.files.delete_file(path); });
  site.monitor.deleted(request);
  at_persist_boundary(site, no_request);
}

[[gnu::noinline]] void remove(Site& site, unsigned request) {
  scheduler_log("Send request has successfully completed.");
  scheduler_log("Deleting send request with ID: {}.", request_id(request));
  sim::forget_dead_frames();
  if (site.settings.faults.loses_power()) flush_request(site, request);
  sim::forget_dead_frames();
  delete_all(site, request);
  scheduler_log("Deleted job {}.", job_id(request));
}

// The routing request of a request that was deleted: the send was its routing master. It is kept as long as a send
// request of that id lies in the outbox, be it an orphan that a late sender wrote [I]: the article says that "orphaned
// or invalid send requests may prevent the Scheduler component from processing" it [D].
[[gnu::noinline]] void process_routing(Site& site, unsigned request) {
  const std::string rtr = routing_path(request_id(request) + ".rtr");
  if (site.files.attributes(outbox_path(request_id(request) + ".srq"))) {
    scheduler_log("Routing request {} waits for send request {}", rtr, request_id(request));
    return;
  }
  sim::forget_dead_frames();
  (void)site.files.delete_file(rtr);
  site.monitor.rtr_processed(request);
  at_persist_boundary(site, no_request);
  scheduler_log("Processed routing request {}", rtr);
}

// The administrator has cancelled the job: its request goes, whatever a sender is doing with it.
[[gnu::noinline]] void cancel(Site& site) {
  site.scheduler_is_busy.change([](bool& busy) { busy = true; });
  site.selection->scheduler_begins(site);
  site.monitor.cancelled(0);
  scheduler_log("Deleting send request with ID: {}.", request_id(0));
  delete_all(site, 0);
  site.selection->scheduler_ends(site);
  site.scheduler_is_busy.change([](bool& busy) { busy = false; });
}

[[gnu::noinline]] void cancel_by_status(Site& site) {
  site.scheduler_is_busy.change([](bool& busy) { busy = true; });
  site.monitor.cancelled(0);
  site.selection->scheduler_begins(site);
  sim::forget_dead_frames();
  mark_cancelled(site, 0);
  site.selection->scheduler_ends(site);
  site.scheduler_is_busy.change([](bool& busy) { busy = false; });
}

// A request is in mid-send: the faults `delete` and `cancel` strike now or, in this execution, never.
[[gnu::noinline]] void meet_cancellation(Site& site) {
  if (site.faults.strike(FaultKind::remove) != 0) {
    cancel(site);
  } else if (site.faults.strike(FaultKind::cancel) != 0) {
    cancel_by_status(site);
  } else {
    site.monitor.not_cancelled();
  }
}

// A request appears in the outbox when it is whole: who is notified of a name that somebody is still writing to finds
// it in use, and is not notified again [M].
[[gnu::noinline]] bool create_request_file_anew(Site& site, unsigned request) {
  const std::string hidden = to_send_path(request_id(request) + ".srq");
  if (!create_file_anew(site, hidden, file_contents(description_of(site, request)))) return false;
  sim::forget_dead_frames();
  return site.files.move_file(hidden, unclaimed_path(request), true).has_value();
}

[[gnu::noinline]] bool create_request_anew(Site& site, unsigned request) {
  const std::string id = request_id(request);
  const char content = static_cast<char>('a' + request);
  return create_file_anew(site, to_send_path(id + ".PCK"), std::string(site.settings.package_bytes(), content)) &&
         create_file_anew(site, to_send_path(id + ".INS"), "execute " + id) &&
         (!site.settings.routing || create_file_anew(site, routing_path(id + ".rtr"), "routing master " + id)) &&
         create_request_file_anew(site, request);
}

// An urgent request that is due while the Sender is at work. What finds no room is tried again later [I].
[[gnu::noinline]] void create_late_request(Site& site) {
  const unsigned request = site.monitor.next_late_request();
  if (!site.settings.faults.any()) {
    create_request(site, request);
  } else if (create_request_anew(site, request)) {
    site.monitor.created_late(request);
  } else {
    sim::this_thread::sleep_for(std::chrono::nanoseconds(site.settings.retry_delay));
    return;
  }
  at_persist_boundary(site, no_request);
}

// Waits for the retry delay, and makes the request pending again.
[[gnu::noinline]] void retry(Site& site, unsigned request) {
  scheduler_log("Restart time = {}", clock_time());
  sim::this_thread::sleep_for(std::chrono::nanoseconds(site.settings.retry_delay));
  site.selection->scheduler_begins(site);
  persist_state(site, request, Status::none, Action::nothing);
  site.selection->scheduler_ends(site);
}

void process(Site& site, unsigned request, std::uint8_t& retries) {
  // Seen from here on: a status that is persisted later makes the Scheduler due again.
  site.monitor.scheduler_has_seen(request);
  site.scheduler_is_busy.change([](bool& busy) { busy = true; });
  scheduler_log("======  Checking Status of All Send Requests  ======");
  scheduler_log("Checking send request {}", request_id(request));
  site.selection->scheduler_begins(site);
  sim::forget_dead_frames();
  const RequestState state = state_of(site, request);
  sim::forget_dead_frames();
  if (state.status == Status::ok) {
    remove(site, request);
    sim::forget_dead_frames();
    if (site.settings.routing) process_routing(site, request);
  }
  site.selection->scheduler_ends(site);
  if (state.status != Status::ok && state.action == Action::retry && retries > 0) {
    --retries;
    retry(site, request);
  }
  site.scheduler_is_busy.change([](bool& busy) { busy = false; });
}

// Reads a routing request that came from the site above; true iff it could be read.
[[gnu::noinline]] bool read_routing(Site& site, unsigned request) {
  const auto file = site.files.create_file(routing_path(request_id(request) + ".rtr"), Access::read, Share::read,
                                           Disposition::open_existing);
  if (!file) return false;
  std::array<std::byte, 16> head;
  (void)site.files.read(*file, 0, head);
  (void)site.files.close(*file);
  return true;
}

// A file that others see when it is whole.
[[gnu::noinline]] void create_request_file(Site& site, unsigned request) {
  const auto file = site.files.create_file(outbox_path(request_id(request) + ".srq"), Access::write, Share::none,
                                           Disposition::create_new);
  if (!file) return;
  const std::string contents = file_contents(description_of(site, request));
  (void)site.files.write(*file, 0, std::as_bytes(std::span(contents)));
  (void)site.files.close(*file);
}

// Fan-out: a package is for a site below this one, and this site sends it on with a request of its own [I; that data
// goes through the direct parent is documented in Q238064 and Q256880]. The new request keeps the id of the old one:
// the product's would differ, but an id is only a name here [M].
void route(Site& site, unsigned request) {
  site.scheduler_is_busy.change([](bool& busy) { busy = true; });
  site.monitor.rtr_taken_up(request);
  if (read_routing(site, request)) {
    sim::forget_dead_frames();
    announce_request(site, request);
    if (site.settings.faults.any()) {
      (void)create_request_file_anew(site, request);
    } else {
      create_request_file(site, request);
    }
    site.monitor.created(request);
    at_persist_boundary(site, no_request);
  }
  site.scheduler_is_busy.change([](bool& busy) { busy = false; });
}

bool other_work_is_due(const Site& site) {
  return site.monitor.late_request_is_due() || site.monitor.cancellation_is_due();
}

bool do_other_work(Site& site) {
  if (site.monitor.cancellation_is_due()) {
    site.settings.variant.cancellation ? cancel(site) : meet_cancellation(site);
    return true;
  }
  if (!site.monitor.late_request_is_due()) return false;
  create_late_request(site);
  return true;
}

// After a crash the Scheduler looks at every job: what a power loss has left of a request is written anew from the job
// [R], and a routing request whose send is over is processed.
[[gnu::noinline]] void recover_requests(Site& site) {
  site.faults.recovers(true);
  (void)site.monitor.first([&site](unsigned request) {
    const RequestFacts facts = site.monitor.facts(request);
    if (facts.damaged) {
      sim::forget_dead_frames();
      (void)create_file_anew(site, unclaimed_path(request), file_contents(description_of(site, request)), request);
    }
    if (facts.deleted && facts.exists && site.settings.routing && !facts.rtr_is_processed) {
      process_routing(site, request);
    }
    return false;
  });
  site.faults.recovers(false);
}

void serve_requests(Site& site) {
  std::array<std::uint8_t, end_of_request_numbers> retries;
  retries.fill(static_cast<std::uint8_t>(site.settings.retries));
  for (;;) {
    sim::await([&site] {
      const bool routing_waits = site.place.hierarchy != nullptr && site.monitor.any_rtr_due();
      return site.monitor.any_due_for_scheduler() || routing_waits || other_work_is_due(site) || site.is_quiet();
    });
    const unsigned request =
        site.monitor.first([&site](unsigned it) { return site.monitor.facts(it).scheduler_is_due; });
    const unsigned routed = site.monitor.first([&site](unsigned it) { return site.monitor.facts(it).rtr_is_due; });
    sim::forget_dead_frames();
    if (request != no_request) {
      process(site, request, retries[request]);
    } else if (routed != no_request) {
      route(site, routed);
    } else if (!do_other_work(site)) {
      return;
    }
  }
}

}  // namespace

void create_disk(Site& site) {
  const FaultSettings& faults = site.settings.faults;
  VolumeOptions options{.faults = site.faults.on_disk()};
  if (faults.loses_power()) {
    options.durability = faults.has(FaultKind::torn_srq) ? Durability::torn : Durability::subsets;
  }
  SIM_CHECK(site.files.mount("C:", options).has_value());
  create_directories(site);
  if (site.place.hierarchy != nullptr) return;
  const unsigned destinations = site.settings.destinations + (site.settings.variant.late_requests != 0 ? 1 : 0);
  for (unsigned i = 0; i < destinations; ++i) mount_receiver(site, site.files, i);
}

void create_requests(Site& site) {
  for (unsigned i = 0; i < site.settings.requests; ++i) create_request(site, i);
  site.monitor.forget_late_requests();
  if (site.settings.faults.has(FaultKind::stale_pck)) create_partly_sent(site);
}

void run_restarted_scheduler(Site& site) {
  site.faults.is_no_sending_thread();
  if (site.settings.variant.recovery) recover_requests(site);
  site.scheduler_is_busy.change([](bool& busy) { busy = false; });
  serve_requests(site);
}

void run_scheduler(Site& site) {
  site.faults.is_no_sending_thread();
  announce_requests(site);
  serve_requests(site);
}

std::optional<sim::FinalViolation> unprocessed_routing(const Site& site) {
  if (!site.settings.routing) return std::nullopt;
  for (unsigned i = 0; i < site.settings.requests; ++i) {
    const RequestFacts& facts = site.monitor.facts(i);
    if (!facts.exists || facts.rtr_is_processed) continue;
    const bool orphaned = facts.deleted && facts.rewritten;
    const bool invalid = !facts.deleted && facts.status == Status::invalid;
    const std::string_view asked = site.settings.only_property;
    const bool is_asked_for = site.monitor.watches(property::every_rtr_processed) ||
                              (asked == property::no_rtr_waits_for_invalid && invalid) ||
                              (asked == property::no_rtr_waits_for_orphan && orphaned);
    if (!is_asked_for) continue;
    const std::string_view property = asked.empty() ? property::every_rtr_processed : asked;
    std::string what = fmt::format("is SREQ_STATUS_{}", to_text(facts.status));
    if (facts.deleted) what = "was deleted, and nobody looks at it again";
    if (orphaned) what = "was deleted, and came back by the status write of a late sender";
    return sim::FinalViolation{std::string(property),
                               fmt::format("all is quiet, and {} is still there: its send request {}",
                                           routing_path(request_id(i) + ".rtr"), what)};
  }
  return std::nullopt;
}

}  // namespace models::sms
