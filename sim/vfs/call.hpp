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

/// The part of it that says how the volume has changed.
void report_change(const Volume& volume, const Hash128& before);

/// Describes the running event for people: what was asked for, and the answer, "ok" if there was nothing to return.
void describe_event(const Request& request, std::string_view what, std::string_view answer = "ok");

[[noreturn]] void refuse_foreign_filesystem();

/// The event's value, unless a choice took its place.
void set_event_value(const Request& request, std::uint64_t value);

/// The faults that may strike an operation. Where an operation that only looks fails, it does not matter whether before
/// or behind it; closing always succeeds, and the server learns of it or reaps.
constexpr Fault faults_of(void (*operation)(Request&)) {
  if (operation == write_file || operation == set_file_end) {
    return Fault::disk_full | Fault::drop_before | Fault::drop_after;
  }
  if (operation == rename_open_file) return Fault::rename_fails | Fault::drop_before | Fault::drop_after;
  if (operation == move_name) return Fault::rename_fails | Fault::unreachable | Fault::drop_before | Fault::drop_after;
  if (operation == lock_range || operation == unlock_range || operation == flush_file)
    return Fault::drop_before | Fault::drop_after;
  if (operation == read_file) return Fault::drop_before;
  if (operation == empty_watch) return Fault::watch_overflow;
  if (operation == get_attributes || operation == first_name || operation == next_name)
    return Fault::unreachable | Fault::drop_before;
  const bool changes = operation == open_file || operation == open_watch || operation == delete_name ||
                       operation == make_directory || operation == remove_empty_directory ||
                       operation == put_attributes;
  return changes ? Fault::unreachable | Fault::drop_before | Fault::drop_after : Fault::none;
}

/// Explores whether one of `possible` strikes the request, and says which.
Fault meet_fault(Request& request, Fault possible, const FaultOptions& options);
std::string_view describe_fault(const Request& request);

/// Returns whether the request succeeded.
template <void (*operation)(Request&)>
bool FileSystem::perform(Request& request, const Place& place) {
  const Mounted& mounted = volumes_[place.volume];
  if (mounted.server == runtime::no_server && runtime::in_program()) refuse_foreign_filesystem();
  const Hash128 before = request.volume.fingerprint();
  request.session = mounted.session;
  if (mounted.plain) {
    serve(mounted, serve_request<operation>, request);
  } else {
    perform_with_faults(request, place.volume, faults_of(operation), serve_request<operation>);
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
