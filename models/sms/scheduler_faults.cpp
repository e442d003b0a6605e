#include "sms/scheduler_faults.hpp"

#include <span>

#include "sync/forget.hpp"
#include "sync/property.hpp"

namespace models::sms {

using namespace sim::vfs;

namespace {

// Tries again while somebody reads what is there already.
[[gnu::noinline]] Result<Handle> overwrite(Site& site, const std::string& path) {
  return again_while(Win32Error::sharing_violation, [&] {
    return site.files.create_file(path, Access::write, Share::none, Disposition::create_always);
  });
}

}  // namespace

// A file for a job that is started again after a crash, and may have got as far as that before. False: no room for it,
// and nothing is left of it.
[[gnu::noinline]] bool create_file_anew(Site& site, const std::string& path, std::string_view contents,
                                        unsigned request) {
  const auto file = overwrite(site, path);
  if (!file) return false;
  const bool written = site.files.write(*file, 0, std::as_bytes(std::span(contents))).has_value();
  if (request != no_request) {
    request_written(site, request, *file);
  } else if (site.settings.faults.loses_power()) {
    (void)site.files.flush(*file);
  }
  (void)site.files.close(*file);
  if (request != no_request && written) site.monitor.repaired(request);  // From here on others can open it.
  if (!written) {
    scheduler_log("There is not enough space on the disk.");
    (void)site.files.delete_file(path);
    return false;
  }
  at_persist_boundary(site, no_request);
  return true;
}

// Before the files of a completed request go, its status must be on the disk: else a power loss could leave a request
// that is to be sent, and nothing to send [M].
[[gnu::noinline]] void flush_request(Site& site, unsigned request) {
  const auto file = open_claimed(site, request, Disposition::open_existing);
  if (!file) return;
  (void)site.files.flush(*file);
  (void)site.files.close(*file);
}

// The administrator cancels the job, and the Scheduler marks its request [I], whatever a sender is doing with it.
[[gnu::noinline]] void mark_cancelled(Site& site, unsigned request) {
  const auto file = open_claimed(site, request, Disposition::open_existing);
  if (!file) return;
  const auto state = read_state(site, *file);
  sim::forget_dead_frames();
  if (state && is_in_progress(state->status)) {
    (void)write_state(site, request, *file, Status::cancelled, Action::nothing);
  }
  (void)site.files.close(*file);
}

// Where the way to a receiver may fail, the receiver itself has a way of its own.
void mount_receiver(Site& site, FileSystem& receiver, unsigned destination) {
  const std::string share = share_root(destination);
  if (!site.settings.faults.is_on_share()) {
    SIM_CHECK(receiver.mount(share).has_value());
    return;
  }
  const std::string drive = receiver_drive(destination);
  SIM_CHECK(receiver.mount(drive).has_value());
  SIM_CHECK(receiver.mount_share(share, drive, {.remote = true, .faults = site.faults.on_share()}).has_value());
}

}  // namespace models::sms
