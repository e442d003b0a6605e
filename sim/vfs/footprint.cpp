#include "vfs/footprint.hpp"

#include <string>

#include "runtime/program.hpp"

namespace sim::vfs {
namespace {

/// The weakest mode that stands for both.
AccessMode join(AccessMode a, AccessMode b) {
  if (a == AccessMode::none) return b;
  return a == b || b == AccessMode::none ? a : AccessMode::write;
}

std::string_view label(Aspect aspect) {
  switch (aspect) {
    case Aspect::handles:
      return " [handles]";
    case Aspect::share_read:
      return " [read sharing]";
    case Aspect::share_write:
      return " [write sharing]";
    case Aspect::share_remove:
      return " [delete sharing]";
    case Aspect::size:
      return " [size]";
    case Aspect::durable:
      return " [on disk]";
    default:
      return "";
  }
}

}  // namespace

ObjectId object_of(std::uint64_t name, Aspect aspect, std::uint32_t detail) {
  std::uint64_t x = name ^ (static_cast<std::uint64_t>(aspect) << 56 | std::uint64_t{detail} << 8);
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return 0xC0000000U | static_cast<ObjectId>(x >> 34);
}

Footprint::Footprint(const Volume& volume, ObjectId announced)
    : volume_(volume),
      announced_(announced),
      in_program_(runtime::in_program()),
      names_wanted_(in_program_ && runtime::names_wanted()) {}

void Footprint::touch(ObjectId object, AccessMode mode) {
  if (object == announced_) {
    announced_mode_ = join(announced_mode_, mode);
  } else {
    runtime::access(object, mode);
  }
}

void Footprint::name(ObjectId object, std::string_view path, std::string_view suffix) const {
  std::string text = volume_.root();
  if (!path.empty()) text.append("\\").append(path);
  runtime::name_object(object, std::move(text.append(suffix)));
}

void Footprint::name_volume() const {
  if (names_wanted_) name(announced_, "", "");
}

void Footprint::entry(std::string_view path, std::uint64_t path_hash, AccessMode mode) {
  if (!in_program_) return;
  const ObjectId object = object_of(path_hash, Aspect::entry);
  touch(object, mode);
  if (names_wanted_) name(object, path, "");
}

void Footprint::members(std::string_view directory, std::uint64_t path_hash, AccessMode mode) {
  if (!in_program_) return;
  const ObjectId object = object_of(path_hash, Aspect::members);
  touch(object, mode);
  if (names_wanted_) name(object, directory, "\\");
}

void Footprint::file(const Node& file, Aspect aspect, AccessMode mode) {
  if (!in_program_) return;
  const ObjectId object = object_of(file.identity, aspect);
  touch(object, mode);
  if (names_wanted_) name(object, file.path, label(aspect));
}

void Footprint::content(const Node& file, std::uint64_t begin, std::uint64_t end, AccessMode mode) {
  if (!in_program_) return;
  if (begin >= end) {  // Nothing is touched; the event was announced by this block, and is to have a name.
    if (names_wanted_) name_block(file, block_of(begin));
    return;
  }
  std::uint64_t count = ((end - 1) >> 18) - (begin >> 18) + 1;
  if (count > block_count) count = block_count;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint32_t block = (block_of(begin) + static_cast<std::uint32_t>(i)) % block_count;
    touch(object_of(file.identity, Aspect::content, block), mode);
    if (names_wanted_) name_block(file, block);
  }
}

void Footprint::name_block(const Node& file, std::uint32_t block) const {
  const std::string suffix = block == 0 ? " [contents]" : " [contents, block " + std::to_string(block) + "]";
  name(object_of(file.identity, Aspect::content, block), file.path, suffix);
}

void Footprint::slot(std::uint8_t thread, std::uint16_t index, AccessMode mode) {
  if (!in_program_) return;
  const ObjectId object = object_of(volume_.root_hash(), Aspect::slot, slot_of(thread, index));
  touch(object, mode);
  if (names_wanted_) name(object, "", " [handle " + std::to_string(thread) + "." + std::to_string(index) + "]");
}

void Footprint::space(AccessMode mode) {
  if (!in_program_) return;
  const ObjectId object = object_of(volume_.root_hash(), Aspect::space);
  touch(object, mode);
  if (names_wanted_) name(object, "", " [free space]");
}

void Footprint::watch(std::uint8_t thread, std::uint16_t index, AccessMode mode) {
  if (!in_program_) return;
  const ObjectId object = object_of(volume_.root_hash(), Aspect::watch, slot_of(thread, index));
  touch(object, mode);
  if (names_wanted_) name(object, "", " [watch " + std::to_string(thread) + "." + std::to_string(index) + "]");
}

void Footprint::session(std::uint8_t number, AccessMode mode) {
  if (!in_program_) return;
  const ObjectId object = object_of(volume_.root_hash(), Aspect::session, number);
  touch(object, mode);
  if (names_wanted_) runtime::name_object(object, volume_.sessions()[number].root + " [network]");
}

void Footprint::orphans(AccessMode mode) {
  if (!in_program_) return;
  const ObjectId object = object_of(volume_.root_hash(), Aspect::orphans);
  touch(object, mode);
  if (names_wanted_) name(object, "", " [orphaned handles]");
}

void Footprint::journal(AccessMode mode) {
  if (!in_program_ || !volume_.keeps_names()) return;
  const ObjectId object = object_of(volume_.root_hash(), Aspect::journal);
  touch(object, mode);
  if (names_wanted_) name(object, "", " [journal]");
}

void Footprint::everything() {
  if (in_program_) touch(everything_object, AccessMode::write);
}

}  // namespace sim::vfs
