#include "vfs/file_system.hpp"

#include "vfs/call.hpp"

/// Volumes, and the calls on paths.
namespace sim::vfs {

namespace {

constexpr std::size_t max_volumes = 0xff;

ObjectId entry_object(const Volume& volume, std::string_view path) {
  return object_of(hash_path(volume.root_hash(), path).whole, Aspect::entry);
}

bool is_drive(std::string_view root) {
  const auto letter = root.empty() ? '\0' : fold(root[0]);
  return root.size() == 2 && letter >= 'A' && letter <= 'Z' && root[1] == ':';
}

bool is_unc(std::string_view path) {
  return path.size() >= 2 && is_separator(path[0]) && is_separator(path[1]);
}

/// "\\SERVER\SHARE" and nothing behind it.
bool is_share(std::string_view root) {
  if (!is_unc(root)) return false;
  Path path;
  return path.parse(0, root.substr(2)) == Win32Error::success && !path.parent().empty() &&
         path.parent().find('\\') == std::string_view::npos && path.text().size() == root.size() - 2;
}

bool starts_with_root(std::string_view path, std::string_view root) {
  if (path.size() < root.size()) return false;
  for (std::size_t i = 0; i < root.size(); ++i) {
    if (fold(is_separator(path[i]) ? '\\' : path[i]) != fold(is_separator(root[i]) ? '\\' : root[i])) return false;
  }
  return path.size() == root.size() || is_separator(path[root.size()]);
}

std::string letters(std::uint32_t bits, std::string_view alphabet) {
  std::string text;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    if ((bits >> i & 1) != 0) text += alphabet[i];
  }
  return text.empty() ? "-" : text;
}

std::string_view to_text(Disposition disposition) {
  static constexpr std::string_view names[] = {"create_new", "create_always", "open_existing", "open_always",
                                               "truncate_existing"};
  return names[static_cast<std::size_t>(disposition)];
}

}  // namespace

// ---- volumes ------------------------------------------------------------------------------------

FileSystem::~FileSystem() {
  if (runtime::in_program() && !runtime::is_unwinding()) {
    for (ThreadId thread = 0; thread < max_threads; ++thread) {
      if ((reapers_ >> thread & 1) != 0) runtime::join(thread);
    }
  }
  if (runtime::in_program()) runtime::remove_end_hook(hook_);
  for (const Mounted& mounted : volumes_) {
    if (mounted.server != runtime::no_server && !runtime::in_program()) continue;  // Its memory is gone already.
    if (mounted.session != 0 || !mounted.owned) continue;
    runtime::set_server_fingerprint(mounted.server, nullptr);
    runtime::serve_inline(
        mounted.server, [](void* volume) { delete static_cast<Volume*>(volume); }, mounted.volume);
  }
}

std::uint32_t FileSystem::find_mounted(std::string_view root) const {
  for (std::size_t i = 0; i < volumes_.size(); ++i) {
    const std::string& other = volumes_[i].volume->sessions()[volumes_[i].session].root;
    if (other.size() == root.size() && starts_with_root(root, other)) return static_cast<std::uint32_t>(i);
  }
  return no_volume;
}

Win32Error FileSystem::why_not_mountable(std::string_view root) const {
  if ((!is_drive(root) && !is_share(root)) || volumes_.size() == max_volumes) return Win32Error::invalid_name;
  return find_mounted(root) == no_volume ? Win32Error::success : Win32Error::already_assigned;
}

Result<Ok> FileSystem::mount(std::string_view root, VolumeOptions options) {
  const Win32Error error = why_not_mountable(root);
  if (error != Win32Error::success) return Failure{remember(error)};
  struct Making {
    std::string_view root;
    std::uint64_t number;
    const VolumeOptions& options;
    Volume* volume;
  };
  const runtime::ServerId server = runtime::create_server(root, nullptr);
  Making making{root, server, options, nullptr};
  const auto make = [](void* argument) {
    auto& it = *static_cast<Making*>(argument);
    it.volume = new Volume(it.root, it.number, it.options.capacity_bytes);
    it.volume->add_session({std::string(it.root), it.options.remote, true, it.options.faults});
    it.volume->set_durability(it.options.durability);
    if (it.options.journal == Journal::lazy) it.volume->keep_names();
  };
  runtime::serve_inline(server, make, &making);
  runtime::add_end_hook(hook_);
  runtime::set_server_fingerprint(server, &making.volume->fingerprint());
  const bool plain = !options.remote && options.faults.kinds == Fault::none;
  volumes_.push_back({making.volume, server, 0, plain, true});
  return Ok{};
}

Result<Ok> FileSystem::mount_share(std::string_view root, std::string_view volume, ShareOptions options) {
  const Win32Error error = why_not_mountable(root);
  if (error != Win32Error::success) return Failure{remember(error)};
  const std::uint32_t shared = find_mounted(volume);
  if (shared == no_volume) return Failure{remember(Win32Error::path_not_found)};
  struct Adding {
    Volume& volume;
    std::string_view root;
    const ShareOptions& options;
  };
  const Mounted& of = volumes_[shared];
  Adding adding{*of.volume, root, options};
  const auto add = [](void* argument) {
    auto& it = *static_cast<Adding*>(argument);
    it.volume.add_session({std::string(it.root), it.options.remote, true, it.options.faults});
  };
  runtime::serve_inline(of.server, add, &adding);
  const auto session = static_cast<std::uint8_t>(of.volume->sessions().size() - 1);
  const bool plain = !options.remote && options.faults.kinds == Fault::none;
  volumes_.push_back({of.volume, of.server, session, plain, true});
  return Ok{};
}

