#include "vfs/call.hpp"

/// Watches, as the program sees them.
namespace sim::vfs {
namespace {

/// What a stopped reader waits for.
struct Awaited {
  Volume* volume;
  std::uint64_t slot;
};

bool has_news(const void* argument) {
  const auto& it = *static_cast<const Awaited*>(argument);
  const WatchState* watch = it.volume->find_watch(static_cast<std::uint8_t>(it.slot >> 16 & 0xff),
                                                  static_cast<std::uint16_t>(it.slot & 0xffff));
  return watch == nullptr || watch->overflowed || !watch->notices.empty();
}

std::string to_text(const std::vector<Notice>& notices) {
  static constexpr std::string_view signs[] = {"", "+", "-", "~", "<", ">"};
  std::string text;
  for (const Notice& notice : notices) {
    if (!text.empty()) text += " ";
    text.append(signs[static_cast<std::size_t>(notice.change)]).append(notice.name);
  }
  return text.empty() ? "overflow" : text;
}

}  // namespace

Result<Watch> FileSystem::watch(std::string_view directory, WatchOptions options) {
  const Place place = locate(directory);
  if (place.error != Win32Error::success) return Failure{place.error};
  Volume& volume = *volumes_[place.volume].volume;
  const ObjectId object = object_of(hash_path(volume.root_hash(), place.path).whole, Aspect::members);
  runtime::announce_named(OperationKind::watch_open, object, AccessMode::read);
  return apart([&]() -> Result<Watch> {
    Request request(volume, runtime::this_thread(), object);
    request.path = place.path;
    request.subtree = options.subtree;
    request.modifications = options.modifications;
    request.capacity = options.capacity == 0 ? 1 : options.capacity;
    const bool succeeded = perform<open_watch>(request, place);
    describe_event(request, "");
    if (!succeeded) return Failure{request.error};
    request.handle.volume = static_cast<std::uint8_t>(place.volume);
    return Watch(request.handle);
  });
}

Result<std::vector<Notice>> FileSystem::read_changes(Watch watch) {
  return fetch(watch, -1);
}

Result<std::vector<Notice>> FileSystem::fetch(Watch watch, std::int64_t nanoseconds) {
  const Handle handle = watch.handle_;
  const Place place = locate(handle);
  if (place.error != Win32Error::success) return Failure{place.error};
  Volume& volume = *volumes_[handle.volume].volume;
  const std::uint32_t slot = slot_of(handle.thread, handle.index);
  const ObjectId object = object_of(volume.root_hash(), Aspect::watch, slot);
  const Awaited awaited{&volume, slot};
  if (nanoseconds < 0) {
    runtime::announce_blocking_named(OperationKind::watch_read, object, AccessMode::write, has_news, &awaited,
                                     Synchronization::both);
  } else if (!runtime::announce_timed(OperationKind::watch_read, object, AccessMode::write, has_news, &awaited,
                                      nanoseconds, Synchronization::both)) {
    if (runtime::recording()) runtime::set_text("-> timed out");
    return Failure{remember(Win32Error::wait_timeout)};
  }
  return apart([&]() -> Result<std::vector<Notice>> {
    Request request(volume, runtime::this_thread(), object);
    request.handle = handle;
    // Copied here, into memory of the caller and not of the volume.
    std::vector<Notice> notices;
    if (const WatchState* state = volume.find_watch(handle.thread, handle.index)) {
      for (const PendingNotice& pending : state->notices) notices.push_back({pending.change, pending.name});
    }
    const bool succeeded = perform<empty_watch>(request, place);
    if (request.fault == Fault::watch_overflow) notices.clear();
    if (runtime::recording()) describe_event(request, "", to_text(notices));
    if (!succeeded) return Failure{request.error};
    for (const Notice& notice : notices) {
      runtime::learned(hash_bytes(notice.name.data(), notice.name.size()).low + static_cast<unsigned>(notice.change));
    }
    return notices;
  });
}

}  // namespace sim::vfs
