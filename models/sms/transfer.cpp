#include "sms/transfer.hpp"

#include <array>
#include <chrono>
#include <span>

#include "sms/resume.hpp"
#include "sync/forget.hpp"
#include "sync/property.hpp"
#include "sync/thread.hpp"

namespace models::sms {

using sim::Failure;
using sim::Ok;
using namespace sim::vfs;

namespace {

constexpr std::size_t max_block_bytes = 4096;

// The three remote names of a request.
std::string remote_name(const Site& site, unsigned request, std::string_view extension) {
  return remote_path(site.destination_of(request), request_id(request) + std::string(extension));
}

[[gnu::noinline]] void check_for_remote_file(Site& site, unsigned request, std::string_view extension) {
  const std::string path = remote_name(site, request, extension);
  sender_log("Checking for remote file {}", path);
  (void)site.files.attributes(path);
}

// The same where the way to the receiver may fail: a file that is not there is none of its failures.
[[gnu::noinline]] Result<Ok> reach_remote_file(Site& site, unsigned request, std::string_view extension) {
  const std::string path = remote_name(site, request, extension);
  sender_log("Checking for remote file {}", path);
  const auto there = site.files.attributes(path);
  if (there || there.error() == Win32Error::file_not_found || there.error() == Win32Error::access_denied) return Ok{};
  return Failure{there.error()};
}

[[gnu::noinline]] Result<Ok> check_for_remote_files(Site& site, unsigned request) {
  constexpr std::string_view extensions[] = {".PCK", ".SNI", ".TMP"};
  for (const std::string_view extension : extensions) {
    if (!site.settings.faults.is_on_share()) {
      check_for_remote_file(site, request, extension);
      continue;
    }
    const auto reached = reach_remote_file(site, request, extension);
    if (!reached) return reached;
  }
  return Ok{};
}

[[gnu::noinline]] Result<Handle> open_local(Site& site, unsigned request, std::string_view extension) {
  return site.files.create_file(to_send_path(request_id(request) + std::string(extension)), Access::read,
                                Share::read | Share::remove, Disposition::open_existing);
}

// The remote file allows nobody else to write while it is open: this is where the second sender meets error 32.
[[gnu::noinline]] Result<Handle> create_remote(Site& site, unsigned request, std::string_view extension) {
  const std::string path = remote_name(site, request, extension);
  sender_log("Attempt to create/open the remote file {}", path);
  const auto file = site.files.create_file(path, Access::write, Share::read, Disposition::create_always);
  if (file) {
    sender_log("Created/opened the remote file {}", path);
    at_persist_boundary(site, no_request);
  } else {
    sender_log("Cannot create/open the remote file {}, Win32 error = {}", path, static_cast<unsigned>(file.error()));
    if (file.error() == Win32Error::sharing_violation) {
      site.monitor.sharing_violation(path + ": Win32 error 32");
    }
  }
  return file;
}

[[gnu::noinline]] Result<Ok> copy_block(Site& site, unsigned request, std::string_view extension, Handle from,
                                        Handle to, std::uint64_t position, std::size_t size) {
  std::array<std::byte, max_block_bytes> block;
  const std::span<std::byte> part = std::span(block).first(size);
  const auto read = site.files.read(from, position, part);
  if (!read) return Failure{read.error()};
  sender_log("Attempt to write {} bytes to {} at position {}", *read, remote_name(site, request, extension), position);
  const auto written = site.files.write(to, position, part.first(*read));
  if (!written) {
    if (written.error() == Win32Error::disk_full) sender_log("There is not enough space on the disk.");
    return Failure{written.error()};
  }
  sender_log("Wrote {} bytes to {} at position {}", *written, remote_name(site, request, extension), position);
  at_persist_boundary(site, no_request);
  return Ok{};
}

// Persists SENDING with the bytes that the receiver has confirmed.
[[gnu::noinline]] void persist_sync_point(Site& site, unsigned request, Handle progress, std::uint64_t bytes) {
  const auto line = line_of(Record::sync_point, fmt::format("{}", bytes));
  (void)site.files.write(progress, place_of(Record::sync_point), std::as_bytes(std::span(line)));
  sim::describe("SyncPoint={}", bytes);
  request_written(site, request, progress);
}

/// A local file and its remote copy, closed together.
struct Copying {
  Site& site;
  Handle from, to;
  std::uint64_t position = 0;  ///< What lies before it is there.

