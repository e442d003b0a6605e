#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "explore/pages.hpp"

namespace sim::workers {

/// Texts that one process appends and another one reads, in shared memory: what was appended stays, whatever becomes of
/// the writer. A handle, which may be copied; the memory is its maker's.
class ResultLog {
 public:
  enum class Kind : std::uint32_t { part, whole };
  struct Entry {
    Kind kind;
    std::string_view bytes;
  };

  /// Requires: `memory` is zero at first, shared, and outlives the log.
  explicit ResultLog(const Pages& memory) : begin_(memory.data()), room_(memory.size()) {}

  /// False if there is no room left. Only one process appends.
  bool append(Kind kind, std::string_view bytes);
  /// Forgets all. Requires: nobody reads meanwhile.
  void clear() { end().store(0, std::memory_order_release); }

  /// What was appended since `*read` (at first 0), which is moved on.
  std::vector<Entry> read(std::uint64_t* read) const;

 private:
  struct Head {
    std::uint32_t kind;
    std::uint32_t size;
  };
  std::atomic<std::uint64_t>& end() const { return *reinterpret_cast<std::atomic<std::uint64_t>*>(begin_); }
  static constexpr std::uint64_t first = sizeof(std::uint64_t);

  std::byte* begin_;
  std::size_t room_;
};

}  // namespace sim::workers
