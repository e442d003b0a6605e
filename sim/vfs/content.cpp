#include "vfs/content.hpp"

#include <algorithm>

namespace sim::vfs {
namespace {

constexpr std::uint64_t chunk_bytes = 256;

}  // namespace

/// Chunks without their trailing zeros, so that zeros that were written equal those that are implied; an empty rest
/// counts as nothing.
Hash128 Content::hash_of_chunks(std::uint64_t begin, std::uint64_t end) const {
  Hash128 sum;
  const std::uint64_t stop = std::min<std::uint64_t>(end, bytes_.size());
  for (std::uint64_t chunk = begin / chunk_bytes; chunk * chunk_bytes < stop; ++chunk) {
    const std::uint64_t first = chunk * chunk_bytes;
    std::uint64_t last = std::min<std::uint64_t>(first + chunk_bytes, bytes_.size());
    while (last > first && bytes_[last - 1] == std::byte{0}) --last;
    if (last > first) sum += hash_bytes(bytes_.data() + first, last - first, chunk + 1);
  }
  return sum;
}

Hash128 Content::recompute_hash() const {
  return hash_of_chunks(0, bytes_.size());
}

std::size_t Content::read(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset >= size_) return 0;
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size_ - offset));
  const std::uint64_t stored = offset < bytes_.size() ? std::min<std::uint64_t>(count, bytes_.size() - offset) : 0;
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(stored == 0 ? 0 : offset), stored, out.begin());
  std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(stored), count - stored, std::byte{0});
  return count;
}

void Content::write(std::uint64_t offset, std::span<const std::byte> data) {
  if (data.empty()) return;
  const std::uint64_t end = offset + data.size();
  hash_ -= hash_of_chunks(offset, end);
  if (end > bytes_.size()) {
    if (bytes_.empty()) bytes_.reserve(end);  // Most files are written once, whole.
    bytes_.resize(end);
  }
  std::copy(data.begin(), data.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
  hash_ += hash_of_chunks(offset, end);
  size_ = std::max(size_, end);
}

void Content::resize(std::uint64_t size) {
  if (size < bytes_.size()) {
    const std::uint64_t old_end = bytes_.size();
    hash_ -= hash_of_chunks(size, old_end);
    bytes_.resize(size);
    // The rest of the chunk that was cut.
    hash_ += hash_of_chunks(size, (size / chunk_bytes + 1) * chunk_bytes);
  }
  size_ = size;
}

}  // namespace sim::vfs
