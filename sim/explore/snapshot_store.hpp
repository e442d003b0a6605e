#pragma once

#include <cstdint>
#include <vector>

#include "runtime/search.hpp"
#include "runtime/snapshot.hpp"

namespace sim {

/// The snapshots of kept points. Beyond its budget every second one is dropped; the gap is re-executed from the last
/// one that is still there, or from the start.
class SnapshotStore {
 public:
  explicit SnapshotStore(std::uint64_t budget_bytes) : budget_(budget_bytes) {}

  /// Keeps the state at which `execution` stands. Requires: `id` is larger than all before.
  void keep(PointId id, std::uint32_t depth, const Execution& execution);
  /// Keeps a state that was captured already; `snapshot` gets a free buffer in exchange.
  void keep(PointId id, std::uint32_t depth, Snapshot& snapshot);
  /// The snapshot of a point, or null if there is none any more.
  const Snapshot* find(PointId id) const;
  /// The deepest snapshot of a point before `id`, with its depth; null if there is none.
  const Snapshot* nearest_before(PointId id, std::uint32_t& depth) const;
  void free(PointId id);
  /// Frees all points that were kept after `id`.
  void free_after(PointId id);

  std::uint64_t bytes() const { return bytes_; }
  /// True once any snapshot was dropped.
  bool is_thinned() const { return thinned_; }

 private:
  struct Entry {
    PointId id = 0;
    std::uint32_t depth = 0;
    Snapshot snapshot;  ///< Empty: dropped.
  };
  Entry& append(PointId id, std::uint32_t depth);
  std::size_t position(PointId id) const;
  void drop_back();
  void make_spare(std::size_t at);
  void account(Entry& entry, std::uint64_t before);
  void thin_out();

  std::uint64_t budget_;
  std::uint64_t bytes_ = 0;
  bool thinned_ = false;
  std::size_t count() const { return end_ - first_; }
  void drop_front();

  // By id, from first_ up to end_; those before were freed, and those behind are spare buffers: what comes and goes at
  // the end only moves it. One block of memory: what is looked for is mostly near its end, and finding it there takes a
  // large part of the time of a transition.
  std::vector<Entry> entries_;
  std::size_t first_ = 0;
  std::size_t end_ = 0;
  static constexpr std::size_t max_spare = 64;
};

}  // namespace sim
