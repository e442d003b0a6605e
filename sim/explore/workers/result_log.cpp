#include "explore/workers/result_log.hpp"

#include <cstring>

namespace sim::workers {

bool ResultLog::append(Kind kind, std::string_view bytes) {
  const std::uint64_t at = first + end().load(std::memory_order_relaxed);
  if (bytes.size() > UINT32_MAX || at + sizeof(Head) + bytes.size() > room_) return false;
  const Head head = {static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(bytes.size())};
  std::memcpy(begin_ + at, &head, sizeof head);
  std::memcpy(begin_ + at + sizeof head, bytes.data(), bytes.size());
  end().store(at + sizeof head + bytes.size() - first, std::memory_order_release);
  return true;
}

std::vector<ResultLog::Entry> ResultLog::read(std::uint64_t* read) const {
  std::vector<Entry> entries;
  const std::uint64_t written = end().load(std::memory_order_acquire);
  while (*read < written) {
    Head head;
    std::memcpy(&head, begin_ + first + *read, sizeof head);
    const auto* const bytes = reinterpret_cast<const char*>(begin_ + first + *read + sizeof head);
    entries.push_back({static_cast<Kind>(head.kind), {bytes, head.size}});
    *read += sizeof head + head.size;
  }
  return entries;
}

}  // namespace sim::workers
