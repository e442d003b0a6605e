#include "base/check.hpp"
#include "vfs/request.hpp"

/// What of the names and attributes of a volume is not on the disk yet (Journal::lazy).
///
/// NTFS writes changes of metadata to a log before they reach their place, and the log to the disk in order and when it
/// likes [R]: behind a power loss there is what the log tells, so a prefix of the changes. The volume has them all, and
/// a list by which the last are taken back. Changes that belong to one operation are one record of the log [R]: a
/// rename that replaces a file is lost with the removal of that file, or is there with it.
namespace sim::vfs {

void Volume::keep_names() {
  unforced_ = std::make_unique<Unforced>();
}

void Volume::note_name(NameChange change) {
  change.hash = hash_of(change);
  unforced_->changes.push_back(std::move(change));
  refresh_unforced();
}

// By hashes of paths, which do not depend on the spelling; that of a name comes back with it.
Hash128 Volume::hash_of(const NameChange& change) const {
  if (change.kind == NameChange::Kind::removal) return mix(Hash128{5, 5}, contribution_of(*change.removed).low);
  const Hash128 after = mix(Hash128{6, 6}, static_cast<std::uint64_t>(change.kind));
  const Hash128 hash = mix(after, hash_path(root_hash_, change.path).whole);
  if (change.kind != NameChange::Kind::rename) return hash;
  const std::string_view parent = parent_of(change.before);
  const std::string_view name = std::string_view(change.before).substr(parent.empty() ? 0 : parent.size() + 1);
  const Hash128 spelled = hash_bytes(name.data(), name.size());
  return mix(mix(hash, hash_path(root_hash_, change.before).whole), spelled.low);
}

Hash128 Volume::contribution_of_unforced() const {
  if (unforced_->changes.empty()) return {};
  Hash128 hash{7, 7};
  for (const NameChange& change : unforced_->changes) {
    hash = mix(mix(hash, change.hash.low), change.hash.high + (change.joined ? 1 : 0));
  }
  return hash;
}

void Volume::refresh_unforced() {
  fingerprint_ -= unforced_->contribution;
  unforced_->contribution = contribution_of_unforced();
  fingerprint_ += unforced_->contribution;
}

void Volume::join_unforced(std::size_t from) {
  if (!keeps_names()) return;
  for (std::size_t i = from + 1; i < unforced_->changes.size(); ++i) unforced_->changes[i].joined = true;
  refresh_unforced();
}

void Volume::force_names() {
  unforced_->changes.clear();
  refresh_unforced();
}

void Volume::lose_names(std::size_t from) {
  const std::unique_ptr<Unforced> unforced = std::move(unforced_);  // What is taken back is no change.
  fingerprint_ -= unforced->contribution;
  std::vector<NameChange>& changes = unforced->changes;
  SIM_CHECK(from <= changes.size());
  for (; changes.size() > from; changes.pop_back()) take_back(changes.back());
  keep_names();
}

void Volume::take_back(NameChange& change) {
  if (change.kind == NameChange::Kind::removal) {
    Node& old = *change.removed;
    SIM_CHECK(!old.read_only);  // Nothing read-only can be removed or replaced.
    Node& node = nodes_[create(old.path, old.path_hash, old.directory)];
    node.content = std::move(old.content);
    node.unflushed = std::move(old.unflushed);
    used_ += node.content.size();
    refresh(node);
    return;
  }
  const NodeId id = find(change.path, hash_path(root_hash_, change.path).whole);
  SIM_CHECK(id != no_node);
  if (change.kind == NameChange::Kind::creation) {
    remove(id);
  } else if (change.kind == NameChange::Kind::rename) {
    rename(id, change.before, hash_path(root_hash_, change.before).whole, true);
  } else {
    set_read_only(id, !nodes_[id].read_only);
  }
}

void force_names(Request& request) {
  if (!request.volume.keeps_names()) return;
  request.footprint.journal(AccessMode::add);
  request.volume.force_names();
}

}  // namespace sim::vfs
