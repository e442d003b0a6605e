#include <algorithm>
#include <limits>

#include "vfs/request.hpp"

/// Reading, writing, and setting the size.
namespace sim::vfs {
namespace {

/// Reserves `growth` bytes; false, with error disk_full, if the volume is too full.
///
/// Growing commutes with growing where both succeed in either order. One of them cannot tell: each may fit, and the two
/// not. But two fit together if each of them leaves half of the volume that was never used. So it is said of volumes of
/// the default capacity or more, while that is so. In smaller ones, whose capacity is there to matter, and from then
/// on, growing is ordered with all other growing and freeing.
bool reserve_space(Request& request, std::uint64_t growth) {
  const Volume& volume = request.volume;
  if (growth > volume.free()) {
    request.footprint.space(AccessMode::read);
    request.error = Win32Error::disk_full;
    return false;
  }
  const std::uint64_t half = volume.capacity() / 2;
  const bool roomy =
      volume.capacity() >= VolumeOptions{}.capacity_bytes && volume.grown() <= half && growth <= half - volume.grown();
  request.footprint.space(roomy ? AccessMode::add : AccessMode::write);
  return true;
}

bool out_of_range(Request& request, std::uint64_t offset, std::uint64_t size) {
  if (size <= std::numeric_limits<std::uint64_t>::max() - offset) return false;
  request.footprint.slot(request.handle.thread, request.handle.index, AccessMode::read);
  request.error = Win32Error::invalid_parameter;
  return true;
}

}  // namespace

void read_file(Request& request) {
  const Open* open = use_handle(request, Access::read);
  if (open == nullptr || out_of_range(request, request.offset, request.out.size())) return;
  const Node& file = request.volume.node(open->node);
  const std::uint64_t size = file.content.size(), end = request.offset + request.out.size();
  if (locked_against(request, *open, request.offset, end, false)) return;
  // A read that stays inside depends on the size only through the blocks: whoever cuts the file writes those.
  if (end > size || request.out.empty()) request.footprint.file(file, Aspect::size, AccessMode::read);
  request.footprint.content(file, request.offset, std::min(end, size), AccessMode::read);
  request.count = file.content.read(request.offset, request.out);
}

void write_file(Request& request) {
  const Open* open = use_handle(request, Access::none, Access::write | Access::append);
  if (open == nullptr) return;
  const Node& file = request.volume.node(open->node);
  const std::uint64_t size = file.content.size();
  const bool appends = (static_cast<Access>(open->access) & Access::write) == Access::none;
  const std::uint64_t offset = appends ? size : request.offset;
  if (out_of_range(request, offset, request.data.size())) return;
  if (request.data.empty()) {
    request.footprint.file(file, Aspect::size, AccessMode::read);
    return;
  }
  const std::uint64_t end = offset + request.data.size();
  if (locked_against(request, *open, offset, end, true)) return;
  if (end > size) {
    if (!reserve_space(request, end - size)) {
      request.footprint.file(file, Aspect::size, AccessMode::read);
      request.footprint.content(file, offset, offset, AccessMode::read);
      return;
    }
    request.footprint.file(file, Aspect::size, AccessMode::write);
  }
  request.footprint.content(file, std::min(offset, size), end, AccessMode::write);
  if (request.volume.keeps_unflushed()) request.footprint.file(file, Aspect::durable, AccessMode::write);
  request.volume.write(open->node, offset, request.data, open->write_through);
  if (open->write_through) force_names(request);
  note_modified(request, file);
  request.count = request.data.size();
}

void set_file_end(Request& request) {
  const Open* open = use_handle(request, Access::write);
  if (open == nullptr) return;
  const Node& file = request.volume.node(open->node);
  const std::uint64_t before = file.content.size(), after = request.offset;
  if (after > before && !reserve_space(request, after - before)) {
    request.footprint.file(file, Aspect::size, AccessMode::read);
    return;
  }
  if (after < before) request.footprint.space(AccessMode::add);
  request.footprint.file(file, Aspect::size, AccessMode::write);
  request.footprint.content(file, std::min(before, after), std::max(before, after), AccessMode::write);
  if (request.volume.keeps_unflushed()) request.footprint.file(file, Aspect::durable, AccessMode::write);
  request.volume.resize(open->node, after, open->write_through);
  if (open->write_through) force_names(request);
  note_modified(request, file);
}

void flush_file(Request& request) {
  const Open* open = use_handle(request, Access::none, Access::write | Access::append);
  if (open == nullptr) return;
  const Node& file = request.volume.node(open->node);
  // Where nothing can be lost, flushing changes nothing.
  const bool matters = request.volume.keeps_unflushed();
  request.footprint.file(file, Aspect::durable, matters ? AccessMode::write : AccessMode::read);
  if (matters) request.volume.flush(open->node);
  force_names(request);
}

}  // namespace sim::vfs
