#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "runtime/program.hpp"
#include "vfs/file_system.hpp"
#include "vfs/request.hpp"

/// A call goes four steps: find the volume, stop at the scheduling point, let the volume's fiber perform the request,
/// and report what happened. The request exists only behind the scheduling point, in a frame of its own: what a stopped
/// thread keeps on its stack is part of the state.
namespace sim::vfs {

/// A volume, and a path as the caller spelled it within it; or the error that there is none. Without padding, because a
/// stopped thread has one on its stack, and stray bytes make equal states differ.
struct FileSystem::Place {
  std::uint32_t volume = 0;
  Win32Error error = Win32Error::success;
  std::string_view path;
};

/// Whether an await or an invariant asks. That must leave no trace: it is asked as often as the scheduler likes.
bool evaluating();

/// Calls `function` in a frame of its own.
template <class Function>
[[gnu::noinline]] auto apart(Function&& function) {
  return function();
}

template <void (*operation)(Request&)>
void serve_request(void* request) {
  operation(*static_cast<Request*>(request));
}

/// Tells the runtime how the running event ended. `before` is the volume's fingerprint as it was.
void complete_event(const Request& request, const Hash128& before);

/// Describes the running event for people: what was asked for, and the answer, "ok" if there was nothing to return.
void describe_event(const Request& request, std::string_view what, std::string_view answer = "ok");

[[noreturn]] void refuse_foreign_filesystem();

/// Returns whether the request succeeded.
template <void (*operation)(Request&)>
bool FileSystem::perform(Request& request, const Place& place) {
  const runtime::ServerId server = volumes_[place.volume].server;
  if (server == runtime::no_server && runtime::in_program()) refuse_foreign_filesystem();
  const Hash128 before = request.volume.fingerprint();
  if (options_.inline_serving) {
    runtime::serve_inline(server, serve_request<operation>, &request);
  } else {
    runtime::serve(server, serve_request<operation>, &request);
  }
  complete_event(request, before);
  // Win32 leaves last_error after a success to each function; here success clears it, lest old errors make states
  // differ.
  remember(request.error);
  return request.error == Win32Error::success;
}

template <void (*operation)(Request&)>
Result<Ok> FileSystem::perform_rename(const Place& place, ObjectId object, Handle file, std::string_view to,
                                      bool replace) {
  const Place target = locate(to);
  if (target.error != Win32Error::success) return Failure{target.error};
  if (target.volume != place.volume) return Failure{remember(Win32Error::not_same_device)};
  runtime::announce_named(OperationKind::file_move, object, AccessMode::write);
  return apart([&]() -> Result<Ok> {
    Request request(*volumes_[place.volume].volume, runtime::this_thread(), object);
    request.handle = file;
    request.path = place.path;
    request.target = target.path;
    request.replace = replace;
    const bool succeeded = perform<operation>(request, place);
    if (runtime::recording()) describe_event(request, "to " + std::string(to));
    if (!succeeded) return Failure{request.error};
    return Ok{};
  });
}

}  // namespace sim::vfs
