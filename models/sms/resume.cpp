#include "sms/resume.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <vector>

#include "sync/forget.hpp"
#include "sync/property.hpp"

namespace models::sms {

using sim::Failure;
using namespace sim::vfs;

namespace {

char content_of(unsigned request) {
  return static_cast<char>('a' + request);
}

[[gnu::noinline]] std::uint64_t read_sync_point(Site& site, Handle progress) {
  std::array<char, record_bytes> line{};
  const auto count = site.files.read(progress, place_of(Record::sync_point), std::as_writable_bytes(std::span(line)));
  const auto text = value_in(std::string_view(line.data(), line.size()), Record::sync_point);
  std::uint64_t bytes = 0;
  if (count && text) std::from_chars(text->data(), text->data() + text->size(), bytes);
  sim::describe("-> SyncPoint={}", bytes);
  return bytes;
}

// The fault, just before anybody looks: since the sync point was persisted the receiver has lost the block (a server
// that crashed, with the block in its cache), or has got one more of which the sender never heard (64 behind an applied
// write). Both are known to happen [R]; when they did makes no difference, because nobody has looked since.
[[gnu::noinline]] void meet_stale_package(Site& site, unsigned request, std::uint64_t sync_point) {
  const std::uint32_t way = site.faults.strike(FaultKind::stale_pck, 2);
  if (way == 0) return;
  const std::string path = received_path(site, site.destination_of(request), request_id(request) + ".PCK");
  const auto file = site.files.create_file(path, Access::write, share_all, Disposition::open_existing);
  if (!file) return;
  const std::size_t size = site.settings.block_bytes;
  if (way == 1) {
    (void)site.files.set_end(*file, sync_point - size);
  } else {
    const std::vector<char> block(size, content_of(request));
    (void)site.files.write(*file, sync_point, std::as_bytes(std::span(block)));
  }
  (void)site.files.close(*file);
}

}  // namespace

void create_partly_sent(Site& site) {
  const std::size_t size = site.settings.block_bytes;
  const auto progress =
      site.files.create_file(unclaimed_path(0), Access::write, Share::none, Disposition::open_existing);
  SIM_CHECK(progress.has_value());
  const auto line = line_of(Record::sync_point, fmt::format("{}", size));
  SIM_CHECK(site.files.write(*progress, place_of(Record::sync_point), std::as_bytes(std::span(line))).has_value());
  (void)site.files.close(*progress);
  const std::string path = received_path(site, site.destination_of(0), request_id(0) + ".PCK");
  const auto package = site.files.create_file(path, Access::write, Share::none, Disposition::create_new);
  SIM_CHECK(package.has_value());
  const std::vector<char> block(size, content_of(0));
  SIM_CHECK(site.files.write(*package, 0, std::as_bytes(std::span(block))).has_value());
  (void)site.files.close(*package);
}

// "Continue from the sync point, verify the remote length": of any other length, the file is not what was confirmed,
// and is sent from the beginning [R].
[[gnu::noinline]] Result<Resumed> resume_remote(Site& site, unsigned request, Handle progress) {
  const std::uint64_t sync_point = read_sync_point(site, progress);
  sim::forget_dead_frames();
  if (sync_point != 0) meet_stale_package(site, request, sync_point);
  sim::forget_dead_frames();
  const std::string path = remote_path(site.destination_of(request), request_id(request) + ".PCK");
  sender_log("Attempt to create/open the remote file {}", path);
  const auto file = site.files.create_file(path, Access::write, Share::read, Disposition::open_always);
  if (!file) {
    sender_log("Cannot create/open the remote file {}, Win32 error = {}", path, static_cast<unsigned>(file.error()));
    if (file.error() == Win32Error::sharing_violation) site.monitor.sharing_violation(path + ": Win32 error 32");
    return Failure{file.error()};
  }
  sender_log("Created/opened the remote file {}", path);
  if (sync_point != 0 && !site.settings.faults.verifies_length) return Resumed{*file, sync_point};
  const auto there = site.files.attributes(path);
  if (sync_point != 0 && there && there->size == sync_point) return Resumed{*file, sync_point};
  const auto emptied = site.files.set_end(*file, 0);
  if (!emptied) {
    (void)site.files.close(*file);
    return Failure{emptied.error()};
  }
  return Resumed{*file, 0};
}

[[gnu::noinline]] bool received_whole(Site& site, unsigned request) {
  const std::string path = received_path(site, site.destination_of(request), request_id(request) + ".PCK");
  const auto file = site.files.create_file(path, Access::read, share_all, Disposition::open_existing);
  if (!file) return false;
  const std::size_t size = site.settings.package_bytes();
  std::vector<std::byte> package(size + 1);
  const auto count = site.files.read(*file, 0, package);
  (void)site.files.close(*file);
  const auto expected = static_cast<std::byte>(content_of(request));
  return count && *count == size &&
         std::all_of(package.begin(), package.end() - 1, [&](std::byte it) { return it == expected; });
}

}  // namespace models::sms