  void close() {
    (void)site.files.close(to);
    (void)site.files.close(from);
  }
};

void pause_for_rate_limit(Site& site) {
  if (site.settings.variant.block_pause == 0) return;
  sim::this_thread::sleep_for(std::chrono::nanoseconds(site.settings.variant.block_pause));
}

bool connection_fails(Site& site, unsigned request) {
  if (site.settings.variant.dead_site && site.destination_of(request) == 0) return true;
  if (site.connection_failures.get() == site.settings.variant.connection_failures || sim::choose(2) == 0) return false;
  site.connection_failures.change([](unsigned& count) { ++count; });
  return true;
}

// Tries to connect, with the retry delay in between; the sending thread keeps its request, and what it has open.
[[gnu::noinline]] Result<Ok> wait_out_failures(Site& site, unsigned request, Win32Error error) {
  const unsigned step = site.settings.variant.endless ? 0 : 1;
  for (unsigned attempt = 0; connection_fails(site, request); attempt += step) {
    site.monitor.attempted(request);
    sender_log("Error during WNetAddConnection2 ({})", static_cast<unsigned>(error));
    if (attempt == site.settings.retries && step != 0) return Failure{error};
    sender_log("Operation is retryable.");
    sim::this_thread::sleep_for(std::chrono::nanoseconds(site.settings.retry_delay));
  }
  return Ok{};
}

[[gnu::noinline]] Result<Ok> send_blocks(Copying& copying, unsigned request, Handle progress) {
  const std::size_t size = copying.site.settings.block_bytes;
  for (unsigned block = 0; block < copying.site.settings.blocks; ++block) {
    const std::uint64_t position = std::uint64_t{block} * size;
    if (position < copying.position) continue;
    sim::forget_dead_frames();
    const auto connected = wait_out_failures(copying.site, request, Win32Error::netname_deleted);
    if (!connected) return connected;
    sim::forget_dead_frames();
    const auto copied = copy_block(copying.site, request, ".PCK", copying.from, copying.to, position, size);
    if (!copied) return copied;
    persist_sync_point(copying.site, request, progress, position + size);
    pause_for_rate_limit(copying.site);
  }
  return Ok{};
}

[[gnu::noinline]] Result<Resumed> open_remote_package(Site& site, unsigned request, Handle progress) {
  if (site.settings.faults.has(FaultKind::stale_pck)) return resume_remote(site, request, progress);
  const auto file = create_remote(site, request, ".PCK");
  if (!file) return Failure{file.error()};
  return Resumed{*file, 0};
}

[[gnu::noinline]] Result<Ok> send_package(Site& site, Selection& selection, const Claim& claim, Handle progress) {
  const unsigned request = claim.request;
  const auto from = open_local(site, request, ".PCK");
  if (!from) return Failure{from.error()};
  const auto checked = check_for_remote_files(site, request);
  const auto to = checked ? open_remote_package(site, request, progress) : Result<Resumed>(Failure{checked.error()});
  if (!to) {
    (void)site.files.close(*from);
    return Failure{to.error()};
  }
  sender_log("Sending Started [{}]", to_send_path(request_id(request) + ".PCK"));
  Copying copying{site, *from, to->file, to->position};
  auto sent = selection.write_progress(site, claim, progress, Status::sending);
  if (sent) sent = send_blocks(copying, request, progress);
  copying.close();
  if (sent) sender_log("Sending completed [{}]", to_send_path(request_id(request) + ".PCK"));
  return sent;
}

[[gnu::noinline]] Result<Ok> send_instruction(Site& site, unsigned request) {
  const auto from = open_local(site, request, ".INS");
  if (!from) return Failure{from.error()};
  const auto to = create_remote(site, request, ".TMP");
  if (!to) {
    (void)site.files.close(*from);
    return Failure{to.error()};
  }
  sender_log("Sending Started [{}]", to_send_path(request_id(request) + ".INS"));
  Copying copying{site, *from, *to, 0};
  const auto copied = copy_block(site, request, ".TMP", *from, *to, 0, site.settings.block_bytes);
  copying.close();
  if (copied) sender_log("Sending completed [{}]", to_send_path(request_id(request) + ".INS"));
  return copied;
}

// The rename tells the despooler that package and instruction are whole.
[[gnu::noinline]] Result<Ok> publish(Site& site, unsigned request) {
  const std::string from = remote_name(site, request, ".TMP");
  const std::string to = remote_name(site, request, ".SNI");
  sender_log("Renaming remote file {} to {}", from, to);
  site.faults.forget_applied();
  const auto renamed = site.files.move_file(from, to, true);
  if (!renamed) {
    // The receiver sees what the sender never hears of.
    if (site.faults.was_applied()) site.monitor.delivered(request);
    return renamed;
  }
  sender_log("Rename completed [{}]", from);
  site.monitor.delivered(request);
  at_persist_boundary(site, no_request);
  return renamed;
}

// The request stays open while its package is sent, for the sync point.
[[gnu::noinline]] Result<Ok> send_with_progress(Site& site, Selection& selection, const Claim& claim) {
  const auto progress =
      claim.holds_file() ? Result<Handle>(claim.file) : open_claimed(site, claim.request, Disposition::open_existing);
  if (!progress) return Failure{progress.error()};
  sim::forget_dead_frames();
  auto sent = selection.write_progress(site, claim, *progress, Status::connecting);
  sim::forget_dead_frames();
  if (sent) sent = wait_out_failures(site, claim.request, Win32Error::bad_netpath);
  if (sent) sent = send_package(site, selection, claim, *progress);
  if (!claim.holds_file()) (void)site.files.close(*progress);
  return sent;
}

[[gnu::noinline]] Result<Ok> transmit(Site& site, Selection& selection, const Claim& claim) {
  const unsigned request = claim.request;
  auto sent = send_with_progress(site, selection, claim);
  sim::forget_dead_frames();
  if (sent) sent = send_instruction(site, request);
  if (sent) sent = publish(site, request);
  return sent;
}

// What faults cause may be gone the next time: the network, the receiver's disk, a file that somebody else is about to
// delete [I: "Operation is retryable"]. They do not happen where none is declared.
bool is_transient(const Site& site, Win32Error error) {
  if (!site.settings.faults.any()) return false;
  return error == Win32Error::access_denied || error == Win32Error::bad_netpath ||
         error == Win32Error::netname_deleted || error == Win32Error::disk_full;
}

}  // namespace

void send(Site& site, Selection& selection, const Claim& claim) {
  const unsigned request = claim.request;
  sender_log("Trying the No. 1 address (out of 1)");
  sender_log("Passed the xmit file test, use the existing connection");
  sender_log("Package file = {}", to_send_path(request_id(request) + ".PCK"));
  sender_log("Instruction file = {}", to_send_path(request_id(request) + ".INS"));
  site.monitor.send_begins();
  const auto sent = transmit(site, selection, claim);
  sim::forget_dead_frames();
  if (sent) {
    sender_log("Sending completed successfully");
    selection.complete(site, claim, Status::ok, Action::nothing);
  } else {
    site.monitor.failed(request, sent.error());
    if (sent.error() == Win32Error::file_not_found) sender_log("The system cannot find the file specified.");
    if (site.settings.retry_on_error || is_transient(site, sent.error())) {
      sender_log("Operation is retryable.");
      selection.complete(site, claim, Status::error, Action::retry);
    } else {
      selection.complete(site, claim, Status::invalid, Action::nothing);
    }
  }
  site.monitor.released(request);
  selection.release(site, claim);
  site.monitor.send_ends();
}

}  // namespace models::sms
