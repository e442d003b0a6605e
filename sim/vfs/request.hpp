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

  Volume& volume;
  std::uint8_t thread;  ///< Who calls.
  Footprint footprint;
  Win32Error error = Win32Error::success;

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

// ---- shared by the functions above --------------------------------------------------------------

/// Tells why there is nothing at `path`: path_not_found if its directory is missing too, else file_not_found.
Win32Error why_absent(Request& request, const Path& path);

/// The open handle of a request that needs all rights in `needed`, and one in `one_of`; else null, with the error set.
const Open* use_handle(Request& request, Access needed, Access one_of = Access::none);

/// Whether the share modes of the open handles of `file` allow an open that asks for `asked` and then holds `held`.
bool sharing_allows(Request& request, NodeId file, Access asked, Access held, Share share);

/// Removes a file that nobody has open, or an empty directory, with its name.
void remove_node(Request& request, NodeId id);

/// The hash of the directory that holds the node.
std::uint64_t parent_hash(const Volume& volume, const Node& node);
std::string_view parent_of(std::string_view path);

}  // namespace sim::vfs
