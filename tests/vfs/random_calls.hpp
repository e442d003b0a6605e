#pragma once

#include <string>
#include <vector>

#include "drive.hpp"
#include "operations.hpp"

/// Random steps as calls of a filesystem.
namespace sim::vfs::random {

inline std::string code(Win32Error error) {
  return std::to_string(static_cast<unsigned>(error));
}

/// Performs a step through the public calls; what it returned, as text.
inline std::string perform(FileSystem& fs, const Step& step) {
  const std::string path = "C:\\" + paths[step.path], target = "C:\\" + paths[step.target];
  const Handle handle{0, step.owner, step.index};
  std::string buffer(step.size, '?');
  switch (step.kind) {
    case Kind::open: {
      const auto file = fs.create_file(path, static_cast<Access>(step.access), static_cast<Share>(step.share),
                                       static_cast<Disposition>(step.disposition));
      return code(error_of(file)) + (file ? "#" + std::to_string(file->index) : "") + "!" + code(fs.last_error());
    }
    case Kind::close:
      return code(error_of(fs.close(handle)));
    case Kind::read: {
      const auto count = fs.read(handle, step.offset, std::as_writable_bytes(std::span(buffer.data(), buffer.size())));
      return count ? buffer.substr(0, *count) : code(count.error());
    }
    case Kind::write:
      return code(error_of(fs.write(handle, step.offset, bytes(data_of(step)))));
    case Kind::set_end:
      return code(error_of(fs.set_end(handle, step.offset)));
    case Kind::remove:
      return code(error_of(fs.delete_file(path)));
    case Kind::move:
      return code(error_of(fs.move_file(path, target, step.flag)));
    case Kind::rename:
      return code(error_of(fs.rename_by_handle(handle, target, step.flag)));
    case Kind::make_directory:
      return code(error_of(fs.create_directory(path)));
    case Kind::remove_directory:
      return code(error_of(fs.remove_directory(path)));
    case Kind::attributes: {
      const auto found = fs.attributes(path);
      return found ? std::to_string(found->size) + (found->directory ? "d" : "") + (found->read_only ? "r" : "")
                   : code(found.error());
    }
    case Kind::set_read_only:
      return code(error_of(fs.set_attributes(path, {.read_only = step.flag})));
    case Kind::next: {
      auto find = fs.find_first("C:\\" + pattern_of(step));
      if (!find) return code(find.error());
      const auto entry = fs.find_next(*find);
      return entry ? entry->name + std::to_string(entry->attributes.size) : "none";
    }
    case Kind::lock:
      return code(error_of(fs.lock(handle, step.offset, lock_length(step), step.flag)));
    case Kind::unlock:
      return code(error_of(fs.unlock(handle, step.offset, lock_length(step))));
    case Kind::flush:
      return code(error_of(fs.flush(handle)));
  }
  return "";
}

/// A number from `least` to below `bound`, whatever the size of the test case.
template <class T>
T number(T least, T bound) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(least, bound));
}

/// Some steps: on few paths, so that they meet, and with handles of any thread.
inline std::vector<Step> some_steps(std::size_t count, const std::vector<unsigned>& used_paths) {
  const auto any = rc::gen::resize(rc::kNominalSize, any_step());
  auto steps = *rc::gen::container<std::vector<Step>>(count, any);
  for (Step& step : steps) {
    step.path = used_paths[step.path % used_paths.size()];
    step.target = used_paths[step.target % used_paths.size()];
    step.owner = number<std::uint8_t>(0, 3);
  }
  return steps;
}

}  // namespace sim::vfs::random
