#include <new>

#include "vfs/call.hpp"

/// Remote volumes: sessions that drop, servers that cannot be reached, and the reaping of what a drop left open.
namespace sim::vfs {
namespace {

/// What a reaper is started with.
struct Reaping {
  FileSystem* files;
  std::uint32_t mounted;
};

void fail(Request& request, Win32Error error) {
  request.error = error;
  request.count = 0;
  request.existed = false;
  request.name_size = 0;
  request.attributes = {};
}

}  // namespace

Request::~Request() noexcept(false) {
  if (reaper != nullptr) reaper->start_reaper(mounted);
}

void FileSystem::serve(const Mounted& mounted, void (*request)(void*), Request& argument) {
  if (options_.inline_serving) {
    runtime::serve_inline(mounted.server, request, &argument);
  } else {
    runtime::serve(mounted.server, request, &argument);
  }
}

// Requires: the session of the request. The event's error and answer are the caller's affair.
void FileSystem::drop(Request& request, std::uint32_t mounted) {
  serve(volumes_[mounted], serve_request<drop_session>, request);
  if (request.count == 0 || !runtime::in_program()) return;
  request.reaper = this;
  request.mounted = static_cast<std::uint8_t>(mounted);
}

void FileSystem::perform_with_faults(Request& request, std::uint32_t mounted, Fault possible,
                                     void (*operation)(void*)) {
  const Mounted& way = volumes_[mounted];
  const Session& session = request.volume.sessions()[way.session];
  const bool by_path = request.handle == Handle{};
  if (session.remote) request.footprint.session(way.session, AccessMode::read);
  if (!session.reachable && by_path) {
    request.error = Win32Error::bad_netpath;
    return;
  }
  const Fault remote_only = Fault::drop_before | Fault::drop_after | Fault::unreachable;
  if (!session.remote) possible = without(possible, remote_only);
  const Fault fault = meet_fault(request, possible, session.faults);
  switch (fault) {
    case Fault::disk_full:
      return fail(request, Win32Error::disk_full);
    case Fault::rename_fails:
      return fail(request, Win32Error::access_denied);
    case Fault::unreachable:
      return fail(request, Win32Error::bad_netpath);
    case Fault::drop_before:
      drop(request, mounted);
      return fail(request, session.faults.drop_error);
    case Fault::drop_after:
      serve(way, operation, request);
      request.answer_lost = by_path && request.handle != Handle{};
      drop(request, mounted);
      return fail(request, session.faults.drop_error);
    default:
      serve(way, operation, request);
  }
}

// ---- reaping ------------------------------------------------------------------------------------

void FileSystem::start_reaper(std::uint8_t mounted) {
  void* const memory = runtime::allocate_for_next_thread(sizeof(Reaping), alignof(Reaping));
  auto* const reaping = new (memory) Reaping{this, mounted};
  const Mounted& way = volumes_[mounted];
  // The server is no part of the client's process, which may crash.
  const ThreadId reaper = runtime::spawn_in(
      runtime::default_process, "server of " + way.volume->sessions()[way.session].root,
      [](void* argument) {
        const auto& it = *static_cast<Reaping*>(argument);
        it.files->reap_at(it.mounted);
      },
      reaping);
  reapers_ |= std::uint64_t{1} << reaper;
}

void FileSystem::reap_at(std::uint32_t mounted) {
  const Mounted& way = volumes_[mounted];
  const std::int64_t patience = way.volume->sessions()[way.session].faults.reap_after;
  if (patience > 0) runtime::sleep(patience);
  const ObjectId object = object_of(way.volume->root_hash(), Aspect::orphans);
  runtime::announce_named(OperationKind::session_reap, object, AccessMode::write);
  apart([&] {
    Request request(*way.volume, runtime::this_thread(), object);
    request.session = way.session;
    const Hash128 before = way.volume->fingerprint();
    serve(way, serve_request<reap_orphans>, request);
    complete_event(request, before);
    if (runtime::recording()) describe_event(request, "", std::to_string(request.count) + " closed");
  });
}

Result<Ok> FileSystem::reap(std::string_view root) {
  const std::uint32_t mounted = find_mounted(root);
  if (mounted == no_volume) return Failure{remember(Win32Error::bad_netpath)};
  reap_at(mounted);
  remember(Win32Error::success);
  return Ok{};
}

Result<Ok> FileSystem::set_reachable(std::string_view root, bool reachable) {
  const std::uint32_t mounted = find_mounted(root);
  if (mounted == no_volume || !volumes_[mounted].volume->sessions()[volumes_[mounted].session].remote) {
    return Failure{remember(Win32Error::bad_netpath)};
  }
  const Mounted& way = volumes_[mounted];
  const ObjectId object = object_of(way.volume->root_hash(), Aspect::session, way.session);
  runtime::announce_named(OperationKind::network_change, object, AccessMode::write);
  return apart([&]() -> Result<Ok> {
    Request request(*way.volume, runtime::this_thread(), object);
    request.session = way.session;
    request.replace = reachable;
    request.footprint.session(way.session, AccessMode::write);
    const Hash128 before = way.volume->fingerprint();
    serve(way, serve_request<change_network>, request);
    complete_event(request, before);
    describe_event(request, reachable ? "up" : "down");
    if (request.count != 0 && runtime::in_program()) {
      request.reaper = this;
      request.mounted = static_cast<std::uint8_t>(mounted);
    }
    remember(Win32Error::success);
    return Ok{};
  });
}

}  // namespace sim::vfs
