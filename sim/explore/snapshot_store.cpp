#include "explore/snapshot_store.hpp"

#include <algorithm>
#include <utility>

namespace sim {

SnapshotStore::Entry& SnapshotStore::append(PointId id, std::uint32_t depth) {
  if (end_ == entries_.size()) [[unlikely]]
    entries_.emplace_back();
  Entry& entry = entries_[end_++];
  entry.id = id;
  entry.depth = depth;
  return entry;
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
  const Entry* const end = entries_.data() + end_;
  for (const Entry* entry = end; entry != end - std::min(near, count());) {
    --entry;
    if (entry->id <= id) return static_cast<std::size_t>(entry - entries_.data()) + (entry->id == id ? 0 : 1);
  }
  const Entry* const found = std::ranges::lower_bound(entries_.data() + first_, end, id, {}, &Entry::id);
  return static_cast<std::size_t>(found - entries_.data());
}

const Snapshot* SnapshotStore::find(PointId id) const {
  const std::size_t at = position(id);
  if (at == end_ || entries_[at].id != id || entries_[at].snapshot.empty()) return nullptr;
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
  if (at == end_ || entries_[at].id != id) return;
  entries_[at].snapshot.clear();
  if (at + 1 != end_) make_spare(at);
  while (count() != 0 && entries_[end_ - 1].snapshot.empty()) drop_back();
  while (count() != 0 && entries_[first_].snapshot.empty()) drop_front();
}

// Of an entry between others, the buffer.
void SnapshotStore::make_spare(std::size_t at) {
  Snapshot buffer = std::move(entries_[at].snapshot);
  entries_[at].snapshot = {};
  if (entries_.size() - end_ < max_spare)
    entries_.push_back({0, 0, std::move(buffer)});
  else
    bytes_ -= buffer.capacity();
}

// Now and then the rest moves to the front: each of it at most once for each one that was dropped.
void SnapshotStore::drop_front() {
  ++first_;
  if (first_ <= entries_.size() / 2) return;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
  end_ -= first_;
  first_ = 0;
}

void SnapshotStore::free_after(PointId id) {
  while (count() != 0 && entries_[end_ - 1].id > id) drop_back();
}

void SnapshotStore::drop_back() {
  Snapshot& dropped = entries_[--end_].snapshot;
  dropped.clear();
  if (dropped.capacity() == 0) {  // Its buffer went to another place behind the end.
    std::swap(dropped, entries_.back().snapshot);
    return entries_.pop_back();
  }
  if (entries_.size() - end_ <= max_spare) return;
  bytes_ -= entries_.back().snapshot.capacity();
  entries_.pop_back();
}

void SnapshotStore::thin_out() {
  thinned_ = true;
  for (; entries_.size() != end_; entries_.pop_back()) bytes_ -= entries_.back().snapshot.capacity();
  bool keep_next = true;
  for (std::size_t at = first_; at + 1 < end_; ++at) {
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
