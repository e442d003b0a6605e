#pragma once

#include <array>
#include <chrono>
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
#include "runtime/process.hpp"
#include "vfs/faults.hpp"
#include "vfs/win32.hpp"

namespace sim::vfs {

template <class T>
using Result = sim::Result<T, Win32Error>;

class Volume;
struct Request;

struct VolumeOptions {
  std::uint64_t capacity_bytes = 1 << 30;  ///< A write that would need more fails with disk_full (112), entirely.
  Durability durability = Durability::everything;
  Journal journal = Journal::forced;
  bool remote = false;  ///< Reached through a session with a server, which may drop.
  FaultOptions faults = {};
};

/// A second way to a mounted volume.
struct ShareOptions {
  bool remote = true;
  FaultOptions faults = {};
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

/// A watch on a directory. Owned like a handle.
class Watch {
 public:
  explicit Watch(Handle handle) : handle_(handle) {}

 private:
  friend class FileSystem;
  Handle handle_;
};

struct WatchOptions {
  bool subtree = false;         ///< Also what lies in directories within it.
  bool modifications = false;   ///< Also changes of contents and attributes, not only of names.
  std::uint32_t capacity = 16;  ///< Notices that it holds before it overflows; at least 1.
};

/// What a watch tells.
struct Notice {
  Change change;
  std::string name;  ///< Relative to the watched directory.

  friend bool operator==(const Notice&, const Notice&) = default;
};

/// The files of one simulated machine, with Win32 semantics.
///
/// Every call but mount and last_error is a scheduling point, served by the fiber of the volume that holds the path; a
/// path on no volume fails at once. Paths are absolute ("C:\\OUTBOX\\1.SRQ", "\\\\P01\\SMS_SITE\\1.PCK"; slashes do as
/// well), names are compared without regard to the case of ASCII letters, "." and ".." are no names. Sharing rules:
/// MS-FSA 2.1.5.1.2.2. Every error is also the calling thread's last_error, which a success clears.
class FileSystem {
 public:
  explicit FileSystem(FileSystemOptions options = {}) : options_(options), hook_{{process_ended}, this} {}
  ~FileSystem();
  FileSystem(const FileSystem&) = delete;
  FileSystem& operator=(const FileSystem&) = delete;

  /// Makes an empty volume at `root`: "C:" or "\\\\SERVER\\SHARE". No scheduling point: part of setting up, before
  /// other threads use this filesystem. Fails with already_assigned (85) or invalid_name (123).
  Result<Ok> mount(std::string_view root, VolumeOptions options = {});
  /// Makes the volume that is mounted at `volume` reachable at `root` too: a share, with a session of its own, whose
  /// drops leave handles that were opened by other ways alone. Fails like mount, or with path_not_found (3).
  Result<Ok> mount_share(std::string_view root, std::string_view volume, ShareOptions options = {});

  /// Makes the volume that `server`, another machine, has mounted at `root` one of this machine, too: a share that both
  /// see. No scheduling point. Fails with bad_netpath (53) if the server has none, or already_assigned (85). Requires:
  /// `server` lives as long as this filesystem is used.
  Result<Ok> connect(const FileSystem& server, std::string_view root);

  /// Opens or creates a file. Fails with sharing_violation (32) if an open handle excludes `access`, or `share`
  /// excludes what it already has. Where create_always or open_always found a file, last_error is already_exists (183).
  Result<Handle> create_file(std::string_view path, Access access, Share share, Disposition disposition,
                             OpenFlags flags = OpenFlags::none);

  /// Reads up to `out.size()` bytes at `offset` (bytes from the start); returns the count, 0 at the end of the file.
  Result<std::size_t> read(Handle file, std::uint64_t offset, std::span<std::byte> out);
  /// Writes all of `data` at `offset`, filling a gap with zeros, or nothing. A handle that may only append writes at
  /// the end, whatever `offset` is.
  Result<std::size_t> write(Handle file, std::uint64_t offset, std::span<const std::byte> data);
  Result<Ok> set_end(Handle file, std::uint64_t size);
  Result<Ok> close(Handle file);
  /// Puts all changes of the file's contents on the disk, whoever made them, and all changes of names in the volume
  /// (FlushFileBuffers). Needs write or append.
  Result<Ok> flush(Handle file);

