#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/hash128.hpp"

namespace sim::vfs {

/// The bytes of one file. What was never written is zero, and zeros behind the last write take no memory.
class Content {
 public:
  std::uint64_t size() const { return size_; }

  /// Identity of the bytes, kept as they change: a sum over chunks, so that a write costs what it touches.
  const Hash128& hash() const { return hash_; }
  /// The same, from nothing.
  Hash128 recompute_hash() const;

  /// Copies what there is from `offset` on; returns the count.
  std::size_t read(std::uint64_t offset, std::span<std::byte> out) const;
  /// Overwrites, and extends the file if it must.
  void write(std::uint64_t offset, std::span<const std::byte> data);
  /// Cuts the file, or extends it by zeros.
  void resize(std::uint64_t size);

 private:
  Hash128 hash_of_chunks(std::uint64_t begin, std::uint64_t end) const;

  std::vector<std::byte> bytes_;  ///< Invariant: no longer than size_.
  std::uint64_t size_ = 0;
  Hash128 hash_;
};

}  // namespace sim::vfs
