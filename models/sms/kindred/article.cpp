#include "sms/kindred/article.hpp"

#include <array>
#include <span>

#include "sms/scheduler.hpp"
#include "sync/forget.hpp"
#include "sync/property.hpp"

namespace models::sms::kindred {

using sim::Failure;
using sim::Ok;
using namespace sim::vfs;

namespace {

constexpr std::size_t max_block_bytes = 64;

Settings settings_of(unsigned requests, unsigned blocks) {
  Settings settings;
  settings.requests = requests;
  settings.blocks = blocks;
  settings.retry_on_error = true;
  settings.only_property = "none";  // No property of the model `sms` is called so.
  return settings;
}

}  // namespace

Article::Article(const sim::Parameters& parameters, unsigned requests, unsigned blocks)
    : repaired_(parameters.boolean("repaired")), site_(settings_of(requests, blocks)) {}

sim::ParameterSpec repaired(std::string_view description, std::string_view source) {
  return sim::rows::flag("repaired", false, description, source);
}

void set_up(Site& site) {
  const sim::InitialState setting_up;
  create_disk(site);
  create_requests(site);
}

void put(Site& site, const std::string& path, std::string_view contents) {
  const auto file = site.files.create_file(path, Access::write, Share::none, Disposition::create_always);
  SIM_CHECK(file.has_value());
  if (!contents.empty()) (void)site.files.write(*file, 0, std::as_bytes(std::span(contents)));
  (void)site.files.close(*file);
}

void make_directory(Site& site, const char* path) {
  const auto made = site.files.create_directory(path);
  SIM_CHECK(made.has_value());
}

Result<Handle> open_request(Site& site, unsigned request, Access access) {
  return site.files.create_file(outbox_path(request_id(request) + ".srq"), access, share_all,
                                Disposition::open_existing);
}

[[gnu::noinline]] RequestState look_at(Site& site, unsigned request) {
  scheduler_log("Checking send request {}", request_id(request));
  const auto file = open_request(site, request, Access::read);
  if (!file) return {};
  const auto state = read_state(site, *file);
  (void)site.files.close(*file);
  return state ? *state : RequestState{};
}

[[gnu::noinline]] void update(Site& site, unsigned request, Status status, Action action) {
  const auto file = open_request(site, request, Access::read | Access::write);
  if (!file) return;
  (void)write_state(site, request, *file, status, action);
  (void)site.files.close(*file);
}

[[gnu::noinline]] std::string read_record(Site& site, Handle request, Record record) {
  std::array<char, record_bytes> line{};
  (void)site.files.read(request, place_of(record), std::as_writable_bytes(std::span(line)));
  const auto value = value_in(std::string_view(line.data(), line.size()), record);
  sim::describe("-> {}={}", name_of(record), value.value_or(""));
  return std::string(value.value_or(""));
}

[[gnu::noinline]] void delete_request(Site& site, unsigned request) {
  scheduler_log("Deleting send request with ID: {}.", request_id(request));
  (void)site.files.delete_file(to_send_path(request_id(request) + ".PCK"));
  (void)site.files.delete_file(to_send_path(request_id(request) + ".INS"));
  (void)site.files.delete_file(outbox_path(request_id(request) + ".srq"));
  scheduler_log("Deleted job {}.", job);
}

[[gnu::noinline]] Result<Handle> open_local(Site& site, const std::string& path) {
  return site.files.create_file(path, Access::read, Share::read | Share::remove, Disposition::open_existing);
}

[[gnu::noinline]] Result<Handle> create_remote(Site& site, const std::string& path) {
  sender_log("Attempt to create/open the remote file {}", path);
  const auto file = site.files.create_file(path, Access::write, Share::read, Disposition::create_always);
  if (file) {
    sender_log("Created/opened the remote file {}", path);
  } else {
    sender_log("Cannot create/open the remote file {}, Win32 error = {}", path, static_cast<unsigned>(file.error()));
  }
  return file;
}

[[gnu::noinline]] Result<Ok> copy_block(Site& site, Handle from, Handle to, const std::string& remote, unsigned block) {
  std::array<std::byte, max_block_bytes> buffer;
  const std::uint64_t position = std::uint64_t{block} * site.settings.block_bytes;
  const auto read = site.files.read(from, position, std::span(buffer).first(site.settings.block_bytes));
  if (!read) return Failure{read.error()};
  sender_log("Attempt to write {} bytes to {} at position {}", *read, remote, position);
  const auto written = site.files.write(to, position, std::span(buffer).first(*read));
  if (!written) {
    if (written.error() == Win32Error::disk_full) sender_log("There is not enough space on the disk.");
    return Failure{written.error()};
  }
  sender_log("Wrote {} bytes to {} at position {}", *written, remote, position);
  return Ok{};
}

[[gnu::noinline]] Result<Ok> send_file(Site& site, const std::string& local, const std::string& remote) {
  const auto from = open_local(site, local);
  if (!from) return Failure{from.error()};
  const auto to = create_remote(site, remote);
  if (!to) {
    (void)site.files.close(*from);
    return Failure{to.error()};
  }
  sender_log("Sending Started [{}]", local);
  const auto copied = copy_block(site, *from, *to, remote, 0);
  (void)site.files.close(*to);
  (void)site.files.close(*from);
  if (copied) sender_log("Sending completed [{}]", local);
  return copied;
}

[[gnu::noinline]] Result<Ok> rename_remote(Site& site, const std::string& from, const std::string& to) {
  sender_log("Renaming remote file {} to {}", from, to);
  const auto renamed = site.files.move_file(from, to, true);
  if (renamed) sender_log("Rename completed [{}]", from);
  return renamed;
}

}  // namespace models::sms::kindred