  /// Locks `length` bytes at `offset`, also behind the end, until unlock or close (LockFileEx, at once or not at all).
  /// Other handles cannot write there, nor read if `exclusive`; nobody writes under a shared lock. Fails with
  /// lock_violation (33), and where `length` leads out of 64 bits with invalid_lock_range (307). Needs read or write.
  Result<Ok> lock(Handle file, std::uint64_t offset, std::uint64_t length, bool exclusive);
  /// Takes back one lock of this handle with exactly this range, else fails with not_locked (158).
  Result<Ok> unlock(Handle file, std::uint64_t offset, std::uint64_t length);

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

  /// Begins to collect what happens to names in a directory (ReadDirectoryChangesW). While it lasts, the directory can
  /// be neither removed nor renamed (32). Fails with 2, 3, or directory (267) for a file.
  Result<Watch> watch(std::string_view directory, WatchOptions options = {});
  /// Blocks until something was collected, and fetches it in order. Success without a notice: too much had been
  /// collected, all of it is lost, and the caller must look for itself. Repeated changes of one file coalesce.
  Result<std::vector<Notice>> read_changes(Watch watch);
  /// The same, for a while: then it fails with wait_timeout (258).
  template <class Rep, class Period>
  Result<std::vector<Notice>> read_changes_for(Watch watch, const std::chrono::duration<Rep, Period>& duration) {
    return fetch(watch, std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
  }
  Result<Ok> close(Watch watch) { return close(watch.handle_); }

  Result<Attributes> attributes(std::string_view path);
  /// Sets `read_only`; the rest of `attributes` is ignored.
  Result<Ok> set_attributes(std::string_view path, Attributes attributes);

  // ---- faults that a program asks for; see also FaultOptions. Each is one transition, ordered with all others ----

  /// Whether the server of a remote `root` can be reached. When it no longer can, the session drops: its handles fail
  /// with 64, and all operations on paths with bad_netpath (53).
  Result<Ok> set_reachable(std::string_view root, bool reachable);
  /// The server closes the handles that dropped sessions of `root` left open. In a program it does so by itself, at any
  /// time, in a thread of its own that each drop starts; a test without threads calls this.
  Result<Ok> reap(std::string_view root);
  /// The machine that holds the volume at `root` loses power and starts again: no handle is left, remote ones fail with
  /// 64, and of what was not flushed there is what VolumeOptions::durability and journal say.
  Result<Ok> lose_power(std::string_view root);
  /// All handles that these threads opened are closed, as when the process they belong to ends; a sim::process that
  /// crashes closes its handles without this. What was written stays, flushed or not.
  Result<Ok> close_handles_of(std::span<const ThreadId> threads);

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
    std::uint8_t session;  ///< Of the volume; 0 belongs to whoever mounted it.
    bool plain;            ///< Neither remote nor with faults.
    bool owned;            ///< False: another machine's.
  };
  struct Place;

  Place locate(std::string_view path);
  Place locate(Handle file);
  Win32Error remember(Win32Error error);
  /// The number of what is mounted at `root`; else no_volume.
  std::uint32_t find_mounted(std::string_view root) const;
  static constexpr std::uint32_t no_volume = 0xff;
  Win32Error why_not_mountable(std::string_view root) const;
  void serve(const Mounted& mounted, void (*request)(void*), Request& argument);
  void perform_with_faults(Request& request, std::uint32_t mounted, Fault possible, void (*operation)(void*));
  void drop(Request& request, std::uint32_t mounted);
  friend struct Request;
  void start_reaper(std::uint8_t mounted);
  void reap_at(std::uint32_t mounted);
  Result<std::vector<Notice>> fetch(Watch watch, std::int64_t nanoseconds);
  Result<Ok> perform_lock(Handle file, std::uint64_t offset, std::uint64_t length, bool exclusive, bool unlock);
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

  struct HandleHook : runtime::EndHook {
    FileSystem* files;
  };
  static void process_ended(runtime::EndHook& hook, const runtime::Ended& what);

  FileSystemOptions options_;
  HandleHook hook_;
  std::vector<Mounted> volumes_;
  std::uint64_t reapers_ = 0;                             ///< Threads that use this object, as bits.
  std::array<std::uint16_t, max_threads> last_errors_{};  // Here, because this object is part of the program's state.
};

}  // namespace sim::vfs
