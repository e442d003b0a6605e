#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash128.hpp"
#include "base/ids.hpp"
#include "vfs/content.hpp"
#include "vfs/faults.hpp"
#include "vfs/path.hpp"
#include "vfs/win32.hpp"

namespace sim::vfs {

/// Number of a file or directory within its volume, for as long as it exists.
using NodeId = std::uint16_t;
inline constexpr NodeId no_node = 0xffff;
inline constexpr NodeId root_node = 0xfffe;  ///< Of a watch on the root directory, which has no node.

/// A change of a file's contents that has not reached the disk.
struct UnflushedChange {
  std::uint64_t offset;         ///< Of a write; the new size, of a change of size.
  std::vector<std::byte> data;  ///< Empty: the size changes.
  bool certain;                 ///< Written through: it reached the disk, unlike what was written before it.
};

/// What a file's contents were when it was last flushed, and what happened since.
struct Unflushed {
  Content stable;
  std::vector<UnflushedChange> changes;
};

/// A file or directory. It has exactly one name; there are no hard links.
struct Node {
  std::string path;  ///< Within the volume, spelled as it was created. Empty: the place is free.
  Content content;
  Hash128 contribution;         ///< What it adds to the fingerprint of the volume.
  std::uint64_t path_hash = 0;  ///< Of `path`, folded.
  /// Names the file in footprints: the hash of a path that it has or had. A file that is renamed while somebody else
  /// has it open keeps it, because that handle's next operation must mean the same object in every equivalent
  /// execution.
  std::uint64_t identity = 0;
  std::uint16_t opens = 0;
  bool directory = false;
  bool read_only = false;
  bool delete_pending = false;
  /// Null if everything is on the disk, or nobody asks (see Durability).
  std::unique_ptr<Unflushed> unflushed;
};

/// A change of a name or of an attribute that has not reached the disk, and how to take it back.
struct NameChange {
  enum class Kind : std::uint8_t { creation, removal, rename, attribute };

  Kind kind;
  bool joined = false;      ///< Part of one operation with the change before it: both are lost, or neither.
  std::string path;         ///< What the node is called behind the change; empty, of a removal.
  std::string before = {};  ///< What it was called, if it was renamed.
  std::unique_ptr<Node> removed = nullptr;
  Hash128 hash = {};  ///< Of all but `joined`.
};

/// The changes since names were last forced to the disk, oldest first.
struct Unforced {
  std::vector<NameChange> changes;
  Hash128 contribution;  ///< What they add to the fingerprint of the volume.
};

/// Owns what a dropped session left open, and has no handles to give: no thread has this number.
inline constexpr std::uint8_t server_thread = 0xfe;

/// An open handle. Its node is no_node if the session was dropped under it: then only the caller's half is left.
struct Open {
  std::uint8_t thread;
  std::uint8_t share;
  std::uint16_t access;
  std::uint16_t index;
  NodeId node;
  std::uint8_t session = 0;
  bool write_through = false;
};

/// A byte-range lock: [offset, offset + length).
struct Lock {
  std::uint8_t thread;  ///< With `index`: the open that holds it.
  bool exclusive;
  std::uint16_t index;
  NodeId node;
  std::uint64_t offset, length;

  friend auto operator<=>(const Lock&, const Lock&) = default;
};

/// What one name did, not yet fetched by the owner of a watch.
struct PendingNotice {
  Change change;
  std::string name;  ///< Relative to the watched directory.
};

/// The rest of an open that is a watch.
struct WatchState {
  std::uint8_t thread;
  bool subtree, modifications, overflowed;
  std::uint16_t index;
  std::uint32_t capacity;
  std::string directory;
  std::uint64_t directory_hash;
  std::vector<PendingNotice> notices;
};

/// A way to the volume: 0 the one it was mounted by, others from mount_share.
struct Session {
  std::string root;
  bool remote;
  bool reachable;
  FaultOptions faults;
};

/// The state of one volume: names, contents, open handles, and their fingerprint. It knows neither rules nor errors.
///
/// Lives in its server's heap and is changed only while serving. Small, because each snapshot copies it: flat vectors.
class Volume {
 public:
  /// `number` tells volumes with equal roots on different machines apart.
  Volume(std::string_view root, std::uint64_t number, std::uint64_t capacity_bytes);

  std::span<const Session> sessions() const { return sessions_; }
  void add_session(Session session);
  void set_reachable(std::uint8_t session, bool reachable);

  const std::string& root() const { return root_; }
  /// The hash of the root directory, from which the hashes of all paths are made.
  std::uint64_t root_hash() const { return root_hash_; }

  /// Identity of the logical contents: names, contents, attributes, handles. Independent of addresses, of the order in
  /// which things were made, and of what is no more.
  const Hash128& fingerprint() const { return fingerprint_; }
  /// The same, from nothing.
  Hash128 recompute_fingerprint() const;

