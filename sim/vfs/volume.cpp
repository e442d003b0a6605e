#include "vfs/volume.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace sim::vfs {
namespace {

/// Below this many files, comparing hashes one after the other beats a search by name.
constexpr std::size_t few_files = 64;

std::uint32_t key_of(std::uint8_t thread, std::uint16_t index) {
  return std::uint32_t{thread} << 16 | index;
}
std::uint32_t key_of(const Open& open) {
  return key_of(open.thread, open.index);
}

/// A crash can tell which changes are not on the disk yet.
Hash128 mix_unflushed(Hash128 hash, const Unflushed& unflushed) {
  hash = mix(mix(hash, unflushed.stable.size()), unflushed.stable.hash().low);
  hash = mix(hash, unflushed.stable.hash().high);
  for (const UnflushedChange& change : unflushed.changes) {
    const Hash128 data = hash_bytes(change.data.data(), change.data.size(), change.certain ? 1 : 0);
    hash = mix(mix(mix(hash, change.offset), data.low), data.high);
  }
  return hash;
}

}  // namespace

Volume::Volume(std::string_view root, std::uint64_t number, std::uint64_t capacity_bytes)
    : root_hash_(hash_path(0xcbf29ce484222325ULL + number, root).whole), capacity_(capacity_bytes), root_(root) {}

Hash128 Volume::contribution_of(const Node& node) const {
  const std::uint64_t flags = (node.directory ? 1 : 0) | (node.read_only ? 2 : 0) | (node.delete_pending ? 4 : 0);
  // The spelling of the name itself can be seen by enumerating, that of the directories before it cannot.
  const std::size_t separator = node.path.rfind('\\');
  const std::size_t name = separator == std::string::npos ? 0 : separator + 1;
  Hash128 hash = hash_bytes(node.path.data() + name, node.path.size() - name, flags);
  hash = mix(hash, node.path_hash);
  // It cannot be seen, but names what the next operations of those touch that have the file open, or will.
  if (node.identity != node.path_hash) hash = mix(hash, node.identity);
  hash = mix(hash, node.content.size());
  hash = mix(hash, node.content.hash().low);
  hash = mix(hash, node.content.hash().high);
  return node.unflushed == nullptr ? hash : mix_unflushed(hash, *node.unflushed);
}

Hash128 Volume::contribution_of(const Open& open) const {
  const std::uint64_t rights = std::uint64_t{open.write_through} << 30 | std::uint64_t{open.share} << 16 | open.access;
  const std::uint64_t file = open.node < nodes_.size() ? nodes_[open.node].path_hash : open.node;
  const Hash128 hash = mix(mix(Hash128{1, 1}, rights << 32 | key_of(open)), file);
  return open.session == 0 ? hash : mix(hash, open.session);
}

Hash128 Volume::contribution_of(const Lock& lock) {
  const Hash128 owner = mix(Hash128{2, 2}, std::uint64_t{lock.exclusive} << 32 | key_of(lock.thread, lock.index));
  return mix(mix(owner, lock.offset), lock.length);
}

// What it watches is that of its open.
Hash128 Volume::contribution_of(const WatchState& watch) {
  const std::uint64_t flags = (watch.subtree ? 1 : 0) | (watch.modifications ? 2 : 0) | (watch.overflowed ? 4 : 0);
  Hash128 hash = mix(mix(Hash128{3, 3}, flags << 32 | key_of(watch.thread, watch.index)), watch.capacity);
  for (const PendingNotice& notice : watch.notices) {
    const Hash128 name = hash_bytes(notice.name.data(), notice.name.size(), static_cast<std::uint64_t>(notice.change));
    hash = mix(mix(hash, name.low), name.high);
  }
  return hash;
}

void Volume::refresh(Node& node) {
  fingerprint_ -= node.contribution;
  node.contribution = contribution_of(node);
  fingerprint_ += node.contribution;
}

Hash128 Volume::recompute_fingerprint() const {
  Hash128 sum;
  for (const Node& node : nodes_) {
    if (node.path.empty()) continue;
    SIM_CHECK(node.content.recompute_hash() == node.content.hash());
    sum += contribution_of(node);
  }
  for (const Open& open : opens_) sum += contribution_of(open);
  for (const Lock& lock : locks_) sum += contribution_of(lock);
  for (const WatchState& watch : watches_) sum += contribution_of(watch);
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    if (!sessions_[i].reachable) sum += mix(Hash128{4, 4}, i);
  }
  if (unforced_ != nullptr) sum += contribution_of_unforced();
  return sum;
}

