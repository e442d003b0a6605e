#pragma once

#include <string>
#include <string_view>

#include <sim/sim.hpp>

#include "drive.hpp"

/// Volumes that may lose names, and what is found on them.
namespace sim::vfs {

inline constexpr VolumeOptions lazy{.journal = Journal::lazy};

/// All names of C:, in order, with their contents: "A=text D\\ D\\B!" where B is read-only and empty.
inline std::string all_files(FileSystem& fs, const std::string& directory = "C:\\") {
  std::string all;
  auto find = fs.find_first(directory + "*");
  if (!find) return "";
  while (const auto entry = fs.find_next(*find)) {
    const std::string path = directory + entry->name;
    if (!all.empty()) all += " ";
    all += path.substr(3);
    if (entry->attributes.read_only) all += "!";
    if (entry->attributes.directory) {
      all += "\\";
      const std::string inside = all_files(fs, path + "\\");
      if (!inside.empty()) all += " " + inside;
      continue;
    }
    if (entry->attributes.size == 0) continue;
    const auto file = fs.create_file(path, Access::read, share_all, Disposition::open_existing);
    std::string text(entry->attributes.size, '?');
    check(fs.read(*file, 0, std::as_writable_bytes(std::span(text.data(), text.size()))).has_value(), "read");
    check(fs.close(*file).has_value(), "close");
    for (char& c : text) c = c == '\0' ? '_' : c;
    all += "=" + text;
  }
  return all;
}

inline Handle make(FileSystem& fs, const std::string& path, std::string_view text = "",
                   OpenFlags flags = OpenFlags::none) {
  const auto file = fs.create_file(path, read_write | Access::remove, share_all, Disposition::create_new, flags);
  check(file.has_value(), "create");
  if (!text.empty()) check(fs.write(*file, 0, bytes(text)).has_value(), "write");
  return *file;
}

inline void must(bool succeeded) {
  check(succeeded, "succeeds");
}

}  // namespace sim::vfs
