#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash128.hpp"
#include "base/ids.hpp"
#include "vfs/content.hpp"
#include "vfs/path.hpp"
#include "vfs/win32.hpp"

namespace sim::vfs {

/// Number of a file or directory within its volume, for as long as it exists.
using NodeId = std::uint16_t;
inline constexpr NodeId no_node = 0xffff;

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
};

/// An open handle.
struct Open {
  std::uint8_t thread;
  std::uint8_t share;
  std::uint16_t access;
  std::uint16_t index;
  NodeId node;
};

/// The state of one volume: names, contents, open handles, and their fingerprint. It knows neither rules nor errors.
///
/// Lives in its server's heap and is changed only while serving. Small, because each snapshot copies it: flat vectors.
class Volume {
 public:
  /// `number` tells volumes with equal roots on different machines apart.
  Volume(std::string_view root, std::uint64_t number, std::uint64_t capacity_bytes);

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
  void write(NodeId id, std::uint64_t offset, std::span<const std::byte> data);
  void resize(NodeId id, std::uint64_t size);
  std::uint64_t capacity() const { return capacity_; }
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

 private:
  Hash128 contribution_of(const Node& node) const;
  Hash128 contribution_of(const Open& open) const;
  void refresh(Node& node);

  Hash128 fingerprint_;
  std::uint64_t root_hash_;
  std::uint64_t capacity_;
  std::uint64_t used_ = 0;
  std::uint64_t grown_ = 0;
  std::string root_;
  std::vector<Node> nodes_;  ///< By NodeId, with free places.
  std::vector<NodeId> order_;
  std::vector<Open> opens_;
};

}  // namespace sim::vfs