std::size_t Volume::first_not_before(std::string_view path) const {
  const auto place = std::lower_bound(order_.begin(), order_.end(), path, [&](NodeId id, std::string_view value) {
    return compare_paths(nodes_[id].path, value) < 0;
  });
  return static_cast<std::size_t>(place - order_.begin());
}

NodeId Volume::find(std::string_view path, std::uint64_t path_hash) const {
  if (order_.size() <= few_files) {
    for (const Node& node : nodes_) {
      if (node.path_hash == path_hash && same_path(node.path, path)) return static_cast<NodeId>(&node - nodes_.data());
    }
    return no_node;
  }
  const std::size_t place = first_not_before(path);
  return place < order_.size() && same_path(nodes_[order_[place]].path, path) ? order_[place] : no_node;
}

NodeId Volume::create(std::string_view path, std::uint64_t path_hash, bool directory) {
  std::size_t id = 0;
  while (id < nodes_.size() && !nodes_[id].path.empty()) ++id;
  SIM_CHECK(id < no_node);
  const std::size_t place = first_not_before(path);
  if (id == nodes_.size()) nodes_.emplace_back();
  Node& node = nodes_[id];
  node.path.assign(path);
  node.path_hash = node.identity = path_hash;
  node.directory = directory;
  order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(place), static_cast<NodeId>(id));
  refresh(node);
  if (keeps_names()) note_name({.kind = NameChange::Kind::creation, .path = node.path});
  return static_cast<NodeId>(id);
}

void Volume::remove(NodeId id) {
  Node& node = nodes_[id];
  SIM_CHECK(node.opens == 0);
  order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(first_not_before(node.path)));
  used_ -= node.content.size();
  fingerprint_ -= node.contribution;
  if (keeps_names()) {
    node.delete_pending = false;
    note_name({.kind = NameChange::Kind::removal, .path = {}, .removed = std::make_unique<Node>(std::move(node))});
  }
  node = Node{};
}

void Volume::rename(NodeId id, std::string_view path, std::uint64_t path_hash, bool identify_anew) {
  Node& node = nodes_[id];
  if (keeps_names() && node.path != path)
    note_name({.kind = NameChange::Kind::rename, .path = std::string(path), .before = node.path});
  order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(first_not_before(node.path)));
  for (const Open& open : opens_) {
    if (open.node == id) fingerprint_ -= contribution_of(open);
  }
  node.path.assign(path);
  node.path_hash = path_hash;
  if (identify_anew) node.identity = path_hash;
  for (const Open& open : opens_) {
    if (open.node == id) fingerprint_ += contribution_of(open);
  }
  order_.insert(order_.begin() + static_cast<std::ptrdiff_t>(first_not_before(path)), id);
  refresh(node);
}

void Volume::set_read_only(NodeId id, bool read_only) {
  if (keeps_names() && nodes_[id].read_only != read_only)
    note_name({.kind = NameChange::Kind::attribute, .path = nodes_[id].path});
  nodes_[id].read_only = read_only;
  refresh(nodes_[id]);
}

void Volume::set_delete_pending(NodeId id) {
  nodes_[id].delete_pending = true;
  refresh(nodes_[id]);
}

void Volume::write(NodeId id, std::uint64_t offset, std::span<const std::byte> data, bool write_through) {
  Node& node = nodes_[id];
  if (keeps_unflushed() && !data.empty()) note_unflushed(node, offset, data, write_through);
  const std::uint64_t before = node.content.size();
  node.content.write(offset, data);
  used_ += node.content.size() - before;
  grown_ += node.content.size() - before;
  refresh(node);
}

void Volume::resize(NodeId id, std::uint64_t size, bool write_through) {
  Node& node = nodes_[id];
  if (keeps_unflushed() && size != node.content.size()) note_unflushed(node, size, {}, write_through);
  const std::uint64_t before = node.content.size();
  node.content.resize(size);
  used_ += size - before;
  if (size > before) grown_ += size - before;
  refresh(node);
}

}  // namespace sim::vfs
