#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/ids.hpp"
#include "vfs/file_system.hpp"
#include "vfs/footprint.hpp"
#include "vfs/volume.hpp"

/// What the volume's fiber does for a call: a request is made on the caller's stack, one of the functions below
/// performs it, and its answer is read from it. Nothing in an answer points into the volume.
namespace sim::vfs {

struct Request {
  Request(Volume& on, ThreadId by, ObjectId announced)
      : volume(on), thread(static_cast<std::uint8_t>(by)), footprint(on, announced) {}
  ~Request() noexcept(false);
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  Volume& volume;
  std::uint8_t thread;  ///< Who calls.
  Footprint footprint;
  Win32Error error = Win32Error::success;
  Fault fault = Fault::none;  ///< Which one struck.
  bool chosen = false;        ///< Whether one struck was explored: the running event is a choice.
  bool answer_lost = false;   ///< The caller never gets `handle`.
  std::uint8_t session = 0;   ///< The way by which the request came.
  /// Where to start a thread that reaps what the request orphaned, at the end of the event; null: nothing to reap.
  FileSystem* reaper = nullptr;
  std::uint8_t mounted = 0;  ///< Its number there.

  // What is asked for; each function says what it reads.
  Handle handle;
  std::string_view path, target;
  Access access = Access::none;
  Share share = Share::none;
  Disposition disposition = Disposition::open_existing;
  bool replace = false;
  std::uint64_t offset = 0;
  std::span<const std::byte> data;
  std::string_view last;
  OpenFlags flags = OpenFlags::none;
  std::uint64_t length = 0;                     ///< Of a lock.
  bool exclusive = false;                       ///< A lock.
  bool subtree = false, modifications = false;  ///< What a watch sees.
  std::uint32_t capacity = 0;                   ///< Of a watch, in notices.
  std::uint64_t threads = 0;                    ///< A set of them, as bits.
  std::span<const std::uint64_t> survives;      ///< See lose_unflushed.
  std::size_t first_lost = 0;                   ///< See lose_names.

  // The answer, besides `error`.
  std::span<std::byte> out;   ///< Filled by read_file.
  std::size_t count = 0;      ///< Bytes.
  bool existed = false;       ///< create_file found the file.
  Attributes attributes;      ///< Also asked for, by set_file_attributes.
  char* name = nullptr;       ///< Filled by next_name; room for max_name characters.
  std::size_t name_size = 0;  ///< 0: there is no next name.
};

void open_file(Request& request);     ///< path, access, share, disposition; answers handle, existed.
void close_file(Request& request);    ///< handle
void read_file(Request& request);     ///< handle, offset, out; answers count.
void write_file(Request& request);    ///< handle, offset, data; answers count.
void set_file_end(Request& request);  ///< handle, offset

void delete_name(Request& request);             ///< path
void move_name(Request& request);               ///< path, target, replace
void rename_open_file(Request& request);        ///< handle, target, replace
void make_directory(Request& request);          ///< path
void remove_empty_directory(Request& request);  ///< path

void get_attributes(Request& request);  ///< path; answers attributes.
void put_attributes(Request& request);  ///< path, attributes
void first_name(Request& request);      ///< path: a pattern
void next_name(Request& request);       ///< path: a pattern; last, name; answers name_size, attributes.

void lock_range(Request& request);    ///< handle, offset, length, exclusive
void unlock_range(Request& request);  ///< handle, offset, length
void flush_file(Request& request);    ///< handle

void open_watch(Request& request);   ///< path, subtree, modifications, capacity; answers handle.
void empty_watch(Request& request);  ///< handle

void drop_session(Request& request);  ///< session, handle if answer_lost; answers count: orphans.
void reap_orphans(Request& request);  ///< session; answers count: handles closed.
void change_network(
    Request& request);                 ///< session, replace: whether the server can be reached; answers count: orphans.
void close_handles(Request& request);  ///< threads; answers count: handles closed.
/// first_lost, if names are kept; survives: for all files with unflushed changes that there are then, in order, those
/// of each.
void restart_volume(Request& request);

// ---- shared by the functions above --------------------------------------------------------------

/// Tells why there is nothing at `path`: path_not_found if its directory is missing too, else file_not_found.
Win32Error why_absent(Request& request, const Path& path);

/// The open handle of a request that needs all rights in `needed`, and one in `one_of`; else null, with the error set.
const Open* use_handle(Request& request, Access needed, Access one_of = Access::none);

/// Whether the share modes of the open handles of `file` allow an open that asks for `asked` and then holds `held`.
bool sharing_allows(Request& request, NodeId file, Access asked, Access held, Share share);

/// Adds an open for the caller, with its lowest free number.
void give_handle(Request& request, NodeId file);
/// What closing touches where the open is a watch, or holds locks.
void release_watch(Request& request, const Open& open);
void release_locks(Request& request, const Open& open);

/// Closes a handle. Requires: `open` points into the volume's opens().
void close_open(Request& request, const Open* open);

/// Whether a read or write of [begin, end) through `open` meets a lock that forbids it; then fails with lock_violation.
bool locked_against(Request& request, const Open& open, std::uint64_t begin, std::uint64_t end, bool writes);

/// All changes of names reach the disk, if the volume keeps them apart.
void force_names(Request& request);

/// Tells those who watch the directory of `path`.
void note_change(Request& request, Change change, std::string_view path, std::uint64_t parent_hash);
void note_modified(Request& request, const Node& file);

/// Removes a file that nobody has open, or an empty directory, with its name.
void remove_node(Request& request, NodeId id);

/// The hash of the directory that holds the node.
std::uint64_t parent_hash(const Volume& volume, const Node& node);
std::string_view parent_of(std::string_view path);

}  // namespace sim::vfs