  // ---- names ----
  const Node& node(NodeId id) const { return nodes_[id]; }
  /// Returns no_node if there is no such name. The root has no node.
  NodeId find(std::string_view path, std::uint64_t path_hash) const;
  NodeId create(std::string_view path, std::uint64_t path_hash, bool directory);
  /// Requires: not open, and empty if a directory.
  void remove(NodeId id);
  /// Changes the one name, and if `identify_anew`, the identity.
  void rename(NodeId id, std::string_view path, std::uint64_t path_hash, bool identify_anew);
  void set_read_only(NodeId id, bool read_only);
  void set_delete_pending(NodeId id);

  /// Everything, by compare_paths.
  std::span<const NodeId> in_order() const { return order_; }
  /// Index in in_order() of the first path that is not before `path`.
  std::size_t first_not_before(std::string_view path) const;

  // ---- contents ----
  void write(NodeId id, std::uint64_t offset, std::span<const std::byte> data, bool write_through = false);
  void resize(NodeId id, std::uint64_t size, bool write_through = false);
  void set_durability(Durability durability) { durability_ = durability; }
  Durability durability() const { return durability_; }
  /// Whether what was not flushed is kept apart.
  bool keeps_unflushed() const { return durability_ != Durability::everything; }
  void flush(NodeId id);
  /// The contents become what was flushed, with those of the later changes that `survives` names: for each change, in
  /// order, how many bytes of its data reached the disk; all_of_it for a change of size that did.
  void lose_unflushed(NodeId id, std::span<const std::uint64_t> survives);
  static constexpr std::uint64_t all_of_it = ~std::uint64_t{0};

  // ---- names that are not on the disk yet ----
  /// From now on changes of names are kept until they are forced. Else they are on the disk at once.
  void keep_names();
  bool keeps_names() const { return unforced_ != nullptr; }
  /// Requires: keeps_names().
  std::span<const NameChange> unforced() const { return unforced_->changes; }
  std::size_t unforced_count() const { return unforced_ == nullptr ? 0 : unforced_->changes.size(); }
  /// What changed since unforced_count() was `from` is one operation.
  void join_unforced(std::size_t from);
  void force_names();
  /// Takes back the changes from number `from` on, last first; those before it are on the disk. Requires:
  /// keeps_names(), and nothing is open.
  void lose_names(std::size_t from);

  // ---- space ----
  std::uint64_t capacity() const { return capacity_; }
  /// Bytes that files may still grow by. A power loss brings back what was cut or deleted, without asking for room.
  std::uint64_t free() const { return used_ < capacity_ ? capacity_ - used_ : 0; }
  std::uint64_t used() const { return used_; }
  /// Bytes by which files ever grew: an upper bound of what `used` could be in any order of the same operations.
  std::uint64_t grown() const { return grown_; }

  // ---- handles ----
  /// Sorted by thread and index.
  std::span<const Open> opens() const { return opens_; }
  const Open* find_open(std::uint8_t thread, std::uint16_t index) const;
  std::uint16_t lowest_free_index(std::uint8_t thread) const;
  void add_open(const Open& open);
  /// Requires: `open` points into opens(). Leaves the file where it is.
  void remove_open(const Open* open);
  /// Cuts an open in two: the server's half, which keeps the file open, and the caller's, which is good for nothing but
  /// to be closed; without the latter unless `keep_dead`. Requires: `open` points into opens().
  void orphan(const Open* open, bool keep_dead);
  void clear_delete_pending(NodeId id);

  // ---- locks ----
  /// Sorted.
  std::span<const Lock> locks() const { return locks_; }
  void add_lock(const Lock& lock);
  /// Requires: `lock` points into locks().
  void remove_lock(const Lock* lock);

  // ---- watches ----
  std::span<const WatchState> watches() const { return watches_; }
  WatchState* find_watch(std::uint8_t thread, std::uint16_t index);
  void add_watch(WatchState watch);
  /// Adds a notice; a full watch overflows.
  void notify(WatchState& watch, Change change, std::string_view name);
  /// Empties the watch. Returns what it held: nothing if it had overflowed.
  std::vector<PendingNotice> take_notices(WatchState& watch);

 private:
  Hash128 contribution_of(const Node& node) const;
  Hash128 contribution_of(const Open& open) const;
  static Hash128 contribution_of(const Lock& lock);
  static Hash128 contribution_of(const WatchState& watch);
  void refresh(Node& node);
  void note_name(NameChange change);
  Hash128 hash_of(const NameChange& change) const;
  Hash128 contribution_of_unforced() const;
  void refresh_unforced();
  void take_back(NameChange& change);
  void note_unflushed(Node& node, std::uint64_t offset, std::span<const std::byte> data, bool write_through);

  Hash128 fingerprint_;
  std::uint64_t root_hash_;
  std::uint64_t capacity_;
  std::uint64_t used_ = 0;
  std::uint64_t grown_ = 0;
  std::string root_;
  std::vector<Node> nodes_;  ///< By NodeId, with free places.
  std::vector<NodeId> order_;
  std::vector<Open> opens_;
  std::vector<Lock> locks_;
  std::vector<WatchState> watches_;
  std::vector<Session> sessions_;
  std::unique_ptr<Unforced> unforced_;  ///< Null: nobody asks (see Journal).
  Durability durability_ = Durability::everything;
};

}  // namespace sim::vfs
