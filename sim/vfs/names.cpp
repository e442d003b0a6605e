#include "vfs/request.hpp"

/// Deleting, renaming, and directories.
namespace sim::vfs {
namespace {

/// Finds an existing name that can be used, and touches its entry; else no_node, with the error set.
NodeId existing(Request& request, const Path& path, AccessMode mode) {
  const NodeId id = request.volume.find(path.text(), path.hash().whole);
  if (id == no_node) {
    request.footprint.entry(path.text(), path.hash().whole, AccessMode::read);
    request.error = why_absent(request, path);
    return no_node;
  }
  if (request.volume.node(id).delete_pending) {
    request.footprint.entry(path.text(), path.hash().whole, AccessMode::read);
    request.error = Win32Error::access_denied;
    return no_node;
  }
  request.footprint.entry(path.text(), path.hash().whole, mode);
  return id;
}

/// Parses a path that must not be the root; false with the error set.
bool parse(Request& request, std::string_view spelled, Path& path) {
  request.error = path.parse(request.volume.root_hash(), spelled);
  if (request.error == Win32Error::success && path.is_root()) request.error = Win32Error::access_denied;
  return request.error == Win32Error::success;
}

/// Nodes inside a directory, as a range of in_order().
std::span<const NodeId> inside(const Volume& volume, std::string_view directory) {
  const auto order = volume.in_order();
  std::size_t begin = volume.first_not_before(directory);
  if (begin < order.size() && same_path(volume.node(order[begin]).path, directory)) ++begin;
  std::size_t end = begin;
  while (end < order.size() && lies_within(directory, volume.node(order[end]).path)) ++end;
  return order.subspan(begin, end - begin);
}

/// Whether what stands at `to` lets itself be replaced. Requires: somebody else than the one that is renamed.
bool makes_way(Request& request, NodeId source, NodeId target) {
  const Node& old = request.volume.node(target);
  request.footprint.entry(old.path, old.path_hash, request.replace ? AccessMode::write : AccessMode::read);
  const auto fail = [&](Win32Error error) {
    request.error = error;
    return false;
  };
  if (old.delete_pending) return fail(Win32Error::access_denied);
  if (!request.replace) return fail(Win32Error::already_exists);
  if (old.directory || old.read_only || request.volume.node(source).directory) return fail(Win32Error::access_denied);
  request.footprint.file(old, Aspect::handles, AccessMode::read);
  if (old.opens != 0) return fail(Win32Error::access_denied);
  remove_node(request, target);
  return true;
}

/// A directory moves with all that is in it, unless something is open there.
bool move_contents(Request& request, const std::string& from, std::string_view to) {
  Volume& volume = request.volume;
  const auto found = inside(volume, from);
  const std::vector<NodeId> nodes(found.begin(), found.end());
  request.footprint.members(from, hash_path(volume.root_hash(), from).whole, AccessMode::read);
  for (const NodeId id : nodes) {
    const Node& node = volume.node(id);
    if (node.directory) request.footprint.members(node.path, node.path_hash, AccessMode::read);
    request.footprint.file(node, Aspect::handles, AccessMode::read);
    if (node.opens == 0) continue;
    request.error = Win32Error::access_denied;
    return false;
  }
  for (const NodeId id : nodes) {
    const Node& node = volume.node(id);
    std::string moved = std::string(to) + node.path.substr(from.size());
    const PathHash hash = hash_path(volume.root_hash(), moved);
    request.footprint.entry(node.path, node.path_hash, AccessMode::write);
    request.footprint.members(parent_of(node.path), parent_hash(volume, node), AccessMode::add);
    request.footprint.entry(moved, hash.whole, AccessMode::write);
    request.footprint.members(parent_of(moved), hash.parent, AccessMode::add);
    volume.rename(id, moved, hash.whole, true);
  }
  return true;
}

/// Renames a node. `own_handles` of its handles belong to whoever renames it.
void rename_node(Request& request, NodeId id, const Path& to, unsigned own_handles) {
  Volume& volume = request.volume;
  const Node& node = volume.node(id);
  const std::string from = node.path;
  const std::size_t unforced = volume.unforced_count();
  const std::uint64_t from_parent = parent_hash(volume, node);
  request.footprint.entry(from, node.path_hash, AccessMode::write);
  if (node.directory && node.opens != 0) {  // Somebody watches it.
    request.footprint.file(node, Aspect::handles, AccessMode::read);
    request.error = Win32Error::sharing_violation;
    return;
  }
  if (node.directory && lies_within(from, to.text())) {
    request.error = Win32Error::access_denied;
    return;
  }
  const NodeId target = volume.find(to.text(), to.hash().whole);
  if (target == no_node) {
    request.footprint.entry(to.text(), to.hash().whole, AccessMode::write);
    const Win32Error error = why_absent(request, to);
    if (error == Win32Error::path_not_found) {
      request.error = error;
      return;
    }
  } else if (target != id && !makes_way(request, id, target)) {
    return;
  }
  if (node.directory && target != id && !move_contents(request, from, to.text())) return;
  request.footprint.file(node, Aspect::handles, AccessMode::read);
  request.footprint.members(parent_of(from), from_parent, AccessMode::add);
  request.footprint.members(to.parent(), to.hash().parent, AccessMode::add);
  request.footprint.journal(AccessMode::write);
  const bool stays = from_parent == to.hash().parent;
  note_change(request, stays ? Change::renamed_old_name : Change::removed, from, from_parent);
  note_change(request, stays ? Change::renamed_new_name : Change::added, to.text(), to.hash().parent);
  volume.rename(id, to.text(), to.hash().whole, node.opens == own_handles);
  volume.join_unforced(unforced);
}

}  // namespace

Win32Error why_absent(Request& request, const Path& path) {
  if (path.parent().empty()) return Win32Error::file_not_found;
  request.footprint.entry(path.parent(), path.hash().parent, AccessMode::read);
  const NodeId parent = request.volume.find(path.parent(), path.hash().parent);
  const bool there = parent != no_node && request.volume.node(parent).directory;
  return there ? Win32Error::file_not_found : Win32Error::path_not_found;
}

std::string_view parent_of(std::string_view path) {
  const std::size_t separator = path.rfind('\\');
  return separator == std::string_view::npos ? std::string_view{} : path.substr(0, separator);
}

std::uint64_t parent_hash(const Volume& volume, const Node& node) {
  return hash_path(volume.root_hash(), node.path).parent;
}

void remove_node(Request& request, NodeId id) {
  Volume& volume = request.volume;
  const Node& node = volume.node(id);
  request.footprint.entry(node.path, node.path_hash, AccessMode::write);
  request.footprint.members(parent_of(node.path), parent_hash(volume, node), AccessMode::add);
  if (node.content.size() != 0) request.footprint.space(AccessMode::add);
  request.footprint.journal(AccessMode::write);
  note_change(request, Change::removed, node.path, parent_hash(volume, node));
  volume.remove(id);
}

void delete_name(Request& request) {
  Path path;
  if (!parse(request, request.path, path)) return;
  const NodeId id = existing(request, path, AccessMode::read);
  if (id == no_node) return;
  const Node& node = request.volume.node(id);
  if (node.directory || node.read_only) {
    request.error = Win32Error::access_denied;
    return;
  }
  if (!sharing_allows(request, id, Access::remove, Access::none, share_all)) {
    request.error = Win32Error::sharing_violation;
    return;
  }
  request.footprint.file(node, Aspect::handles, AccessMode::read);
  if (node.opens == 0) {
    remove_node(request, id);
  } else {
    request.footprint.entry(node.path, node.path_hash, AccessMode::write);
    request.volume.set_delete_pending(id);
  }
}

void move_name(Request& request) {
  Path from, to;
  if (!parse(request, request.path, from) || !parse(request, request.target, to)) return;
  const NodeId id = existing(request, from, AccessMode::read);
  if (id == no_node) return;
  if (!sharing_allows(request, id, Access::remove, Access::none, share_all)) {
    request.error = Win32Error::sharing_violation;
    return;
  }
  rename_node(request, id, to, 0);
}

void rename_open_file(Request& request) {
  Path to;
  if (!parse(request, request.target, to)) {
    request.footprint.slot(request.handle.thread, request.handle.index, AccessMode::read);
    return;
  }
  const Open* open = use_handle(request, Access::remove);
  if (open == nullptr) return;
  const NodeId id = open->node;
  const Node& file = request.volume.node(id);
  // The file may get a new identity: then all users of the handle must know.
  request.footprint.slot(request.handle.thread, request.handle.index, AccessMode::write);
  if (file.delete_pending) {
    request.footprint.entry(file.path, file.path_hash, AccessMode::read);
    request.error = Win32Error::access_denied;
    return;
  }
  const bool write_through = open->write_through;
  rename_node(request, id, to, open->thread == request.thread ? 1 : 0);
  if (write_through && request.error == Win32Error::success) force_names(request);
}

void make_directory(Request& request) {
  Path path;
  if (!parse(request, request.path, path)) return;
  const NodeId id = request.volume.find(path.text(), path.hash().whole);
  if (id != no_node) {
    request.footprint.entry(path.text(), path.hash().whole, AccessMode::read);
    const bool pending = request.volume.node(id).delete_pending;
    request.error = pending ? Win32Error::access_denied : Win32Error::already_exists;
    return;
  }
  const Win32Error error = why_absent(request, path);
  const bool parent_missing = error == Win32Error::path_not_found;
  request.footprint.entry(path.text(), path.hash().whole, parent_missing ? AccessMode::read : AccessMode::write);
  if (parent_missing) {
    request.error = error;
    return;
  }
  request.footprint.members(path.parent(), path.hash().parent, AccessMode::add);
  request.footprint.journal(AccessMode::write);
  note_change(request, Change::added, path.text(), path.hash().parent);
  request.volume.create(path.text(), path.hash().whole, true);
}

void remove_empty_directory(Request& request) {
  Path path;
  if (!parse(request, request.path, path)) return;
  const NodeId id = existing(request, path, AccessMode::read);
  if (id == no_node) return;
  const Node& node = request.volume.node(id);
  if (!node.directory || node.read_only) {
    request.error = node.directory ? Win32Error::access_denied : Win32Error::directory;
    return;
  }
  request.footprint.members(path.text(), path.hash().whole, AccessMode::read);
  if (!inside(request.volume, path.text()).empty()) {
    request.error = Win32Error::dir_not_empty;
    return;
  }
  request.footprint.file(node, Aspect::handles, AccessMode::read);
  if (node.opens != 0) {  // Somebody watches it.
    request.error = Win32Error::sharing_violation;
    return;
  }
  remove_node(request, id);
}

}  // namespace sim::vfs
