#include <algorithm>

#include "base/check.hpp"
#include "vfs/volume.hpp"

/// The part of a volume's state that lasts no longer than handles do: opens, locks, watches, sessions.
namespace sim::vfs {
namespace {

std::uint32_t key_of(std::uint8_t thread, std::uint16_t index) {
  return std::uint32_t{thread} << 16 | index;
}
std::uint32_t key_of(const Open& open) {
  return key_of(open.thread, open.index);
}

}  // namespace

// ---- opens --------------------------------------------------------------------------------------

const Open* Volume::find_open(std::uint8_t thread, std::uint16_t index) const {
  for (const Open& open : opens_) {
    if (key_of(open) == key_of(thread, index)) return &open;
  }
  return nullptr;
}

std::uint16_t Volume::lowest_free_index(std::uint8_t thread) const {
  std::uint16_t index = 0;
  for (const Open& open : opens_) {
    if (open.thread != thread) continue;
    if (open.index != index) break;
    ++index;
  }
  return index;
}

void Volume::add_open(const Open& open) {
  const auto place = std::lower_bound(opens_.begin(), opens_.end(), open,
                                      [](const Open& a, const Open& b) { return key_of(a) < key_of(b); });
  opens_.insert(place, open);
  if (open.node < nodes_.size()) ++nodes_[open.node].opens;
  fingerprint_ += contribution_of(open);
}

void Volume::remove_open(const Open* open) {
  const std::uint32_t key = key_of(*open);
  std::erase_if(locks_, [&](const Lock& lock) {
    if (key_of(lock.thread, lock.index) != key) return false;
    fingerprint_ -= contribution_of(lock);
    return true;
  });
  std::erase_if(watches_, [&](const WatchState& watch) {
    if (key_of(watch.thread, watch.index) != key) return false;
    fingerprint_ -= contribution_of(watch);
    return true;
  });
  fingerprint_ -= contribution_of(*open);
  if (open->node < nodes_.size()) --nodes_[open->node].opens;
  opens_.erase(opens_.begin() + (open - opens_.data()));
}

void Volume::orphan(const Open* open, bool keep_dead) {
  const Open before = *open;
  Open kept = before, dead = before;
  kept.thread = server_thread;
  kept.index = lowest_free_index(server_thread);
  dead.node = no_node;
  dead.access = dead.share = 0;
  dead.write_through = false;
  std::vector<Lock> locks;
  for (const Lock& lock : locks_) {
    if (key_of(lock.thread, lock.index) != key_of(before)) continue;
    locks.push_back(lock);
    locks.back().thread = kept.thread;
    locks.back().index = kept.index;
  }
  const bool watches = find_watch(before.thread, before.index) != nullptr;
  remove_open(open);
  // A watch has no more than its caller to tell: the server keeps nothing of it.
  if (!watches) add_open(kept);
  for (const Lock& lock : locks) add_lock(lock);
  if (keep_dead) add_open(dead);
}

void Volume::clear_delete_pending(NodeId id) {
  nodes_[id].delete_pending = false;
  refresh(nodes_[id]);
}

// ---- locks --------------------------------------------------------------------------------------

void Volume::add_lock(const Lock& lock) {
  locks_.insert(std::upper_bound(locks_.begin(), locks_.end(), lock), lock);
  fingerprint_ += contribution_of(lock);
}

void Volume::remove_lock(const Lock* lock) {
  fingerprint_ -= contribution_of(*lock);
  locks_.erase(locks_.begin() + (lock - locks_.data()));
}

// ---- watches ------------------------------------------------------------------------------------

WatchState* Volume::find_watch(std::uint8_t thread, std::uint16_t index) {
  for (WatchState& watch : watches_) {
    if (watch.thread == thread && watch.index == index) return &watch;
  }
  return nullptr;
}

void Volume::add_watch(WatchState watch) {
  const auto place = std::find_if(watches_.begin(), watches_.end(), [&](const WatchState& other) {
    return key_of(other.thread, other.index) > key_of(watch.thread, watch.index);
  });
  fingerprint_ += contribution_of(watch);
  watches_.insert(place, std::move(watch));
}

void Volume::notify(WatchState& watch, Change change, std::string_view name) {
  if (watch.overflowed) return;
  const bool repeats = !watch.notices.empty() && watch.notices.back().change == change &&
                       same_path(watch.notices.back().name, name) && change == Change::modified;
  if (repeats) return;
  fingerprint_ -= contribution_of(watch);
  if (watch.notices.size() == watch.capacity) {
    watch.notices.clear();
    watch.overflowed = true;
  } else {
    watch.notices.push_back({change, std::string(name)});
  }
  fingerprint_ += contribution_of(watch);
}

std::vector<PendingNotice> Volume::take_notices(WatchState& watch) {
  fingerprint_ -= contribution_of(watch);
  std::vector<PendingNotice> taken = std::move(watch.notices);
  watch.notices = {};
  watch.overflowed = false;
  fingerprint_ += contribution_of(watch);
  return taken;
}

// ---- sessions -----------------------------------------------------------------------------------

void Volume::add_session(Session session) {
  sessions_.push_back(std::move(session));
}

void Volume::set_reachable(std::uint8_t session, bool reachable) {
  if (sessions_[session].reachable == reachable) return;
  sessions_[session].reachable = reachable;
  const Hash128 mark = mix(Hash128{4, 4}, session);
  if (reachable) {
    fingerprint_ -= mark;
  } else {
    fingerprint_ += mark;
  }
}

// ---- what did not reach the disk ----------------------------------------------------------------

void Volume::note_unflushed(Node& node, std::uint64_t offset, std::span<const std::byte> data, bool write_through) {
  if (node.unflushed == nullptr) {
    if (write_through) return;  // All is on the disk, and this gets there at once.
    node.unflushed = std::make_unique<Unflushed>();
    node.unflushed->stable = node.content;
  }
  node.unflushed->changes.push_back({offset, {data.begin(), data.end()}, write_through});
}

void Volume::flush(NodeId id) {
  nodes_[id].unflushed = nullptr;
  refresh(nodes_[id]);
}

void Volume::lose_unflushed(NodeId id, std::span<const std::uint64_t> survives) {
  Node& node = nodes_[id];
  SIM_CHECK(node.unflushed != nullptr);
  SIM_CHECK(survives.size() == node.unflushed->changes.size());
  Content content = node.unflushed->stable;
  for (std::size_t i = 0; i < survives.size(); ++i) {
    const UnflushedChange& change = node.unflushed->changes[i];
    const std::uint64_t kept = survives[i];
    if (change.data.empty()) {
      if (kept != 0) content.resize(change.offset);
    } else {
      content.write(change.offset, std::span(change.data).first(std::min<std::uint64_t>(kept, change.data.size())));
    }
  }
  used_ += content.size();
  used_ -= node.content.size();
  node.content = std::move(content);
  node.unflushed = nullptr;
  refresh(node);
}

}  // namespace sim::vfs
