#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vfs/win32.hpp"

/// Names within a volume: "OUTBOX\1.SRQ", without a leading separator; the root directory is the empty name.
namespace sim::vfs {

inline constexpr std::size_t max_path = 320;  ///< Longer names fail with filename_exced_range (206).
inline constexpr std::size_t max_name = 255;  ///< Longest component.

/// Upper case, as names are compared; ASCII only.
constexpr char fold(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
}
constexpr bool is_separator(char c) {
  return c == '\\' || c == '/';
}

/// Names a path in footprints: the same for all spellings of it.
struct PathHash {
  std::uint64_t whole;
  std::uint64_t parent;  ///< Of the directory that holds it.
};

/// The hash of a path as a caller spelled it, without looking at its validity. `root` is the hash of the volume.
PathHash hash_path(std::uint64_t root, std::string_view spelled);

/// A path in normal form, in a buffer of its own: it lives on the stack of whoever serves a request.
class Path {
 public:
  /// Takes a path as a caller spelled it. Returns invalid_name or filename_exced_range if it is none; wildcards are
  /// valid in the last component only, and only if `pattern`.
  Win32Error parse(std::uint64_t root, std::string_view spelled, bool pattern = false);

  std::string_view text() const { return {text_, size_}; }
  std::string_view parent() const { return {text_, parent_size_}; }
  std::string_view name() const { return text().substr(parent_size_ == 0 ? 0 : parent_size_ + 1); }
  bool is_root() const { return size_ == 0; }
  const PathHash& hash() const { return hash_; }

 private:
  Win32Error append(std::string_view component, bool wildcards);

  std::size_t size_ = 0;
  std::size_t parent_size_ = 0;
  PathHash hash_{};
  char text_[max_path];  // Only the first size_ characters mean anything.
};

/// Orders paths without regard to case so that a directory is followed by all that lies in it. Negative, 0, positive.
int compare_paths(std::string_view a, std::string_view b);
bool same_path(std::string_view a, std::string_view b);

/// True iff `path` lies in `directory` or in one of its subdirectories.
bool lies_within(std::string_view directory, std::string_view path);

/// True iff `name` matches `pattern`: * is any run of characters, ? any one, or none where a dot or the end follows. A
/// name without a dot also matches as if a dot ended it, so that *.* matches every name.
bool matches(std::string_view pattern, std::string_view name);

}  // namespace sim::vfs
