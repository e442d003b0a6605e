#include <algorithm>

#include "vfs/request.hpp"

/// Attributes and enumeration.
namespace sim::vfs {
namespace {

Attributes attributes_of(Request& request, const Node& node) {
  if (!node.directory) request.footprint.file(node, Aspect::size, AccessMode::read);
  return {node.read_only, node.directory, node.content.size()};
}

/// The first name in the pattern's directory that matches and follows `last`; no_node if there is none.
NodeId next_match(const Volume& volume, const Path& pattern, std::string_view last) {
  const std::string_view directory = pattern.parent();
  char after[max_path + max_name + 1];
  char* end = std::copy(directory.begin(), directory.end(), after);
  if (!directory.empty() && !last.empty()) *end++ = '\\';
  end = std::copy(last.begin(), last.end(), end);
  const std::string_view key(after, static_cast<std::size_t>(end - after));

  const auto order = volume.in_order();
  std::size_t i = volume.first_not_before(key);
  if (i < order.size() && same_path(volume.node(order[i]).path, key)) ++i;  // The directory itself, or the last name.
  for (; i < order.size(); ++i) {
    const std::string& path = volume.node(order[i]).path;
    if (!lies_within(directory, path)) break;
    const std::string_view name = std::string_view(path).substr(directory.empty() ? 0 : directory.size() + 1);
    if (name.find('\\') == std::string_view::npos && matches(pattern.name(), name)) return order[i];
  }
  return no_node;
}

/// Parses a path that attributes can be asked of; false with the error set. The root has no node.
bool find_for_attributes(Request& request, Path& path, NodeId& id) {
  request.error = path.parse(request.volume.root_hash(), request.path);
  id = no_node;
  if (request.error != Win32Error::success || path.is_root()) return request.error == Win32Error::success;
  id = request.volume.find(path.text(), path.hash().whole);
  if (id != no_node && !request.volume.node(id).delete_pending) return true;
  request.footprint.entry(path.text(), path.hash().whole, AccessMode::read);
  request.error = id == no_node ? why_absent(request, path) : Win32Error::access_denied;
  return false;
}

}  // namespace

void get_attributes(Request& request) {
  Path path;
  NodeId id;
  if (!find_for_attributes(request, path, id)) return;
  request.attributes = {false, true, 0};
  if (id == no_node) return;
  request.footprint.entry(path.text(), path.hash().whole, AccessMode::read);
  request.attributes = attributes_of(request, request.volume.node(id));
}

void put_attributes(Request& request) {
  Path path;
  NodeId id;
  if (!find_for_attributes(request, path, id)) return;
  if (id == no_node) {
    request.error = Win32Error::access_denied;
    return;
  }
  request.footprint.entry(path.text(), path.hash().whole, AccessMode::write);
  request.footprint.journal(AccessMode::write);
  request.volume.set_read_only(id, request.attributes.read_only);
  note_modified(request, request.volume.node(id));
}

void first_name(Request& request) {
  Path pattern;
  request.error = pattern.parse(request.volume.root_hash(), request.path, true);
  if (request.error != Win32Error::success) return;
  if (pattern.is_root()) {
    request.error = Win32Error::file_not_found;
    return;
  }
  const bool in_root = pattern.parent().empty();
  if (!in_root) {
    request.footprint.entry(pattern.parent(), pattern.hash().parent, AccessMode::read);
    const NodeId directory = request.volume.find(pattern.parent(), pattern.hash().parent);
    if (directory == no_node || !request.volume.node(directory).directory) {
      request.error = directory == no_node ? Win32Error::path_not_found : Win32Error::directory;
      return;
    }
  }
  if (!in_root && matches(pattern.name(), ".")) return;
  request.footprint.members(pattern.parent(), pattern.hash().parent, AccessMode::read);
  if (next_match(request.volume, pattern, "") == no_node) request.error = Win32Error::file_not_found;
}

void next_name(Request& request) {
  Path pattern;
  request.error = pattern.parse(request.volume.root_hash(), request.path, true);
  if (request.error != Win32Error::success) return;
  request.footprint.members(pattern.parent(), pattern.hash().parent, AccessMode::read);
  const NodeId id = next_match(request.volume, pattern, request.last);
  if (id == no_node) {
    request.error = Win32Error::no_more_files;
    return;
  }
  const Node& node = request.volume.node(id);
  request.footprint.entry(node.path, node.path_hash, AccessMode::read);
  request.attributes = attributes_of(request, node);
  const std::size_t skip = pattern.parent().empty() ? 0 : pattern.parent().size() + 1;
  request.name_size = node.path.copy(request.name, max_name, skip);
}

}  // namespace sim::vfs
