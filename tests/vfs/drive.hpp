#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vfs/file_system.hpp"

namespace sim::vfs {

inline constexpr Access read_write = Access::read | Access::write;

inline std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The error of a result; success if it has a value.
template <class T>
Win32Error error_of(const Result<T>& result) {
  return result ? Win32Error::success : result.error();
}

/// A filesystem with one empty drive C:, and shortcuts.
class Drive : public ::testing::Test {
 protected:
  Drive() { EXPECT_TRUE(fs.mount("C:")); }

  Handle open(std::string_view path, Access access = read_write, Share share = share_all,
              Disposition disposition = Disposition::open_always) {
    const auto handle = fs.create_file(path, access, share, disposition);
    EXPECT_TRUE(handle) << path;
    return handle ? *handle : Handle{};
  }
  void make_file(std::string_view path, std::string_view text = "") {
    const Handle file = open(path);
    EXPECT_TRUE(fs.write(file, 0, bytes(text)));
    EXPECT_TRUE(fs.close(file));
  }
  Win32Error try_open(std::string_view path, Access access = Access::read, Share share = share_all,
                      Disposition disposition = Disposition::open_existing) {
    const auto handle = fs.create_file(path, access, share, disposition);
    if (handle) {
      EXPECT_TRUE(fs.close(*handle));
    }
    return error_of(handle);
  }
  std::string text_of(Handle file, std::uint64_t offset = 0, std::size_t size = 1000) {
    std::string text(size, '?');
    const auto count = fs.read(file, offset, std::as_writable_bytes(std::span(text.data(), text.size())));
    EXPECT_TRUE(count);
    text.resize(count ? *count : 0);
    return text;
  }
  std::string text_of(std::string_view path) {
    const Handle file = open(path, Access::read, share_all, Disposition::open_existing);
    const std::string text = text_of(file);
    EXPECT_TRUE(fs.close(file));
    return text;
  }
  std::vector<std::string> names(std::string_view pattern) {
    std::vector<std::string> all;
    auto find = fs.find_first(pattern);
    if (!find) return all;
    while (const auto entry = fs.find_next(*find)) all.push_back(entry->name);
    return all;
  }

  FileSystem fs;
};

}  // namespace sim::vfs
