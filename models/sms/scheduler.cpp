#include "sms/scheduler.hpp"

#include <array>
#include <chrono>
#include <span>

#include "sms/selection.hpp"
#include "sync/forget.hpp"
#include "sync/property.hpp"
#include "sync/thread.hpp"

namespace models::sms {

using namespace sim::vfs;

namespace {

void create_file(Site& site, const std::string& path, std::string_view contents) {
  const auto file = site.files.create_file(path, Access::write, Share::none, Disposition::create_new);
  SIM_CHECK(file.has_value());
  const auto written = site.files.write(*file, 0, std::as_bytes(std::span(contents)));
  SIM_CHECK(written.has_value());
  (void)site.files.close(*file);
}

void create_directories(Site& site) {
  for (const char* path : {R"(C:\SMS)", R"(C:\SMS\schedule.box)", R"(C:\SMS\schedule.box\Outboxes)",
                           R"(C:\SMS\schedule.box\Outboxes\LAN)", R"(C:\SMS\schedule.box\tosend)"}) {
    const auto created = site.files.create_directory(path);
    SIM_CHECK(created.has_value());
  }
}

std::string job_id(unsigned request) {
  return fmt::format("{:08}", request + 1);
}

void create_request(Site& site, unsigned request) {
  const std::string id = request_id(request);
  const std::uint64_t size = std::uint64_t{site.settings.blocks} * site.settings.block_bytes;
  create_file(site, to_send_path(id + ".PCK"), std::string(size, static_cast<char>('a' + request)));
  create_file(site, to_send_path(id + ".INS"), "execute " + id);
  create_file(site, unclaimed_path(request),
              file_contents({id, site_code(site.destination_of(request)), job_id(request), size}));
}

void announce_requests(Site& site) {
  for (unsigned i = 0; i < site.settings.requests; ++i) {
    scheduler_log("<Activating JOB {}>", job_id(i));
    scheduler_log("Destination site: {}, Preferred Address: *, Priority: 2", site_code(site.destination_of(i)));
    scheduler_log("Creating instruction file: {}", to_send_path(request_id(i) + ".INS"));
    scheduler_log("Created new send request ID: {}", request_id(i));
  }
}

// Error 32: a sender has the request open for itself. A Scheduler that does not know takes the request for lost, and
// creates another one for the job, of which it knows no routing (Q276259) [D].
[[gnu::noinline]] void recreate(Site& site, unsigned request) {
  const std::string id = "2_K20" + request_id(request).substr(5);
  site.monitor.duplicated(request);
  create_file(site, outbox_path(id + ".srq"), file_contents({id, "", job_id(request), 0}));
}

// Opens a request to read it; while somebody else has it open alone, again and again, or recreates it.
[[gnu::noinline]] Result<Handle> open_to_read(Site& site, unsigned request) {
  for (;;) {
    const auto file = site.files.create_file(claimed_path(site.settings, request), Access::read,
                                             Share::read | Share::write | Share::remove, Disposition::open_existing);
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
  (void)site.files.delete_file(to_send_path(request_id(request) + ".INS"));
  const std::string path = claimed_path(site.settings, request);
  for (;;) {
    const auto deleted = site.files.delete_file(path);
    if (deleted || deleted.error() != Win32Error::sharing_violation) break;
  }
  site.monitor.deleted(request);
}

[[gnu::noinline]] void remove(Site& site, unsigned request) {
  scheduler_log("Send request has successfully completed.");
  scheduler_log("Deleting send request with ID: {}.", request_id(request));
  sim::forget_dead_frames();
  delete_all(site, request);
  scheduler_log("Deleted job {}.", job_id(request));
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

// An urgent request that is due while the Sender is at work.
[[gnu::noinline]] void create_late_request(Site& site) {
  const unsigned request = site.monitor.next_late_request();
  create_request(site, request);
  site.monitor.created(request);
}

// Waits for the retry delay, and makes the request pending again.
[[gnu::noinline]] void retry(Site& site, unsigned request) {
  scheduler_log("Restart time = {}", clock_time());
  sim::this_thread::sleep_for(std::chrono::nanoseconds(site.settings.retry_delay));
  site.selection->scheduler_begins(site);
  persist_state(site, request, Status::none, Action::nothing);
  site.selection->scheduler_ends(site);
}

void process(Site& site, unsigned request, unsigned& retries) {
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
  }
  site.selection->scheduler_ends(site);
  if (state.status != Status::ok && state.action == Action::retry && retries > 0) {
    --retries;
    retry(site, request);
  }
  site.scheduler_is_busy.change([](bool& busy) { busy = false; });
}

// `known_ids` has a bit for each request that was executed, of use to a receiver that deduplicates.
[[gnu::noinline]] void execute(Site& site, unsigned request, unsigned& known_ids) {
  const unsigned destination = site.destination_of(request);
  const std::string instruction = remote_path(destination, request_id(request) + ".SNI");
  const auto file = site.files.create_file(instruction, Access::read, Share::read, Disposition::open_existing);
  site.monitor.instruction_consumed(request);
  if (!file) return;
  despooler_log("Found ready instruction {}.sni", request_id(request));
  if (site.settings.variant.receiver_deduplicates && (known_ids >> request & 1U) == 0) {
    known_ids |= 1U << request;
    site.monitor.executed(request);
  }
  std::array<std::byte, 16> head;
  (void)site.files.read(*file, 0, head);
  (void)site.files.close(*file);
  (void)site.files.delete_file(remote_path(destination, request_id(request) + ".PCK"));
  (void)site.files.delete_file(instruction);
  despooler_log("Waiting for ready instruction file....");
}

bool other_work_is_due(const Site& site) {
  return site.monitor.late_request_is_due() || site.monitor.cancellation_is_due();
}

bool do_other_work(Site& site) {
  if (site.monitor.cancellation_is_due()) {
    cancel(site);
    return true;
  }
  if (!site.monitor.late_request_is_due()) return false;
  create_late_request(site);
  return true;
}

}  // namespace

void create_requests(Site& site) {
  const sim::InitialState setting_up;
  SIM_CHECK(site.files.mount("C:").has_value());
  create_directories(site);
  const unsigned destinations = site.settings.destinations + (site.settings.variant.late_requests != 0 ? 1 : 0);
  for (unsigned i = 0; i < destinations; ++i) SIM_CHECK(site.files.mount(share_root(i)).has_value());
  for (unsigned i = 0; i < site.settings.requests; ++i) create_request(site, i);
  site.monitor.forget_late_requests();
}

void run_scheduler(Site& site) {
  announce_requests(site);
  std::array<unsigned, max_requests> retries;
  retries.fill(site.settings.retries);
  for (;;) {
    sim::await([&site] { return site.monitor.any_due_for_scheduler() || other_work_is_due(site) || site.is_quiet(); });
    const unsigned request =
        site.monitor.first([&site](unsigned it) { return site.monitor.facts(it).scheduler_is_due; });
    sim::forget_dead_frames();
    if (request != no_request) {
      process(site, request, retries[request]);
    } else if (!do_other_work(site)) {
      return;
    }
  }
}

void run_despooler(Site& site) {
  despooler_log("Waiting for ready instruction file....");
  unsigned known_ids = 0;
  for (;;) {
    sim::await([&site] { return site.monitor.any_instruction_ready() || site.is_quiet(); });
    const unsigned request =
        site.monitor.first([&site](unsigned it) { return site.monitor.facts(it).instruction_is_ready; });
    if (request == no_request) return;
    sim::forget_dead_frames();
    execute(site, request, known_ids);
  }
}

}  // namespace models::sms
