#include <bit>

#include "vfs/request.hpp"

/// Opening and closing. Share modes: MS-FSA 2.1.5.1.2.2.
///
/// For each right (read, write, delete) a file counts the opens that hold it and the opens that deny it to others. An
/// open succeeds iff nobody denies what it asks for and nobody holds what it denies. Its footprint has one object a
/// right, chosen so that opens that tolerate each other commute, and so do those that fail for one reason: `add` stands
/// for "looks who denies, then holds", `read` for "looks who holds, then denies", `write` for both.
namespace sim::vfs {
namespace {

constexpr unsigned all_rights = 7;  // The bits of Share.

/// The rights that sharing compares, as bits of Share.
unsigned rights_of(unsigned access) {
  const auto has = [&](Access right) { return (access & static_cast<unsigned>(right)) != 0; };
  return (has(Access::read) || has(Access::execute) ? 1U : 0U) | (has(Access::write) || has(Access::append) ? 2U : 0U) |
         (has(Access::remove) ? 4U : 0U);
}
unsigned rights_of(Access access) {
  return rights_of(static_cast<unsigned>(access));
}
unsigned denied_by(unsigned rights, unsigned share) {
  return rights == 0 ? 0 : all_rights & ~share;
}

void touch_sharing(Request& request, const Node& file, unsigned add, unsigned read) {
  for (unsigned i = 0; i < 3; ++i) {
    const bool adds = (add >> i & 1) != 0, reads = (read >> i & 1) != 0;
    if (!adds && !reads) continue;
    const auto mode = adds && reads ? AccessMode::write : adds ? AccessMode::add : AccessMode::read;
    request.footprint.file(file, static_cast<Aspect>(static_cast<unsigned>(Aspect::share_read) + i), mode);
  }
}

/// The rights that must be looked at, lowest first, until one of `bad` is met.
unsigned looked_at(unsigned asked, unsigned bad) {
  const unsigned hit = asked & bad;
  return hit == 0 ? asked : asked & ((hit & -hit) * 2 - 1);
}

bool overwrites(Disposition disposition) {
  return disposition == Disposition::create_always || disposition == Disposition::truncate_existing;
}

bool contains(Access access, Access right) {
  return (access & right) != Access::none;
}

}  // namespace

void give_handle(Request& request, NodeId file) {
  Volume& volume = request.volume;
  const std::uint16_t index = volume.lowest_free_index(request.thread);
  for (std::uint16_t i = 0; i < index; ++i) request.footprint.slot(request.thread, i, AccessMode::read);
  request.footprint.slot(request.thread, index, AccessMode::write);
  const bool write_through = request.flags == OpenFlags::write_through;
  volume.add_open({request.thread, static_cast<std::uint8_t>(request.share), static_cast<std::uint16_t>(request.access),
                   index, file, request.session, write_through});
  request.handle.thread = request.thread;
  request.handle.index = index;
}

namespace {

void create_file_at(Request& request, const Path& path) {
  request.error = why_absent(request, path);
  const bool creates =
      request.disposition != Disposition::open_existing && request.disposition != Disposition::truncate_existing;
  if (request.error != Win32Error::file_not_found || !creates) {
    request.footprint.entry(path.text(), path.hash().whole, AccessMode::read);
    return;
  }
  request.error = Win32Error::success;
  // Nobody else can have looked at the new file's handles or share modes without looking at its name.
  request.footprint.entry(path.text(), path.hash().whole, AccessMode::write);
  request.footprint.members(path.parent(), path.hash().parent, AccessMode::add);
  request.footprint.journal(AccessMode::write);
  note_change(request, Change::added, path.text(), path.hash().parent);
  give_handle(request, request.volume.create(path.text(), path.hash().whole, false));
  if (request.flags == OpenFlags::write_through) force_names(request);
}

Win32Error refusal(const Request& request, const Node& node) {
  if (node.delete_pending) return Win32Error::access_denied;
  if (request.disposition == Disposition::create_new) return Win32Error::file_exists;
  if (node.directory) return Win32Error::access_denied;
  const bool changes = overwrites(request.disposition) || contains(request.access, Access::write | Access::append);
  return node.read_only && changes ? Win32Error::access_denied : Win32Error::success;
}

void open_existing_file(Request& request, NodeId id) {
  const Node& file = request.volume.node(id);
  request.footprint.entry(file.path, file.path_hash, AccessMode::read);
  request.error = refusal(request, file);
  if (request.error != Win32Error::success) return;

  const Access asked = overwrites(request.disposition) ? request.access | Access::write : request.access;
  if (!sharing_allows(request, id, asked, request.access, request.share)) {
    request.error = Win32Error::sharing_violation;
    return;
  }
  request.existed = true;
  if (overwrites(request.disposition)) {
    const std::uint64_t size = file.content.size();
    request.footprint.file(file, Aspect::size, AccessMode::write);
    request.footprint.content(file, 0, size, AccessMode::write);
    if (size != 0) request.footprint.space(AccessMode::add);
    if (request.volume.keeps_unflushed()) request.footprint.file(file, Aspect::durable, AccessMode::write);
    request.volume.resize(id, 0, request.flags == OpenFlags::write_through);
    if (request.flags == OpenFlags::write_through) force_names(request);
    note_modified(request, file);
  }
  request.footprint.file(file, Aspect::handles, AccessMode::add);
  give_handle(request, id);
}

/// A handle's owner does not look at its slot when it uses it, to keep the footprints of reads and writes at one
/// object. So whoever closes another thread's handle touches all that the owner could touch through it.
void touch_owners_objects(Request& request, const Node& file) {
  request.footprint.file(file, Aspect::size, AccessMode::write);
  request.footprint.content(file, 0, file.content.size(), AccessMode::write);
  request.footprint.file(file, Aspect::durable, AccessMode::write);
}

}  // namespace

bool sharing_allows(Request& request, NodeId file, Access asked, Access held, Share share) {
  const unsigned asks = rights_of(asked), denies = denied_by(asks, static_cast<unsigned>(share));
  if (asks == 0) return true;
  unsigned others_hold = 0, others_deny = 0;
  for (const Open& open : request.volume.opens()) {
    if (open.node != file) continue;
    others_hold |= rights_of(open.access);
    others_deny |= denied_by(rights_of(open.access), open.share);
  }
  unsigned add = looked_at(asks, others_deny);
  unsigned read = (asks & others_deny) != 0 ? 0 : looked_at(denies, others_hold);
  const bool allowed = (asks & others_deny) == 0 && (denies & others_hold) == 0;
  if (allowed) {
    add |= rights_of(held);
    read |= denied_by(rights_of(held), static_cast<unsigned>(share));
  }
  touch_sharing(request, request.volume.node(file), add, read);
  return allowed;
}

void open_file(Request& request) {
  if (request.disposition == Disposition::truncate_existing && !contains(request.access, Access::write)) {
    request.error = Win32Error::invalid_parameter;
    return;
  }
  Path path;
  request.error = path.parse(request.volume.root_hash(), request.path);
  if (request.error != Win32Error::success) return;
  if (path.is_root()) {
    const bool creates = request.disposition == Disposition::create_new;
    request.error = creates ? Win32Error::file_exists : Win32Error::access_denied;
    return;
  }
  const NodeId id = request.volume.find(path.text(), path.hash().whole);
  if (id == no_node) {
    create_file_at(request, path);
  } else {
    open_existing_file(request, id);
  }
}

const Open* use_handle(Request& request, Access needed, Access one_of) {
  const Open* open = request.volume.find_open(request.handle.thread, request.handle.index);
  if (open == nullptr) {
    request.error = Win32Error::invalid_handle;
  } else if (open->node == no_node) {
    request.error = Win32Error::netname_deleted;
  } else {
    const auto held = static_cast<Access>(open->access);
    const bool allowed = (held & needed) == needed && (one_of == Access::none || contains(held, one_of));
    request.error = allowed ? Win32Error::success : Win32Error::access_denied;
  }
  if (request.error != Win32Error::success || request.handle.thread != request.thread) {
    request.footprint.slot(request.handle.thread, request.handle.index, AccessMode::read);
  }
  return request.error == Win32Error::success ? open : nullptr;
}

void close_file(Request& request) {
  request.footprint.slot(request.handle.thread, request.handle.index, AccessMode::write);
  const Open* open = request.volume.find_open(request.handle.thread, request.handle.index);
  if (open == nullptr) {
    request.error = Win32Error::invalid_handle;
    return;
  }
  close_open(request, open);
}

void close_open(Request& request, const Open* open) {
  Volume& volume = request.volume;
  const NodeId id = open->node;
  const bool watches = volume.find_watch(open->thread, open->index) != nullptr;
  if (watches) release_watch(request, *open);
  if (id >= root_node) {  // There is no file under it.
    volume.remove_open(open);
    return;
  }
  const Node& file = volume.node(id);
  const unsigned rights = rights_of(open->access);
  if (open->thread != request.thread && !watches) touch_owners_objects(request, file);
  release_locks(request, *open);
  // Which handle closes last matters only where that removes the name.
  request.footprint.file(file, Aspect::handles, file.delete_pending ? AccessMode::write : AccessMode::add);
  touch_sharing(request, file, rights, denied_by(rights, open->share));
  volume.remove_open(open);
  if (file.delete_pending && file.opens == 0) remove_node(request, id);
}

}  // namespace sim::vfs
