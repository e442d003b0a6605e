#include <algorithm>
#include <limits>

#include "vfs/request.hpp"

/// Byte-range locks: mandatory, as in Windows (LockFileEx; for reads and writes MS-FSA, "Algorithm for Determining If a
/// Range Access Conflicts with Byte-Range Locks").
///
/// A lock touches the blocks of contents that it covers, as a write would, so that reads and writes need no footprint
/// of their own for locks. What lies behind the end of a file has no contents that a read touches: a read that ends
/// there reads the size, and so a lock that reaches there adds to the size.
namespace sim::vfs {
namespace {

constexpr std::uint64_t last_byte = std::numeric_limits<std::uint64_t>::max();

bool overlap(const Lock& lock, std::uint64_t begin, std::uint64_t end) {
  return lock.length != 0 && begin < end && lock.offset < end && begin < lock.offset + lock.length;
}

bool owns(const Open& open, const Lock& lock) {
  return lock.thread == open.thread && lock.index == open.index;
}

void touch_range(Request& request, const Node& file, std::uint64_t begin, std::uint64_t end, AccessMode mode) {
  request.footprint.content(file, begin, end, mode);
  // No bytes: but whoever closes another thread's handle must find something that its owner touches.
  if (begin == end) request.footprint.file(file, Aspect::size, AccessMode::read);
  if (end <= file.content.size()) return;
  request.footprint.file(file, Aspect::size, mode == AccessMode::write ? AccessMode::add : AccessMode::read);
}

/// The file of a handle that may lock, for which reading or writing is needed; else null, with the error set.
const Open* use_for_locking(Request& request) {
  const Open* open = use_handle(request, Access::none, Access::read | Access::write);
  if (open == nullptr) return nullptr;
  if (request.length <= last_byte - request.offset) return open;
  request.footprint.slot(request.handle.thread, request.handle.index, AccessMode::read);
  request.error = Win32Error::invalid_lock_range;
  return nullptr;
}

}  // namespace

// An exclusive lock overlaps no other. A shared one may overlap shared ones, and an exclusive one of the same handle
// (LockFileEx).
void lock_range(Request& request) {
  const Open* open = use_for_locking(request);
  if (open == nullptr) return;
  const Node& file = request.volume.node(open->node);
  const std::uint64_t begin = request.offset, end = begin + request.length;
  for (const Lock& lock : request.volume.locks()) {
    if (lock.node != open->node || !overlap(lock, begin, end)) continue;
    const bool tolerated = !request.exclusive && (!lock.exclusive || owns(*open, lock));
    if (tolerated) continue;
    touch_range(request, file, begin, end, AccessMode::read);
    request.error = Win32Error::lock_violation;
    return;
  }
  touch_range(request, file, begin, end, AccessMode::write);
  request.volume.add_lock({open->thread, request.exclusive, open->index, open->node, begin, request.length});
}

// Exactly one lock, with exactly this range; an exclusive one first.
void unlock_range(Request& request) {
  const Open* open = use_for_locking(request);
  if (open == nullptr) return;
  const Node& file = request.volume.node(open->node);
  const std::uint64_t begin = request.offset, end = begin + request.length;
  const Lock* found = nullptr;
  for (const Lock& lock : request.volume.locks()) {
    if (!owns(*open, lock) || lock.offset != begin || lock.length != request.length) continue;
    if (found == nullptr || lock.exclusive) found = &lock;
  }
  if (found == nullptr) {
    // Nobody else can lock for this handle but who has it.
    touch_range(request, file, begin, end, AccessMode::read);
    request.error = Win32Error::not_locked;
    return;
  }
  touch_range(request, file, begin, end, AccessMode::write);
  request.volume.remove_lock(found);
}

void release_locks(Request& request, const Open& open) {
  for (const Lock& lock : request.volume.locks()) {
    if (!owns(open, lock)) continue;
    touch_range(request, request.volume.node(open.node), lock.offset, lock.offset + lock.length, AccessMode::write);
  }
}

// Nobody writes where a shared lock lies, its owner included; and nobody else than the owner of an exclusive one reads
// or writes there.
bool locked_against(Request& request, const Open& open, std::uint64_t begin, std::uint64_t end, bool writes) {
  for (const Lock& lock : request.volume.locks()) {
    if (lock.node != open.node || !overlap(lock, begin, end)) continue;
    const bool allowed = lock.exclusive ? owns(open, lock) : !writes;
    if (allowed) continue;
    touch_range(request, request.volume.node(open.node), begin, end, AccessMode::read);
    request.error = Win32Error::lock_violation;
    return true;
  }
  return false;
}

}  // namespace sim::vfs
