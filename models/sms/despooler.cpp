#include "sms/despooler.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "sms/resume.hpp"
#include "sync/forget.hpp"
#include "sync/property.hpp"

namespace models::sms {

using namespace sim::vfs;

namespace {

// `known_ids`: the requests that were executed, of use to a receiver that deduplicates.
[[gnu::noinline]] void execute(Site& site, unsigned request, RequestSet& known_ids) {
  const unsigned destination = site.destination_of(request);
  const std::string instruction = received_path(site, destination, request_id(request) + ".SNI");
  const auto file = site.files.create_file(instruction, Access::read, Share::read, Disposition::open_existing);
  site.monitor.instruction_consumed(request);
  if (!file) return;  // In an endless stream a request is sent once, and its instruction is there.
  despooler_log("Found ready instruction {}.sni", request_id(request));
  if (site.settings.variant.receiver_deduplicates && !known_ids[request]) {
    known_ids.set(request);
    site.monitor.executed(request);
  }
  std::array<std::byte, 16> head;
  (void)site.files.read(*file, 0, head);
  (void)site.files.close(*file);
  if (site.settings.faults.has(FaultKind::stale_pck)) site.monitor.executes(request, received_whole(site, request));
  (void)site.files.delete_file(received_path(site, destination, request_id(request) + ".PCK"));
  (void)site.files.delete_file(instruction);
  site.monitor.execution_ends(request);
  despooler_log("Waiting for ready instruction file....");
}

// ---- in a hierarchy -----------------------------------------------------------------------------

std::string received(const Site& site, unsigned request, std::string_view extension) {
  return received_path(*site.place.parent, site.place.number, request_id(request) + std::string(extension));
}

// Opens the instruction and reads it; true iff it could be opened. From the moment that the instruction is seen this
// Despooler is busy, because it may make work for the Scheduler.
[[gnu::noinline]] bool read_instruction(Site& site, unsigned request) {
  const auto file =
      site.files.create_file(received(site, request, ".SNI"), Access::read, Share::read, Disposition::open_existing);
  site.despooler_is_busy.change([](bool& busy) { busy = true; });
  site.place.parent->monitor.instruction_consumed(request);
  if (!file) return false;
  despooler_log("Found ready instruction {}.sni", request_id(request));
  std::array<std::byte, 16> head;
  (void)site.files.read(*file, 0, head);
  (void)site.files.close(*file);
  return true;
}

// What a Scheduler is about to rely on is on the disk first, where power may be lost.
void put_down(Site& site, Handle file) {
  if (site.settings.faults.loses_power()) (void)site.files.flush(file);
  (void)site.files.close(file);
}

[[gnu::noinline]] bool write_local(Site& site, const std::string& path, std::string_view contents) {
  const auto file = site.files.create_file(path, Access::write, Share::none, Disposition::create_always);
  if (!file) return false;
  const bool written = site.files.write(*file, 0, std::as_bytes(std::span(contents))).has_value();
  put_down(site, *file);
  return written;
}

// Copies the package to this site's own disk. A sender that sends it a second time may have it open: error 32.
[[gnu::noinline]] bool copy_package(Site& site, unsigned request) {
  constexpr std::size_t max_block_bytes = 4096;
  std::array<std::byte, max_block_bytes> block;
  const auto from = site.files.create_file(received(site, request, ".PCK"), Access::read, Share::read | Share::remove,
                                           Disposition::open_existing);
  if (!from) return false;
  const auto to = site.files.create_file(to_send_path(request_id(request) + ".PCK"), Access::write, Share::none,
                                         Disposition::create_always);
  bool copied = to.has_value();
  const std::size_t size = site.settings.block_bytes;
  for (unsigned i = 0; copied && i < site.settings.blocks; ++i) {
    const std::span<std::byte> part = std::span(block).first(size);
    const auto read = site.files.read(*from, i * size, part);
    copied = read && site.files.write(*to, i * size, part.first(*read));
  }
  if (to) put_down(site, *to);
  (void)site.files.close(*from);
  return copied;
}

// Takes over what is for a site below: package, instruction, and last the routing request, which makes it whole [I].
// What was handed over before is not handed over again: the receiver knows its ids [M].
[[gnu::noinline]] void hand_over(Site& site, unsigned request) {
  if (site.monitor.facts(request).rtr_has_arrived || !copy_package(site, request)) return;
  at_persist_boundary(site, no_request);
  const std::string id = request_id(request);
  sim::forget_dead_frames();
  if (!write_local(site, to_send_path(id + ".INS"), "execute " + id)) return;
  at_persist_boundary(site, no_request);
  if (!write_local(site, routing_path(id + ".rtr"), "routing master " + id)) return;
  site.monitor.rtr_arrived(request);
  site.place.parent->monitor.executed(request);
  at_persist_boundary(site, no_request);
}

// Of the lowest level: the instruction is executed, by a receiver that recognises ids once.
void execute_here(Site& site, unsigned request, RequestSet& known_ids) {
  if (!site.settings.variant.receiver_deduplicates || known_ids[request]) return;
  known_ids.set(request);
  site.place.parent->monitor.executed(request);
}

void receive(Site& site, unsigned request, RequestSet& known_ids) {
  if (read_instruction(site, request)) {
    sim::forget_dead_frames();
    site.sends() ? hand_over(site, request) : execute_here(site, request, known_ids);
    sim::forget_dead_frames();
    (void)site.files.delete_file(received(site, request, ".PCK"));
    at_persist_boundary(site, no_request);
    (void)site.files.delete_file(received(site, request, ".SNI"));
    at_persist_boundary(site, no_request);
    despooler_log("Waiting for ready instruction file....");
  }
  site.despooler_is_busy.change([](bool& busy) { busy = false; });
}

// The first request of the site above with an instruction that is ready here, or no_request.
unsigned first_ready(const Site& site) {
  const Site& parent = *site.place.parent;
  return parent.monitor.first([&](unsigned request) {
    return parent.monitor.facts(request).instruction_is_ready && parent.destination_of(request) == site.place.number;
  });
}

}  // namespace

void run_despooler(Site& site) {
  despooler_log("Waiting for ready instruction file....");
  RequestSet known_ids;
  for (;;) {
    sim::await([&site] { return site.monitor.any_instruction_ready() || site.is_quiet(); });
    const unsigned request =
        site.monitor.first([&site](unsigned it) { return site.monitor.facts(it).instruction_is_ready; });
    if (request == no_request) return;
    sim::forget_dead_frames();
    execute(site, request, known_ids);
  }
}

void run_despooler_of(Site& site) {
  const Site* const parent = site.place.parent;
  if (parent == nullptr) {
    sim::await([&site] { return site.is_quiet(); });
    return;
  }
  site.faults.is_no_sending_thread();
  despooler_log("Waiting for ready instruction file....");
  RequestSet known_ids;
  for (;;) {
    sim::await([&site] { return first_ready(site) != no_request || site.is_quiet(); });
    const unsigned request = first_ready(site);
    if (request == no_request) return;
    sim::forget_dead_frames();
    receive(site, request, known_ids);
  }
}

// Instructions that the crash left, be they handed over or not: whoever handed one over knows its id.
void run_restarted_despooler(Site& site) {
  Monitor& parent = site.place.parent->monitor;
  (void)parent.first([&](unsigned request) {
    const bool is_for_me = site.place.parent->destination_of(request) == site.place.number;
    if (!is_for_me || parent.facts(request).deliveries == 0) return false;
    sim::forget_dead_frames();
    if (site.files.attributes(received(site, request, ".SNI"))) parent.instruction_found(request);
    return false;
  });
  site.despooler_is_busy.change([](bool& busy) { busy = false; });
  run_despooler_of(site);
}

}  // namespace models::sms
