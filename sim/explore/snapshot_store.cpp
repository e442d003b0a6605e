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
  const Entry* const end = entries_.data() + entries_.size();
  for (const Entry* entry = end; entry != end - std::min(near, count());) {
    --entry;
    if (entry->id <= id) return static_cast<std::size_t>(entry - entries_.data()) + (entry->id == id ? 0 : 1);
  }
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first_);
  const auto found = std::ranges::lower_bound(begin, entries_.end(), id, {}, &Entry::id);
  return static_cast<std::size_t>(found - entries_.begin());
}

const Snapshot* SnapshotStore::find(PointId id) const {
  const std::size_t at = position(id);
  if (at == entries_.size() || entries_[at].id != id || entries_[at].snapshot.empty()) return nullptr;
  return &entries_[at].snapshot;
}

const Snapshot* SnapshotStore::nearest_before(PointId id, std::uint32_t& depth) const {
  for (std::size_t at = position(id); at-- > first_;) {
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
  while (count() != 0 && entries_.back().snapshot.empty()) entries_.pop_back();
  while (count() != 0 && entries_[first_].snapshot.empty()) drop_front();
}

// Now and then the rest moves to the front: each of it at most once for each one that was dropped.
void SnapshotStore::drop_front() {
  ++first_;
  if (first_ <= entries_.size() / 2) return;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
}

void SnapshotStore::free_after(PointId id) {
  while (count() != 0 && entries_.back().id > id) {
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
  for (std::size_t at = first_; at + 1 < entries_.size(); ++at) {
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
