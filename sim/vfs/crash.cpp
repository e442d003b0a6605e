#include <algorithm>
#include <map>

#include "vfs/call.hpp"

/// Crashes: of a machine, which lose what was not flushed, and of a process, which lose its handles.
namespace sim::vfs {
namespace {

/// Explores how many of the last changes of names are lost: any number of operations, last first. Sets the number of
/// the first one that is.
void choose_lost_names(Request& request) {
  const Volume& volume = request.volume;
  request.first_lost = volume.unforced_count();
  if (request.first_lost == 0) return;
  const auto changes = volume.unforced();
  const auto operations =
      std::count_if(changes.begin(), changes.end(), [](const auto& change) { return !change.joined; });
  const std::uint32_t lost = runtime::choose(static_cast<std::uint32_t>(operations) + 1);
  request.chosen = true;
  for (std::uint32_t left = lost; left != 0; --left) {
    do --request.first_lost;
    while (changes[request.first_lost].joined);
  }
  if (runtime::recording()) {
    const std::string last = lost == 0 ? "" : "last ";
    runtime::set_text("names: " + last + std::to_string(lost) + " of " + std::to_string(operations) + " changes lost");
  }
}

/// Explores how much of each change of one file reached the disk.
void choose_survivors(Request& request, const Node& file, std::vector<std::uint64_t>& survives) {
  if (file.unflushed == nullptr) return;
  for (const UnflushedChange& change : file.unflushed->changes) {
    if (change.certain) {
      survives.push_back(Volume::all_of_it);
      continue;
    }
    const bool tears = request.volume.durability() == Durability::torn && change.data.size() > 1;
    const std::uint64_t kept[] = {0, Volume::all_of_it, change.data.size() / 2};
    survives.push_back(kept[runtime::choose(tears ? 3 : 2)]);
    request.chosen = true;
  }
}

/// The files that there are behind the power loss, in order of their names then.
std::vector<const Node*> surviving_files(const Request& request) {
  const auto in_order = [](std::string_view a, std::string_view b) { return compare_paths(a, b) < 0; };
  const Volume& volume = request.volume;
  std::map<std::string_view, const Node*, decltype(in_order)> files;
  for (const NodeId id : volume.in_order()) files.emplace(volume.node(id).path, &volume.node(id));
  const auto lost = volume.unforced().subspan(request.first_lost);
  for (auto change = lost.rbegin(); change != lost.rend(); ++change) {
    if (change->kind == NameChange::Kind::attribute) continue;
    const Node* file = change->removed.get();
    if (file == nullptr) {
      const auto found = files.find(change->path);
      file = found->second;
      files.erase(found);
    }
    if (change->kind == NameChange::Kind::removal) files.emplace(file->path, file);
    if (change->kind == NameChange::Kind::rename) files.emplace(change->before, file);
  }
  std::vector<const Node*> sorted;
  for (const auto& [path, file] : files) sorted.push_back(file);
  return sorted;
}

/// Explores that of all files, in order of names. The number of ways is the product over the changes: programs should
/// flush, or write little, before they crash.
std::vector<std::uint64_t> choose_survivors(Request& request) {
  std::vector<std::uint64_t> survives;
  const Volume& volume = request.volume;
  if (volume.keeps_names()) {
    for (const Node* file : surviving_files(request)) choose_survivors(request, *file, survives);
  } else {
    for (const NodeId id : volume.in_order()) choose_survivors(request, volume.node(id), survives);
  }
  return survives;
}

}  // namespace

Result<Ok> FileSystem::lose_power(std::string_view root) {
  const std::uint32_t mounted = find_mounted(root);
  if (mounted == no_volume) return Failure{remember(Win32Error::path_not_found)};
  const Mounted& way = volumes_[mounted];
  const ObjectId object = object_of(way.volume->root_hash(), Aspect::entry);
  runtime::announce_named(OperationKind::power_loss, object, AccessMode::write);
  return apart([&]() -> Result<Ok> {
    Request request(*way.volume, runtime::this_thread(), object);
    request.footprint.name_volume();
    choose_lost_names(request);
    const std::vector<std::uint64_t> survives = choose_survivors(request);
    request.survives = survives;
    const Hash128 before = way.volume->fingerprint();
    serve(way, serve_request<restart_volume>, request);
    complete_event(request, before);
    if (!request.chosen) describe_event(request, "");
    remember(Win32Error::success);
    return Ok{};
  });
}

// Part of the transition in which the process crashes, which is ordered with all that its threads did: so only what
// others see of the handles is to be touched, and that they are closed by no thread of their own says so.
void FileSystem::process_ended(runtime::EndHook& hook, const runtime::Ended& what) {
  if (!what.is_process) return;  // Handles belong to the process, not to the thread.
  const FileSystem& files = *static_cast<HandleHook&>(hook).files;
  for (const Mounted& way : files.volumes_) {
    if (way.session != 0) continue;
    Request request(*way.volume, server_thread, no_object);
    request.threads = what.threads;
    for (const Open& open : way.volume->opens()) {
      if (open.thread < max_threads && runtime::process_of(open.thread) == what.process) {
        request.threads |= std::uint64_t{1} << open.thread;
      }
    }
    const Hash128 before = way.volume->fingerprint();
    runtime::serve_inline(way.server, serve_request<close_handles>, &request);
    report_change(*way.volume, before);
  }
}

Result<Ok> FileSystem::close_handles_of(std::span<const ThreadId> threads) {
  if (volumes_.empty()) return Ok{};
  std::uint64_t owners = 0;
  for (const ThreadId thread : threads) owners |= std::uint64_t{1} << thread;
  const ObjectId object = object_of(volumes_[0].volume->root_hash(), Aspect::entry);
  runtime::announce_named(OperationKind::handles_close, object, AccessMode::write);
  return apart([&]() -> Result<Ok> {
    Request(*volumes_[0].volume, runtime::this_thread(), object).footprint.name_volume();
    std::size_t count = 0;
    for (const Mounted& way : volumes_) {
      if (way.session != 0) continue;
      Request request(*way.volume, runtime::this_thread(), object);
      request.threads = owners;
      request.footprint.everything();
      const Hash128 before = way.volume->fingerprint();
      serve(way, serve_request<close_handles>, request);
      request.count += count;
      count = request.count;
      complete_event(request, before);
      if (runtime::recording()) describe_event(request, "", std::to_string(count) + " closed");
    }
    remember(Win32Error::success);
    return Ok{};
  });
}

}  // namespace sim::vfs
