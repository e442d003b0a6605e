#include <algorithm>

#include "vfs/request.hpp"

/// Watches: what ReadDirectoryChangesW tells of a directory.
///
/// A change reaches the watch in the transition that makes it. When its notice is *fetched* is the scheduler's choice,
/// so that a late delivery, and a fetch between two changes or behind both, are explored without a transition of their
/// own.
///
/// A watch looks at names as an enumeration does: it reads the members of its directory, to which everything that it
/// would tell adds, when it begins and when it ends. In between those changes also touch the watch, which orders them.
/// Changes of contents add to nothing that a directory has; a watch that wants them is ordered with everything.
namespace sim::vfs {
namespace {

bool sees(const WatchState& watch, std::string_view path, std::uint64_t parent_hash) {
  if (watch.subtree) return lies_within(watch.directory, path);
  return watch.directory_hash == parent_hash && same_path(watch.directory, parent_of(path));
}

void tell(Request& request, const WatchState& watch, Change change, std::string_view path) {
  request.footprint.watch(watch.thread, watch.index, AccessMode::write);
  const std::size_t skip = watch.directory.empty() ? 0 : watch.directory.size() + 1;
  request.volume.notify(*request.volume.find_watch(watch.thread, watch.index), change, path.substr(skip));
}

/// What beginning and ending touch, so that no change overtakes them.
void touch_watched(Request& request, const WatchState& watch) {
  if (watch.subtree || watch.modifications) return request.footprint.everything();
  request.footprint.members(watch.directory, watch.directory_hash, AccessMode::read);
}

}  // namespace

void note_change(Request& request, Change change, std::string_view path, std::uint64_t parent_hash) {
  for (const WatchState& watch : request.volume.watches()) {
    if (sees(watch, path, parent_hash)) tell(request, watch, change, path);
  }
}

void note_modified(Request& request, const Node& file) {
  if (request.volume.watches().empty()) return;
  const std::uint64_t parent = parent_hash(request.volume, file);
  for (const WatchState& watch : request.volume.watches()) {
    if (watch.modifications && sees(watch, file.path, parent)) tell(request, watch, Change::modified, file.path);
  }
}

void open_watch(Request& request) {
  Path path;
  request.error = path.parse(request.volume.root_hash(), request.path);
  if (request.error != Win32Error::success) return;
  NodeId id = root_node;
  if (!path.is_root()) {
    id = request.volume.find(path.text(), path.hash().whole);
    request.footprint.entry(path.text(), path.hash().whole, AccessMode::read);
    if (id == no_node) {
      request.error = why_absent(request, path);
      return;
    }
    const Node& node = request.volume.node(id);
    if (node.delete_pending || !node.directory) {
      request.error = node.delete_pending ? Win32Error::access_denied : Win32Error::directory;
      return;
    }
    request.footprint.file(node, Aspect::handles, AccessMode::add);
  }
  give_handle(request, id);
  WatchState watch{request.handle.thread, request.subtree,          request.modifications, false, request.handle.index,
                   request.capacity,      std::string(path.text()), path.hash().whole,     {}};
  touch_watched(request, watch);
  request.footprint.watch(watch.thread, watch.index, AccessMode::write);
  request.volume.add_watch(std::move(watch));
}

void release_watch(Request& request, const Open& open) {
  const WatchState& watch = *request.volume.find_watch(open.thread, open.index);
  request.footprint.watch(open.thread, open.index, AccessMode::write);
  touch_watched(request, watch);
  // Its directory can be renamed and removed again.
  const std::string_view directory = watch.directory;
  if (!directory.empty()) request.footprint.entry(directory, watch.directory_hash, AccessMode::write);
}

void empty_watch(Request& request) {
  request.footprint.watch(request.handle.thread, request.handle.index, AccessMode::write);
  WatchState* const watch = request.volume.find_watch(request.handle.thread, request.handle.index);
  if (watch == nullptr) {  // Perhaps closed, or its session dropped, while the caller waited.
    request.footprint.slot(request.handle.thread, request.handle.index, AccessMode::read);
    const Open* open = request.volume.find_open(request.handle.thread, request.handle.index);
    const bool dropped = open != nullptr && open->node == no_node;
    request.error = dropped ? Win32Error::netname_deleted : Win32Error::invalid_handle;
    return;
  }
  request.count = watch->notices.size();
  request.volume.take_notices(*watch);
}

}  // namespace sim::vfs
