#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash128.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "event/footprint.hpp"
#include "event/operation.hpp"
#include "vfs/win32.hpp"

namespace sim::vfs {

template <class T>
using Result = sim::Result<T, Win32Error>;

class Volume;
struct Request;

struct VolumeOptions {
  std::uint64_t capacity_bytes = 1 << 30;  ///< A write that would need more fails with disk_full (112), entirely.
};

struct FileSystemOptions {
  /// Perform requests on the caller's stack and not on the volume's fiber. Nothing observable depends on it.
  bool inline_serving = false;
};

/// An open file: the thread that opened it, that thread's lowest free number then, and the volume. Like a HANDLE it is
/// good in any thread, may be copied, and may name another file once it was closed.
struct Handle {
  std::uint8_t volume = 0xff;
  std::uint8_t thread = 0xff;
  std::uint16_t index = 0xffff;

  friend bool operator==(const Handle&, const Handle&) = default;
};

/// What is known of a file or directory without opening it.
struct Attributes {
  bool read_only = false;
  bool directory = false;
  std::uint64_t size = 0;  ///< In bytes; 0 for a directory.

  friend bool operator==(const Attributes&, const Attributes&) = default;
};

/// One name that an enumeration returned.
struct Entry {
  std::string name;  ///< Without the directory, spelled as it was created.
  Attributes attributes;
};

/// A running enumeration: the pattern, and the last name that was returned. Holds nothing open.
class Find {
 public:
  Find(std::size_t volume, std::string_view pattern) : volume_(volume), pattern_(pattern) {}

 private:
  friend class FileSystem;
  std::size_t volume_;
  std::string pattern_;  ///< Within the volume.
  std::string last_;     ///< Empty before the first.
};

/// The files of one simulated machine, with Win32 semantics.
///
/// Every call but mount and last_error is a scheduling point, served by the fiber of the volume that holds the path; a
/// path on no volume fails at once. Paths are absolute ("C:\\OUTBOX\\1.SRQ", "\\\\P01\\SMS_SITE\\1.PCK"; slashes do as
/// well), names are compared without regard to the case of ASCII letters, "." and ".." are no names. Sharing rules:
/// MS-FSA 2.1.5.1.2.2. Every error is also the calling thread's last_error, which a success clears.
///
/// Byte-range locks (lock, unlock) belong beside set_end, change notification (watch) beside find_first, and network
/// sessions, whose drops are transitions of their own, beside mount.
class FileSystem {
 public:
  explicit FileSystem(FileSystemOptions options = {}) : options_(options) {}
  ~FileSystem();
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  /// Makes an empty volume at `root`: "C:" or "\\\\SERVER\\SHARE". No scheduling point: part of setting up, before
  /// other threads use this filesystem. Fails with already_assigned (85) or invalid_name (123).
  Result<Ok> mount(std::string_view root, VolumeOptions options = {});

  /// Makes the volume that `server`, another machine, has mounted at `root` one of this machine, too: a share that both
  /// see. No scheduling point. Fails with bad_netpath (53) if the server has none, or already_assigned (85). Requires:
  /// `server` lives as long as this filesystem is used.
  Result<Ok> connect(const FileSystem& server, std::string_view root);

  /// Opens or creates a file. Fails with sharing_violation (32) if an open handle excludes `access`, or `share`
  /// excludes what it already has. Where create_always or open_always found a file, last_error is already_exists (183).
  Result<Handle> create_file(std::string_view path, Access access, Share share, Disposition disposition);

  /// Reads up to `out.size()` bytes at `offset` (bytes from the start); returns the count, 0 at the end of the file.
  Result<std::size_t> read(Handle file, std::uint64_t offset, std::span<std::byte> out);
  /// Writes all of `data` at `offset`, filling a gap with zeros, or nothing. A handle that may only append writes at
  /// the end, whatever `offset` is.
  Result<std::size_t> write(Handle file, std::uint64_t offset, std::span<const std::byte> data);
  Result<Ok> set_end(Handle file, std::uint64_t size);
  Result<Ok> close(Handle file);

  /// Removes the name, now or when the last handle closes; until then it cannot be used (access_denied, 5).
  Result<Ok> delete_file(std::string_view path);
  /// Renames a file or directory within its volume (else 17). Open handles must share delete (else 32), and stay on the
  /// file. A file at `to` fails with 183, or if `replace`, is replaced unless it is open, read-only or a directory (5).
  Result<Ok> move_file(std::string_view from, std::string_view to, bool replace);
  /// The same for the file that is open as `file`, which needs Access::remove.
  Result<Ok> rename_by_handle(Handle file, std::string_view to, bool replace);

  Result<Ok> create_directory(std::string_view path);
  Result<Ok> remove_directory(std::string_view path);

  /// Begins to enumerate the names that match `pattern`, whose last component may have wildcards (* and ?). Fails with
  /// file_not_found (2) if nothing matches now. "." and ".." match, as they do in Win32, but are not returned.
  Result<Find> find_first(std::string_view pattern);
  /// The first matching name, as of now, that follows the last one returned in case-insensitive order; nullopt (and
  /// last_error 18) if there is none. Begins with the first name.
  std::optional<Entry> find_next(Find& find);

  Result<Attributes> attributes(std::string_view path);
  /// Sets `read_only`; the rest of `attributes` is ignored.
  Result<Ok> set_attributes(std::string_view path, Attributes attributes);

  /// How the calling thread's last call ended. Win32 leaves it after a success to each function; here success clears
  /// it, lest old errors make states differ.
  Win32Error last_error() const;

  /// Identity of the logical contents of all volumes, open handles included: equal contents, equal fingerprints. It
  /// does not include last_error.
  Hash128 fingerprint() const;

 private:
  struct Mounted {
    Volume* volume;
    std::uint32_t server;
    std::uint32_t owned;  ///< 0: another machine's.
  };
  struct Place;

  const Mounted* mounted_at(std::string_view root) const;
  Place locate(std::string_view path);
  Place locate(Handle file);
  Win32Error remember(Win32Error error);
  template <void (*operation)(Request&)>
  bool perform(Request& request, const Place& place);
  template <void (*operation)(Request&)>
  Result<Ok> perform_on_path(std::string_view path, OperationKind kind, AccessMode mode,
                             Attributes* attributes = nullptr);
  template <void (*operation)(Request&)>
  Result<Ok> perform_on_handle(const Place& place, OperationKind kind, ObjectId object, Handle file,
                               std::uint64_t offset);
  template <void (*operation)(Request&)>
  Result<Ok> perform_rename(const Place& place, ObjectId object, Handle file, std::string_view to, bool replace);

  FileSystemOptions options_;
  std::vector<Mounted> volumes_;
  std::array<std::uint16_t, max_threads> last_errors_{};  // Here, because this object is part of the program's state.
};

}  // namespace sim::vfs