Result<Ok> FileSystem::connect(const FileSystem& server, std::string_view root) {
  const Win32Error error = why_not_mountable(root);
  if (error != Win32Error::success) return Failure{remember(error)};
  const std::uint32_t shared = server.find_mounted(root);
  if (shared == no_volume) return Failure{remember(Win32Error::bad_netpath)};
  Mounted mounted = server.volumes_[shared];
  mounted.owned = false;
  volumes_.push_back(mounted);
  return Ok{};
}

Hash128 FileSystem::fingerprint() const {
  Hash128 sum;
  for (const Mounted& mounted : volumes_) {
    if (mounted.session != 0 || !mounted.owned) continue;
    sum = mix(mix(sum, mounted.volume->fingerprint().low), mounted.volume->fingerprint().high);
  }
  return sum;
}

// ---- the four steps -----------------------------------------------------------------------------

Win32Error FileSystem::last_error() const {
  return static_cast<Win32Error>(last_errors_[runtime::this_thread()]);
}

Win32Error FileSystem::remember(Win32Error error) {
  if (!evaluating()) last_errors_[runtime::this_thread()] = static_cast<std::uint16_t>(error);
  return error;
}

FileSystem::Place FileSystem::locate(std::string_view path) {
  for (std::size_t i = 0; i < volumes_.size(); ++i) {
    const std::string& root = volumes_[i].volume->sessions()[volumes_[i].session].root;
    if (starts_with_root(path, root))
      return {static_cast<std::uint32_t>(i), Win32Error::success, path.substr(root.size())};
  }
  return {0, remember(is_unc(path) ? Win32Error::bad_netpath : Win32Error::path_not_found), {}};
}

template <void (*operation)(Request&)>
Result<Ok> FileSystem::perform_on_path(std::string_view path, OperationKind kind, AccessMode mode,
                                       Attributes* attributes) {
  const Place place = locate(path);
  if (place.error != Win32Error::success) return Failure{place.error};
  Volume& volume = *volumes_[place.volume].volume;
  const ObjectId object = entry_object(volume, place.path);
  runtime::announce_named(kind, object, mode);
  return apart([&]() -> Result<Ok> {
    Request request(volume, runtime::this_thread(), object);
    request.path = place.path;
    if (attributes != nullptr) request.attributes = *attributes;
    const bool succeeded = perform<operation>(request, place);
    if (attributes != nullptr) *attributes = request.attributes;
    describe_event(request, "");
    if (!succeeded) return Failure{request.error};
    return Ok{};
  });
}

// ---- calls on paths -----------------------------------------------------------------------------

Result<Handle> FileSystem::create_file(std::string_view path, Access access, Share share, Disposition disposition,
                                       OpenFlags flags) {
  const Place place = locate(path);
  if (place.error != Win32Error::success) return Failure{place.error};
  Volume& volume = *volumes_[place.volume].volume;
  const ObjectId object = entry_object(volume, place.path);
  const bool opens = disposition == Disposition::open_existing || disposition == Disposition::truncate_existing;
  runtime::announce_named(OperationKind::file_open, object, opens ? AccessMode::read : AccessMode::write);
  return apart([&]() -> Result<Handle> {
    Request request(volume, runtime::this_thread(), object);
    request.path = place.path;
    request.access = access;
    request.share = share;
    request.disposition = disposition;
    request.flags = flags;
    const bool succeeded = perform<open_file>(request, place);
    if (runtime::recording()) {
      const std::string what = std::string(to_text(disposition)) + " " +
                               letters(static_cast<std::uint32_t>(access), "RWAXD") + " share " +
                               letters(static_cast<std::uint32_t>(share), "RWD");
      describe_event(request, what);
    }
    if (!succeeded) return Failure{request.error};
    if (request.existed && (disposition == Disposition::create_always || disposition == Disposition::open_always)) {
      remember(Win32Error::already_exists);
      set_event_value(request, static_cast<std::uint64_t>(Win32Error::already_exists));
    }
    request.handle.volume = static_cast<std::uint8_t>(place.volume);
    return request.handle;
  });
}

Result<Ok> FileSystem::delete_file(std::string_view path) {
  return perform_on_path<delete_name>(path, OperationKind::file_delete, AccessMode::write);
}

Result<Ok> FileSystem::create_directory(std::string_view path) {
  return perform_on_path<make_directory>(path, OperationKind::directory_create, AccessMode::write);
}

Result<Ok> FileSystem::remove_directory(std::string_view path) {
  return perform_on_path<remove_empty_directory>(path, OperationKind::directory_remove, AccessMode::write);
}

Result<Attributes> FileSystem::attributes(std::string_view path) {
  Attributes attributes;
  const auto result =
      perform_on_path<get_attributes>(path, OperationKind::file_attributes, AccessMode::read, &attributes);
  if (!result) return Failure{result.error()};
  return attributes;
}

Result<Ok> FileSystem::set_attributes(std::string_view path, Attributes attributes) {
  return perform_on_path<put_attributes>(path, OperationKind::file_set_attributes, AccessMode::write, &attributes);
}

Result<Ok> FileSystem::move_file(std::string_view from, std::string_view to, bool replace) {
  const Place place = locate(from);
  if (place.error != Win32Error::success) return Failure{place.error};
  const ObjectId object = entry_object(*volumes_[place.volume].volume, place.path);
  return perform_rename<move_name>(place, object, Handle{}, to, replace);
}

}  // namespace sim::vfs
