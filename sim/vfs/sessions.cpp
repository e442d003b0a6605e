#include <bit>

#include "vfs/request.hpp"

/// Sessions: a server keeps the handles of a client whose session dropped until it notices.
///
/// [R, consistent with Q278357]: a reconnecting client meets its own 32. A drop concerns all handles of a session at
/// once, whose owners do not look at them before they use them: so it is ordered with everything. What the server does
/// later touches only what closing those handles does.
namespace sim::vfs {
namespace {

std::uint64_t bit(std::uint8_t thread) {
  return thread < 64 ? std::uint64_t{1} << thread : 0;
}

/// The first open that `wanted` names, or null.
template <class Wanted>
const Open* first_open(const Volume& volume, Wanted wanted) {
  for (const Open& open : volume.opens()) {
    if (wanted(open)) return &open;
  }
  return nullptr;
}

std::size_t orphan_all(Request& request) {
  const auto alive = [&](const Open& open) {
    return open.session == request.session && open.thread != server_thread && open.node != no_node;
  };
  std::size_t count = 0;
  while (const Open* open = first_open(request.volume, alive)) {
    const bool known =
        !request.answer_lost || open->thread != request.handle.thread || open->index != request.handle.index;
    if (request.volume.find_watch(open->thread, open->index) == nullptr) ++count;
    request.volume.orphan(open, known);
  }
  return count;
}

}  // namespace

void drop_session(Request& request) {
  request.footprint.everything();
  request.count = orphan_all(request);
}

void change_network(Request& request) {
  request.footprint.everything();
  request.volume.set_reachable(request.session, request.replace);
  if (!request.replace) request.count = orphan_all(request);
}

void reap_orphans(Request& request) {
  request.footprint.orphans(AccessMode::write);
  const auto orphaned = [&](const Open& open) {
    return open.thread == server_thread && open.session == request.session;
  };
  while (const Open* open = first_open(request.volume, orphaned)) {
    close_open(request, open);
    ++request.count;
  }
}

// A process that ends closes its handles, and the locks and watches go with them. What it wrote stays: the system's
// cache survives the process [D: FlushFileBuffers is about power failures and crashes of the system].
void close_handles(Request& request) {
  const auto owned = [&](const Open& open) { return (request.threads & bit(open.thread)) != 0; };
  while (const Open* open = first_open(request.volume, owned)) {
    request.footprint.slot(open->thread, open->index, AccessMode::write);
    close_open(request, open);
    ++request.count;
  }
}

// Power returns: no handle is left, and of what was not flushed, what `survives` says. Names are the journal's: the
// last of their changes are taken back, if it is lazy [R: NTFS]. A delete that waited for the last close never happens.
void restart_volume(Request& request) {
  request.footprint.everything();
  Volume& volume = request.volume;
  const auto alive = [](const Open& open) { return open.node != no_node; };
  while (const Open* open = first_open(volume, alive)) {
    const bool remote = open->thread != server_thread && volume.sessions()[open->session].remote;
    if (remote) {
      volume.orphan(open, true);  // Of which only the caller's half will stay.
    } else {
      volume.remove_open(open);
    }
  }
  if (volume.keeps_names()) volume.lose_names(request.first_lost);
  std::size_t at = 0;
  const auto order = volume.in_order();
  for (const NodeId id : order) {
    if (volume.node(id).delete_pending) volume.clear_delete_pending(id);
    const auto& unflushed = volume.node(id).unflushed;
    if (unflushed == nullptr) continue;
    const std::size_t count = unflushed->changes.size();
    volume.lose_unflushed(id, request.survives.subspan(at, count));
    at += count;
  }
}

}  // namespace sim::vfs
