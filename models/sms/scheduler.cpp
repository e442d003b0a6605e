#include "sms/scheduler.hpp"

#include <array>
#include <chrono>
#include <span>

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
  if (site.settings.routing) SIM_CHECK(site.files.create_directory(R"(C:\SMS\schedule.box\routing)").has_value());
}

std::string job_id(unsigned request) {
  return fmt::format("0000000{}", request + 1);
}

void announce_requests(Site& site) {
  for (unsigned i = 0; i < site.settings.requests; ++i) {
    scheduler_log("<Activating JOB {}>", job_id(i));
    scheduler_log("Destination site: {}, Preferred Address: *, Priority: 2", site_code(site.destination_of(i)));
    scheduler_log("Creating instruction file: {}", to_send_path(request_id(i) + ".INS"));
    scheduler_log("Created new send request ID: {}", request_id(i));
  }
}

[[gnu::noinline]] RequestState state_of(Site& site, unsigned request) {
  const auto file = site.files.create_file(outbox_path(request_id(request) + ".srq"), Access::read,
                                           Share::read | Share::write | Share::remove, Disposition::open_existing);
  if (!file) return {};
  const auto state = read_state(site, *file);
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return state ? *state : RequestState{};
}

[[gnu::noinline]] void remove(Site& site, unsigned request) {
  scheduler_log("Send request has successfully completed.");
  scheduler_log("Deleting send request with ID: {}.", request_id(request));
  (void)site.files.delete_file(to_send_path(request_id(request) + ".PCK"));
  (void)site.files.delete_file(to_send_path(request_id(request) + ".INS"));
  (void)site.files.delete_file(outbox_path(request_id(request) + ".srq"));
  site.monitor.deleted(request);
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
  scheduler_log("Processed routing request {}", rtr);
}

// Waits for the retry delay, and makes the request pending again.
[[gnu::noinline]] void retry(Site& site, unsigned request) {
  scheduler_log("Restart time = {}", clock_time());
  sim::this_thread::sleep_for(std::chrono::nanoseconds(site.settings.retry_delay));
  persist_state(site, request, Status::none, Action::nothing);
}

void process(Site& site, unsigned request, unsigned& retries) {
  // Seen from here on: a status that is persisted later makes the Scheduler due again.
  site.monitor.scheduler_has_seen(request);
  site.scheduler_is_busy.change([](bool& busy) { busy = true; });
  scheduler_log("======  Checking Status of All Send Requests  ======");
  scheduler_log("Checking send request {}", request_id(request));
  const RequestState state = state_of(site, request);
  if (state.status == Status::ok) {
    remove(site, request);
    sim::forget_dead_frames();
    if (site.settings.routing) process_routing(site, request);
  } else if (state.action == Action::retry && retries > 0) {
    --retries;
    retry(site, request);
  }
  site.scheduler_is_busy.change([](bool& busy) { busy = false; });
}

[[gnu::noinline]] void execute(Site& site, unsigned request) {
  const unsigned destination = site.destination_of(request);
  const std::string instruction = remote_path(destination, request_id(request) + ".SNI");
  const auto file = site.files.create_file(instruction, Access::read, Share::read, Disposition::open_existing);
  site.monitor.instruction_consumed(request);
  if (!file) return;
  despooler_log("Found ready instruction {}.sni", request_id(request));
  std::array<std::byte, 16> head;
  (void)site.files.read(*file, 0, head);
  (void)site.files.close(*file);
  (void)site.files.delete_file(remote_path(destination, request_id(request) + ".PCK"));
  (void)site.files.delete_file(instruction);
  despooler_log("Waiting for ready instruction file....");
}

template <class Facts>
unsigned first_request(const Site& site, Facts wanted) {
  unsigned request = 0;
  while (request < site.settings.requests && !wanted(site.monitor.facts(request))) ++request;
  return request;
}

}  // namespace

void create_requests(Site& site) {
  const sim::InitialState setting_up;
  SIM_CHECK(site.files.mount("C:").has_value());
  create_directories(site);
  for (unsigned i = 0; i < site.settings.destinations; ++i) SIM_CHECK(site.files.mount(share_root(i)).has_value());
  const std::uint64_t size = std::uint64_t{site.settings.blocks} * site.settings.block_bytes;
  for (unsigned i = 0; i < site.settings.requests; ++i) {
    const std::string id = request_id(i);
    create_file(site, to_send_path(id + ".PCK"), std::string(size, static_cast<char>('a' + i)));
    create_file(site, to_send_path(id + ".INS"), "execute " + id);
    create_file(site, outbox_path(id + ".srq"),
                file_contents({id, site_code(site.destination_of(i)), job_id(i), size, site.settings.routing}));
    if (site.settings.routing) create_file(site, routing_path(id + ".rtr"), "routing master " + id);
  }
}

void run_scheduler(Site& site) {
  announce_requests(site);
  std::array<unsigned, max_requests> retries;
  retries.fill(site.settings.retries);
  for (;;) {
    sim::await([&site] { return site.monitor.any_due_for_scheduler() || site.is_quiet(); });
    const unsigned request = first_request(site, [](const RequestFacts& it) { return it.scheduler_is_due; });
    if (request == site.settings.requests) return;
    sim::forget_dead_frames();
    process(site, request, retries[request]);
  }
}

void run_despooler(Site& site) {
  despooler_log("Waiting for ready instruction file....");
  for (;;) {
    sim::await([&site] { return site.monitor.any_instruction_ready() || site.is_quiet(); });
    const unsigned request = first_request(site, [](const RequestFacts& it) { return it.instruction_is_ready; });
    if (request == site.settings.requests) return;
    sim::forget_dead_frames();
    execute(site, request);
  }
}

std::optional<sim::FinalViolation> unprocessed_routing(const Site& site) {
  if (!site.settings.routing) return std::nullopt;
  for (unsigned i = 0; i < site.settings.requests; ++i) {
    const RequestFacts& facts = site.monitor.facts(i);
    if (facts.rtr_is_processed) continue;
    const bool orphaned = facts.deleted, invalid = !orphaned && facts.status == Status::invalid;
    const std::string_view asked = site.settings.only_property;
    const bool is_asked_for = site.monitor.watches(property::every_rtr_processed) ||
                              (asked == property::no_rtr_waits_for_invalid && invalid) ||
                              (asked == property::no_rtr_waits_for_orphan && orphaned);
    if (!is_asked_for) continue;
    const std::string_view property = asked.empty() ? property::every_rtr_processed : asked;
    return sim::FinalViolation{
        std::string(property),
        fmt::format("all is quiet, and {} is still there: its send request {}", routing_path(request_id(i) + ".rtr"),
                    orphaned ? "was deleted, and came back by the status write of a late sender"
                             : fmt::format("is SREQ_STATUS_{}", to_text(facts.status)))};
  }
  return std::nullopt;
}

}  // namespace models::sms
