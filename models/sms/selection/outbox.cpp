#include "sms/selection/outbox.hpp"

#include <array>
#include <span>

#include "sync/property.hpp"

namespace models::sms {

using namespace sim::vfs;

std::string request_pattern() {
  return outbox_path("*.srq");
}

[[gnu::noinline]] unsigned next_request(Site& site, Find& find) {
  while (const auto entry = site.files.find_next(find)) {
    const unsigned request = request_named(site.settings, entry->name);
    if (request != no_request) return request;
  }
  return no_request;
}

[[gnu::noinline]] Result<Handle> open_request(Site& site, unsigned request, Access access, Share share) {
  return site.files.create_file(unclaimed_path(request), access, share, Disposition::open_existing);
}

bool is_pending(Site& site, Handle file) {
  const auto state = read_state(site, file);
  return state && state->status == Status::none && is_whole(site, file);
}

bool persist_claim(Site& site, unsigned request, Handle file) {
  if (!write_state(site, request, file, Status::started, Action::nothing)) return false;
  site.monitor.claimed(request);
  return true;
}

[[gnu::noinline]] bool read_pending(Site& site, unsigned request) {
  const auto file = open_request(site, request, Access::read, share_all);
  if (!file) return false;  // Deleted since it was enumerated, or about to be.
  const bool pending = is_pending(site, *file);
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return pending;
}

[[gnu::noinline]] bool write_started(Site& site, unsigned request) {
  const auto file = open_request(site, request, Access::read | Access::write, share_all);
  if (!file) return false;
  const bool claimed = persist_claim(site, request, *file);
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return claimed;
}

[[gnu::noinline]] bool claim_if_pending(Site& site, unsigned request) {
  const auto file = open_request(site, request, Access::read | Access::write, share_all);
  if (!file) return false;
  const bool claimed = is_pending(site, *file) && persist_claim(site, request, *file);
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return claimed;
}

[[gnu::noinline]] bool write_sender_id(Site& site, Handle file, unsigned id) {
  const auto line = line_of(Record::sender_id, fmt::format("{}", id));
  const auto written = site.files.write(file, place_of(Record::sender_id), std::as_bytes(std::span(line)));
  sim::describe("SenderID={}", id);
  return written.has_value();
}

[[gnu::noinline]] bool has_sender_id(Site& site, Handle file, unsigned id) {
  std::array<char, record_bytes> line{};
  const auto count = site.files.read(file, place_of(Record::sender_id), std::as_writable_bytes(std::span(line)));
  return count && line == line_of(Record::sender_id, fmt::format("{}", id));
}

[[gnu::noinline]] bool claim_with_sender_id(Site& site, unsigned request, unsigned id) {
  const auto file = open_request(site, request, Access::read | Access::write, share_all);
  if (!file) return false;
  const bool claimed =
      is_pending(site, *file) && write_sender_id(site, *file, id) && persist_claim(site, request, *file);
  sim::forget_dead_frames();
  (void)site.files.close(*file);
  return claimed;
}

namespace {

// `but`: the sender id of those that are left alone; 0: nobody's.
[[gnu::noinline]] void reclaim(Site& site, unsigned request, unsigned but) {
  const auto file = open_request(site, request, Access::read | Access::write, share_all);
  if (!file) return;
  const auto state = read_state(site, *file);
  if (state && is_in_progress(state->status) && is_whole(site, *file) &&
      (but == 0 || !has_sender_id(site, *file, but))) {
    (void)write_state(site, request, *file, Status::none, Action::nothing);
  }
  sim::forget_dead_frames();
  (void)site.files.close(*file);
}

}  // namespace

void reclaim_all_but(Site& site, unsigned id) {
  (void)first_in_outbox(site, [id](Site& at, unsigned request) {
    reclaim(at, request, id);
    return false;
  });
}

void reclaim_all(Site& site) {
  reclaim_all_but(site, 0);
}

}  // namespace models::sms
