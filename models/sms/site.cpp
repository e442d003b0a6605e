#include "sms/site.hpp"

#include <array>
#include <cstring>
#include <span>

#include "sms/hierarchy.hpp"
#include "sync/forget.hpp"
#include "sync/property.hpp"

namespace models::sms {

using sim::Failure;
using sim::Ok;
using namespace sim::vfs;

namespace {

constexpr std::string_view schedule_box = R"(C:\SMS\schedule.box)";

// The records of a status write lie side by side.
constexpr std::size_t state_records = 3;  // status, action, heartbeat

}  // namespace

// Requests are dealt out to the branches of the hierarchy in turn: to all children, then to all their children.
unsigned Site::destination_of(unsigned request) const {
  if (place.hierarchy == nullptr) return settings.destination_of(request);
  const unsigned children = settings.hierarchy.children;
  for (unsigned level = 0; level < place.level; ++level) request /= children;
  return place.first_child + request % children;
}

unsigned Site::final_destination_of(unsigned request) const {
  if (place.hierarchy == nullptr) return destination_of(request);
  return place.hierarchy->final_destination_of(request);
}

bool Site::is_quiet() const {
  return place.hierarchy == nullptr ? is_quiet_itself() : place.hierarchy->is_quiet();
}

std::string outbox_path(std::string_view name) {
  return fmt::format(R"({}\Outboxes\LAN\{})", schedule_box, name);
}
std::string to_send_path(std::string_view name) {
  return fmt::format(R"({}\tosend\{})", schedule_box, name);
}
std::string routing_path(std::string_view name) {
  return fmt::format(R"({}\routing\{})", schedule_box, name);
}
std::string server_name(unsigned destination) {
  return destination == 0 ? "SMSServer" : fmt::format("SMSServer{}", destination + 1);
}
std::string site_code(unsigned destination) {
  constexpr std::string_view digits = "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  SIM_CHECK(destination < digits.size());
  return std::string("PS") + digits[destination];
}
std::string share_root(unsigned destination) {
  return fmt::format(R"(\\{}\SMS_SITE)", server_name(destination));
}
std::string remote_path(unsigned destination, std::string_view name) {
  return fmt::format(R"({}\{})", share_root(destination), name);
}

std::string receiver_drive(unsigned destination) {
  return std::string(1, static_cast<char>('D' + destination)) + ":";
}
std::string received_path(const Site& site, unsigned destination, std::string_view name) {
  if (!site.settings.faults.is_on_share()) return remote_path(destination, name);
  return fmt::format(R"({}\{})", receiver_drive(destination), name);
}

std::string thread_prefix(const Site& site) {
  return site.place.parent == nullptr ? "" : site_code(site.place.number) + " ";
}

unsigned request_named(const Settings& settings, std::string_view file_name) {
  const unsigned request = request_number(file_name);
  const bool usual = request < settings.requests;
  const bool late = request >= first_urgent_request && request - first_urgent_request < settings.variant.late_requests;
  return usual || late ? request : no_request;
}

std::string unclaimed_path(unsigned request) {
  return outbox_path(request_id(request) + ".srq");
}

std::string claimed_path(const Settings& settings, unsigned request) {
  const bool renamed =
      settings.selection == SelectionKind::rename_shared || settings.selection == SelectionKind::rename_exclusive;
  return outbox_path(request_id(request) + (renamed ? ".srs" : ".srq"));
}

[[gnu::noinline]] Result<RequestState> read_state(Site& site, Handle request) {
  std::array<char, 2 * record_bytes> lines{};
  const auto count = site.files.read(request, place_of(Record::status), std::as_writable_bytes(std::span(lines)));
  if (!count) return Failure{count.error()};
  const std::string_view text(lines.data(), lines.size());
  const auto status = value_in(text.substr(0, record_bytes), Record::status);
  const auto action = value_in(text.substr(record_bytes), Record::action);
  RequestState state;
  if (status) state.status = status_from_text(*status).value_or(Status::invalid);
  if (action) state.action = action_from_text(*action).value_or(Action::nothing);
  sim::describe("-> Status={}", to_text(state.status));
  return state;
}

[[gnu::noinline]] bool is_whole(Site& site, Handle request) {
  if (!site.settings.faults.loses_power() || !site.settings.variant.recovery) return true;
  std::array<char, record_bytes> line{};
  const auto count = site.files.read(request, place_of(Record::confirm), std::as_writable_bytes(std::span(line)));
  return count && value_in(std::string_view(line.data(), line.size()), Record::confirm).has_value();
}

[[gnu::noinline]] Result<Ok> write_state(Site& site, unsigned request, Handle file, Status status, Action action) {
  std::array<char, state_records * record_bytes> lines;
  const auto put = [&lines](Record record, std::string_view value) {
    const auto line = line_of(record, value);
    std::memcpy(lines.data() + place_of(record), line.data(), record_bytes);
  };
  put(Record::status, to_text(status));
  put(Record::action, to_text(action));
  put(Record::heartbeat, clock_time());
  const auto written = site.files.write(file, place_of(Record::status), std::as_bytes(std::span(lines)));
  if (!written) return Failure{written.error()};
  sim::describe("Status={}", to_text(status));
  site.monitor.persisted(request, status, action);
  request_written(site, request, file);
  return Ok{};
}

[[gnu::noinline]] Result<Handle> open_claimed(Site& site, unsigned request, Disposition disposition) {
  const std::string path = claimed_path(site.settings, request);
  return again_while(Win32Error::sharing_violation, [&] {
    return site.files.create_file(path, Access::read | Access::write, share_all, disposition);
  });
}

// A request that is not there any more is created anew, with nothing but these records: what a writer that does not
// check produces (the precedent is Q181042) [I].
[[gnu::noinline]] void persist_state(Site& site, unsigned request, Status status, Action action) {
  const auto file = open_claimed(site, request, Disposition::open_always);
  if (!file) return;
  sim::forget_dead_frames();
  if (site.files.last_error() != Win32Error::already_exists) site.monitor.created_by_status_write(request);
  (void)write_state(site, request, *file, status, action);
  (void)site.files.close(*file);
}

}  // namespace models::sms
