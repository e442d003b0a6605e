#include "vfs/call.hpp"

/// The calls on open files, and enumeration.
namespace sim::vfs {
namespace {

ObjectId members_object(const Volume& volume, std::string_view pattern) {
  return object_of(hash_path(volume.root_hash(), pattern).parent, Aspect::members);
}

/// The object to announce for an operation on an open file. It must not depend on when the thread arrived here, as a
/// pending operation is part of the state: so the name of another thread's handle, which that thread may close or not
/// have opened yet, and the file's identity rather than its present path. The footprint tells what was really touched.
ObjectId file_object(const Volume& volume, Handle handle, Aspect aspect, std::uint32_t detail = 0) {
  const bool own = handle.thread == runtime::this_thread();
  const Open* open = own ? volume.find_open(handle.thread, handle.index) : nullptr;
  if (open == nullptr || open->node >= root_node)
    return object_of(volume.root_hash(), Aspect::slot, slot_of(handle.thread, handle.index));
  return object_of(volume.node(open->node).identity, aspect, detail);
}

}  // namespace

/// Where an open file lies; fails for a handle that never was.
FileSystem::Place FileSystem::locate(Handle file) {
  if (file.volume < volumes_.size()) return {file.volume, Win32Error::success, {}};
  return {0, remember(Win32Error::invalid_handle), {}};
}

Result<std::size_t> FileSystem::read(Handle file, std::uint64_t offset, std::span<std::byte> out) {
  const Place place = locate(file);
  if (place.error != Win32Error::success) return Failure{place.error};
  Volume& volume = *volumes_[file.volume].volume;
  const ObjectId object = file_object(volume, file, Aspect::content, block_of(offset));
  runtime::announce_named(OperationKind::file_read, object, AccessMode::read);
  return apart([&]() -> Result<std::size_t> {
    Request request(volume, runtime::this_thread(), object);
    request.handle = file;
    request.offset = offset;
    request.out = out;
    const bool succeeded = perform<read_file>(request, place);
    if (runtime::recording()) describe_event(request, "at " + std::to_string(offset), std::to_string(request.count));
    if (!succeeded) return Failure{request.error};
    return request.count;
  });
}

Result<std::size_t> FileSystem::write(Handle file, std::uint64_t offset, std::span<const std::byte> data) {
  const Place place = locate(file);
  if (place.error != Win32Error::success) return Failure{place.error};
  Volume& volume = *volumes_[file.volume].volume;
  const ObjectId object = file_object(volume, file, Aspect::content, block_of(offset));
  runtime::announce_named(OperationKind::file_write, object, AccessMode::write);
  return apart([&]() -> Result<std::size_t> {
    Request request(volume, runtime::this_thread(), object);
    request.handle = file;
    request.offset = offset;
    request.data = data;
    const bool succeeded = perform<write_file>(request, place);
    if (runtime::recording()) describe_event(request, "at " + std::to_string(offset), std::to_string(request.count));
    if (!succeeded) return Failure{request.error};
    return request.count;
  });
}

template <void (*operation)(Request&)>
Result<Ok> FileSystem::perform_on_handle(const Place& place, OperationKind kind, ObjectId object, Handle file,
                                         std::uint64_t offset) {
  runtime::announce_named(kind, object, AccessMode::write);
  return apart([&]() -> Result<Ok> {
    Request request(*volumes_[place.volume].volume, runtime::this_thread(), object);
    request.handle = file;
    request.offset = offset;
    const bool succeeded = perform<operation>(request, place);
    describe_event(request, "");
    if (!succeeded) return Failure{request.error};
    return Ok{};
  });
}

Result<Ok> FileSystem::set_end(Handle file, std::uint64_t size) {
  const Place place = locate(file);
  if (place.error != Win32Error::success) return Failure{place.error};
  const ObjectId object = file_object(*volumes_[file.volume].volume, file, Aspect::size);
  return perform_on_handle<set_file_end>(place, OperationKind::file_set_end, object, file, size);
}

Result<Ok> FileSystem::close(Handle file) {
  const Place place = locate(file);
  if (place.error != Win32Error::success) return Failure{place.error};
  const ObjectId object = file_object(*volumes_[file.volume].volume, file, Aspect::handles);
  return perform_on_handle<close_file>(place, OperationKind::file_close, object, file, 0);
}

Result<Ok> FileSystem::flush(Handle file) {
  const Place place = locate(file);
  if (place.error != Win32Error::success) return Failure{place.error};
  const ObjectId object = file_object(*volumes_[file.volume].volume, file, Aspect::durable);
  return perform_on_handle<flush_file>(place, OperationKind::file_flush, object, file, 0);
}

Result<Ok> FileSystem::lock(Handle file, std::uint64_t offset, std::uint64_t length, bool exclusive) {
  return perform_lock(file, offset, length, exclusive, false);
}

Result<Ok> FileSystem::unlock(Handle file, std::uint64_t offset, std::uint64_t length) {
  return perform_lock(file, offset, length, false, true);
}

Result<Ok> FileSystem::perform_lock(Handle file, std::uint64_t offset, std::uint64_t length, bool exclusive,
                                    bool unlock) {
  const Place place = locate(file);
  if (place.error != Win32Error::success) return Failure{place.error};
  Volume& volume = *volumes_[file.volume].volume;
  const ObjectId object = file_object(volume, file, Aspect::content, block_of(offset));
  runtime::announce_named(unlock ? OperationKind::file_unlock : OperationKind::file_lock, object, AccessMode::write);
  return apart([&]() -> Result<Ok> {
    Request request(volume, runtime::this_thread(), object);
    request.handle = file;
    request.offset = offset;
    request.length = length;
    request.exclusive = exclusive;
    const bool succeeded = unlock ? perform<unlock_range>(request, place) : perform<lock_range>(request, place);
    if (runtime::recording()) {
      const std::string range = std::to_string(length) + " at " + std::to_string(offset);
      describe_event(request, unlock ? range : (exclusive ? "exclusive " : "shared ") + range);
    }
    if (!succeeded) return Failure{request.error};
    return Ok{};
  });
}

Result<Ok> FileSystem::rename_by_handle(Handle file, std::string_view to, bool replace) {
  const Place place = locate(file);
  if (place.error != Win32Error::success) return Failure{place.error};
  const ObjectId object = file_object(*volumes_[file.volume].volume, file, Aspect::entry);
  return perform_rename<rename_open_file>(place, object, file, to, replace);
}

// ---- enumeration --------------------------------------------------------------------------------

Result<Find> FileSystem::find_first(std::string_view pattern) {
  const Place place = locate(pattern);
  if (place.error != Win32Error::success) return Failure{place.error};
  Volume& volume = *volumes_[place.volume].volume;
  const ObjectId object = members_object(volume, place.path);
  runtime::announce_named(OperationKind::find_first, object, AccessMode::read);
  return apart([&]() -> Result<Find> {
    Request request(volume, runtime::this_thread(), object);
    request.path = place.path;
    const bool succeeded = perform<first_name>(request, place);
    describe_event(request, place.path);
    if (!succeeded) return Failure{request.error};
    return Find(place.volume, place.path);
  });
}

std::optional<Entry> FileSystem::find_next(Find& find) {
  const Place place{static_cast<std::uint32_t>(find.volume_), Win32Error::success, find.pattern_};
  Volume& volume = *volumes_[place.volume].volume;
  const ObjectId object = members_object(volume, place.path);
  runtime::announce_named(OperationKind::find_next, object, AccessMode::read);
  return apart([&]() -> std::optional<Entry> {
    char name[max_name];
    Request request(volume, runtime::this_thread(), object);
    request.path = place.path;
    request.last = find.last_;
    request.name = name;
    const bool found = perform<next_name>(request, place);
    if (!found) {
      if (runtime::recording() && request.error == Win32Error::no_more_files) {
        runtime::set_text("-> none");
      } else {
        describe_event(request, "");
      }
      return std::nullopt;
    }
    const std::string_view returned(name, request.name_size);
    set_event_value(request, hash_bytes(name, request.name_size).low & 0xffffffff);
    describe_event(request, "", returned);
    find.last_.assign(returned);
    return Entry{std::string(returned), request.attributes};
  });
}

}  // namespace sim::vfs
