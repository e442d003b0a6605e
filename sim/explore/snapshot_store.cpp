#include "explore/snapshot_store.hpp"

#include <algorithm>
#include <utility>

namespace sim {

SnapshotStore::Entry& SnapshotStore::append(PointId id, std::uint32_t depth) {
  entries_.push_back({id, depth, {}});
  if (!spare_.empty()) {
    entries_.back().snapshot = std::move(spare_.back());
    spare_.pop_back();
  }
  return entries_.back();
}

void SnapshotStore::keep(PointId id, std::uint32_t depth, const Execution& execution) {
  Entry& entry = append(id, depth);
  const std::uint64_t before = entry.snapshot.capacity();
  entry.snapshot.capture(execution);
  account(entry, before);
}

void SnapshotStore::keep(PointId id, std::uint32_t depth, Snapshot& snapshot) {
  Entry& entry = append(id, depth);
  const std::uint64_t before = entry.snapshot.capacity();
  std::swap(entry.snapshot, snapshot);
  account(entry, before);
}

// `before`: bytes of the spare buffer that the entry took over, which were counted while it was spare.
void SnapshotStore::account(Entry& entry, std::uint64_t before) {
  bytes_ += entry.snapshot.capacity() - before;
  if (bytes_ > budget_) thin_out();
}

std::size_t SnapshotStore::position(PointId id) const {
  // Mostly it is one of the last.
  constexpr std::size_t near = 8;
  for (std::size_t back = 1; back <= std::min(near, entries_.size()); ++back) {
    if (entries_[entries_.size() - back].id <= id) {
      const std::size_t at = entries_.size() - back;
      return entries_[at].id == id ? at : at + 1;
    }
  }
  const auto found = std::ranges::lower_bound(entries_, id, {}, &Entry::id);
  return static_cast<std::size_t>(found - entries_.begin());
}

const Snapshot* SnapshotStore::find(PointId id) const {
  const std::size_t at = position(id);
  if (at == entries_.size() || entries_[at].id != id || entries_[at].snapshot.empty()) return nullptr;
  return &entries_[at].snapshot;
}

const Snapshot* SnapshotStore::nearest_before(PointId id, std::uint32_t& depth) const {
  for (std::size_t at = position(id); at-- > 0;) {
    if (entries_[at].snapshot.empty()) continue;
    depth = entries_[at].depth;
    return &entries_[at].snapshot;
  }
  return nullptr;
}

void SnapshotStore::free(PointId id) {
  const std::size_t at = position(id);
  if (at == entries_.size() || entries_[at].id != id) return;
  drop(entries_[at].snapshot);
  while (!entries_.empty() && entries_.back().id >= id && entries_.back().snapshot.empty()) entries_.pop_back();
  while (!entries_.empty() && entries_.front().id <= id && entries_.front().snapshot.empty()) entries_.pop_front();
}

void SnapshotStore::free_after(PointId id) {
  while (!entries_.empty() && entries_.back().id > id) {
    drop(entries_.back().snapshot);
    entries_.pop_back();
  }
}

void SnapshotStore::drop(Snapshot& snapshot) {
  if (snapshot.empty()) return;
  snapshot.clear();
  constexpr std::size_t max_spare = 64;
  if (spare_.size() < max_spare) {
    spare_.push_back(std::move(snapshot));
  } else {
    bytes_ -= snapshot.capacity();
  }
  snapshot = {};
}

void SnapshotStore::thin_out() {
  thinned_ = true;
  for (const Snapshot& snapshot : spare_) bytes_ -= snapshot.capacity();
  spare_.clear();
  bool keep_next = true;
  for (std::size_t at = 0; at + 1 < entries_.size(); ++at) {
    Snapshot& snapshot = entries_[at].snapshot;
    if (snapshot.empty()) continue;
    if (!keep_next) {
      bytes_ -= snapshot.capacity();
      snapshot = {};
    }
    keep_next = !keep_next;
  }
}

}  // namespace sim
