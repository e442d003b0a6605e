#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/hash128.hpp"
#include "runtime/execution.hpp"
#include "runtime/memory.hpp"

namespace sim {

/// A copy of the state of the program at a scheduling point: the live part of each stack, each heap up to its last
/// block in use, and the world. What identifies the state comes first, so that its hash is one run over those bytes.
class Snapshot {
 public:
  /// What it is copied in where it need not be exact.
  struct alignas(64) Block {
    std::byte bytes[64];
  };

  /// Copies the state at which `execution` stands. Reuses the buffer.
  void capture(const Execution& execution);
  /// Makes it the current state again.
  void restore(Execution& execution) const;

  /// The memory that identifies the state: everything but virtual time, logs and frames of racewalk. Requires: it was
  /// captured where states are matched, or recognised.
  std::span<const std::byte> identifying_bytes() const { return {begin(), identity_bytes_}; }
  /// Hash of the memory that identifies the state: everything but virtual time, logs and frames of racewalk.
  Hash128 identity() const { return hash_bytes(begin(), identity_bytes_); }

  /// As bytes that a process forked from the same one, with the same arena, can unpack: `packed_bytes()` of them.
  std::size_t packed_bytes() const;
  void pack(std::byte* to) const;
  /// Reads what `pack` wrote, and makes the arena ready for it to be restored.
  void unpack(const std::byte* from);

  std::size_t bytes() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }

 private:
  class Writer;
  class Reader;
  class BlockWriter;
  class BlockReader;

  std::byte* begin() const { return reinterpret_cast<std::byte*>(blocks_.get()); }
  // If runtime::copies_blocks: snapshot_blocks.cpp, and where states are matched, snapshot_matched.cpp.
  void capture_blocks(const Execution& execution);
  void restore_blocks(const Execution& execution) const;
  void capture_matched(const Execution& execution);
  void restore_matched(const Execution& execution) const;
  void grow(std::size_t used, std::size_t size);

  std::unique_ptr<Block[]> blocks_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::size_t identity_bytes_ = 0;
  Execution::Mark mark_ = {};
};

/// Identity of the logical state: the contents of all objects, and what each thread has done and read
/// (StateIdentity::logical). Requires: ExecutionSettings::logical.
Hash128 logical_identity();

}  // namespace sim
