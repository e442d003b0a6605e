#include "sms/transfer.hpp"

#include <array>
#include <chrono>
#include <span>

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
  return Ok{};
}

// Persists SENDING with the bytes that the receiver has confirmed.
[[gnu::noinline]] void persist_sync_point(Site& site, Handle progress, std::uint64_t bytes) {
  const auto line = line_of(Record::sync_point, fmt::format("{}", bytes));
  (void)site.files.write(progress, place_of(Record::sync_point), std::as_bytes(std::span(line)));
  sim::describe("SyncPoint={}", bytes);
}

/// A local file and its remote copy, closed together.
struct Copying {
  Site& site;
  Handle from, to;

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
    sim::forget_dead_frames();
    const auto connected = wait_out_failures(copying.site, request, Win32Error::netname_deleted);
    if (!connected) return connected;
    sim::forget_dead_frames();
    const auto copied = copy_block(copying.site, request, ".PCK", copying.from, copying.to, position, size);
    if (!copied) return copied;
    persist_sync_point(copying.site, progress, position + size);
    pause_for_rate_limit(copying.site);
  }
  return Ok{};
}

[[gnu::noinline]] Result<Ok> send_package(Site& site, Selection& selection, const Claim& claim, Handle progress) {
  const unsigned request = claim.request;
  const auto from = open_local(site, request, ".PCK");
  if (!from) return Failure{from.error()};
  for (const std::string_view extension : {".PCK", ".SNI", ".TMP"}) check_for_remote_file(site, request, extension);
  const auto to = create_remote(site, request, ".PCK");
  if (!to) {
    (void)site.files.close(*from);
    return Failure{to.error()};
  }
  sender_log("Sending Started [{}]", to_send_path(request_id(request) + ".PCK"));
  Copying copying{site, *from, *to};
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
  Copying copying{site, *from, *to};
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
  const auto renamed = site.files.move_file(from, to, true);
  if (!renamed) return renamed;
  sender_log("Rename completed [{}]", from);
  site.monitor.delivered(request);
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
    if (site.settings.retry_on_error) {
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
