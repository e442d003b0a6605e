#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "sim/sim.hpp"
#include "vfs/file_system.hpp"

namespace property {

/// The files of a random program: one volume or two, three paths, results as numbers.
class Files {
 public:
  Files(int volumes, bool inline_serving) : fs_({.inline_serving = inline_serving}), volumes_(volumes) {
    if (volumes > 0) static_cast<void>(fs_.mount("C:"));
    if (volumes > 1) static_cast<void>(fs_.mount("D:"));
  }

  /// Opens a path in one of several ways. If that fails, `file` is what it was.
  bool open(sim::vfs::Handle& file, int path, int how) {
    using namespace sim::vfs;
    struct Way {
      Access access;
      Share share;
      Disposition disposition;
    };
    constexpr Share all = Share::read | Share::write | Share::remove;
    static constexpr std::array<Way, ways> way = {{
        {Access::read | Access::write, all, Disposition::open_always},
        {Access::write, Share::read, Disposition::create_always},
        {Access::read, Share::read | Share::write, Disposition::open_existing},
        {Access::read | Access::remove, all, Disposition::open_existing},
        {Access::read | Access::write, Share::none, Disposition::create_new},
        {Access::append, Share::read | Share::write, Disposition::open_always},
    }};
    const Way& chosen = way.at(static_cast<std::size_t>(how));
    const auto opened = fs_.create_file(path_of(path), chosen.access, chosen.share, chosen.disposition);
    if (opened) file = *opened;
    return opened.has_value();
  }
  static constexpr int ways = 6;

  int read(sim::vfs::Handle file) {
    std::array<std::byte, 2> bytes = {};
    const auto count = fs_.read(file, 0, bytes);
    if (!count) return error();
    int all = static_cast<int>(*count);
    for (const std::byte byte : bytes) all = 3 * all + static_cast<int>(byte);
    return all;
  }
  int write(sim::vfs::Handle file, int value) {
    const auto byte = static_cast<std::byte>(value);
    static_cast<void>(fs_.write(file, static_cast<std::uint64_t>(value % 2), std::span(&byte, 1)));
    return error();
  }
  int set_end(sim::vfs::Handle file, int size) { return after(fs_.set_end(file, static_cast<std::uint64_t>(size))); }
  int close(sim::vfs::Handle file) { return after(fs_.close(file)); }
  int rename(sim::vfs::Handle file, int to) { return after(fs_.rename_by_handle(file, path_of(to), to == 0)); }
  int remove(int path) { return after(fs_.delete_file(path_of(path))); }
  int move(int from, int to) { return after(fs_.move_file(path_of(from), path_of(to), to == 0)); }
  int make_directory(int path) { return after(fs_.create_directory(path_of(path))); }
  int remove_directory(int path) { return after(fs_.remove_directory(path_of(path))); }
  int set_read_only(int path, int value) {
    return after(fs_.set_attributes(path_of(path), {.read_only = value % 2 == 0}));
  }
  int attributes(int path) {
    const auto found = fs_.attributes(path_of(path));
    return found ? static_cast<int>(found->size) + (found->directory ? 10 : 0) + (found->read_only ? 20 : 0) : error();
  }
  /// All names in the root of the first volume, and their sizes.
  int names() {
    auto find = fs_.find_first("C:\\*");
    if (!find) return error();
    int all = 0;
    while (const auto entry = fs_.find_next(*find)) {
      all = 3 * all + entry->name[0] + static_cast<int>(entry->attributes.size);
    }
    return all;
  }

 private:
  std::string_view path_of(int path) const {
    constexpr std::array<std::string_view, 3> paths = {"C:\\A", "C:\\B", "C:\\A\\B"};
    return path == 1 && volumes_ > 1 ? "D:\\A" : paths.at(static_cast<std::size_t>(path));
  }
  int error() const { return 100 + static_cast<int>(fs_.last_error()); }
  int after(const sim::vfs::Result<sim::Ok>&) const { return error(); }

  sim::vfs::FileSystem fs_;
  int volumes_;
};

}  // namespace property
