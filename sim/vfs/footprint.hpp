#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.hpp"
#include "event/footprint.hpp"
#include "vfs/volume.hpp"

/// What file operations touch, as fine as their meaning allows: operations whose order nobody can tell share nothing.
///
/// A path has two objects: its *entry* (what the name means) and, as a directory, its *members* (which names there are:
/// creating and removing different names add, enumeration reads). A file has its contents in blocks, its size, its
/// handles, and three objects for the share modes; the volume has its free space, and one object a handle.
///
/// Names of objects depend on paths alone, never on history: they are part of states.
namespace sim::vfs {

enum class Aspect : std::uint8_t {
  entry,
  members,
  handles,  ///< How many handles are open: opening and closing add, deleting and renaming read.
  share_read,
  share_write,
  share_remove,
  size,
  content,  ///< One object for each block.
  slot,     ///< What a handle refers to.
  space,
  durable,  ///< What of a file is on the disk, and in which order the rest gets there.
  watch,    ///< What a watch holds.
  session,  ///< Whether the server can be reached.
  orphans,  ///< What dropped sessions left open.
  journal,  ///< Which changes of names are on the disk, and the order of the others: changing writes, forcing adds.
};

/// The name of an object: 0xC0000000 and 30 bits of hash. A collision costs reduction, never an interleaving.
ObjectId object_of(std::uint64_t name, Aspect aspect, std::uint32_t detail = 0);

/// Files have one object for each block of contents; blocks that are 16 MiB apart share one.
constexpr std::uint32_t block_of(std::uint64_t offset) {
  return static_cast<std::uint32_t>(offset >> 18) & 63;
}
inline constexpr std::uint32_t block_count = 64;

constexpr std::uint32_t slot_of(std::uint8_t thread, std::uint16_t index) {
  return std::uint32_t{thread} << 16 | index;
}

/// The footprint of the running event, as it grows.
class Footprint {
 public:
  /// `announced` is the object that the scheduling point named.
  Footprint(const Volume& volume, ObjectId announced);

  void entry(std::string_view path, std::uint64_t path_hash, AccessMode mode);
  void members(std::string_view directory, std::uint64_t path_hash, AccessMode mode);
  void file(const Node& file, Aspect aspect, AccessMode mode);
  /// The blocks of [begin, end); none if that is empty.
  void content(const Node& file, std::uint64_t begin, std::uint64_t end, AccessMode mode);
  void slot(std::uint8_t thread, std::uint16_t index, AccessMode mode);
  void space(AccessMode mode);
  void watch(std::uint8_t thread, std::uint16_t index, AccessMode mode);
  void session(std::uint8_t number, AccessMode mode);
  void orphans(AccessMode mode);
  /// Nothing where changes of names are on the disk at once.
  void journal(AccessMode mode);
  /// Reports call the announced object by the volume's root: for events that touch everything, and so nothing by name.
  void name_volume() const;
  /// The event is ordered with every other one.
  void everything();

  /// A choice was made within the transition: what is touched from now on belongs to it, the announced object too.
  void follow_choice() { announced_ = no_object; }

  /// How the announced object turned out to be touched.
  AccessMode announced_mode() const { return announced_mode_; }

 private:
  void touch(ObjectId object, AccessMode mode);
  void name(ObjectId object, std::string_view path, std::string_view suffix) const;
  void name_block(const Node& file, std::uint32_t block) const;

  const Volume& volume_;
  ObjectId announced_;
  AccessMode announced_mode_ = AccessMode::none;
  bool in_program_;
  bool names_wanted_;
};

}  // namespace sim::vfs
