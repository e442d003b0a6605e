#pragma once

#include <cstddef>
#include <cstring>

namespace sim::runtime {

#ifdef RACEWALK_ASAN

/// Copies bytes of a stack or heap of the program, with AddressSanitizer's knowledge of them if it is there: unlike
/// memcpy, it may touch what the program itself must not.
void copy_out(std::byte* to, const std::byte* from, std::size_t size);
/// Room that copy_out needs for `size` bytes.
std::size_t room_for(std::size_t size);
/// Puts back what copy_out took.
void copy_back(std::byte* to, const std::byte* from, std::size_t size);
/// True iff the bytes are equal.
bool equal_bytes(const std::byte* one, const std::byte* other, std::size_t size);
/// Zeroes bytes of a dead stack.
void clear(std::byte* at, std::size_t size);
/// Makes the dead part of a stack usable again, whatever frames were there.
void forget_frames(std::byte* from, std::byte* to);

#else  // The same, without anything to know or to forget: on the hot path of snapshots.

inline void copy_out(std::byte* to, const std::byte* from, std::size_t size) {
  std::memcpy(to, from, size);
}
inline std::size_t room_for(std::size_t size) {
  return size;
}
inline void copy_back(std::byte* to, const std::byte* from, std::size_t size) {
  std::memcpy(to, from, size);
}
inline void clear(std::byte* at, std::size_t size) {
  std::memset(at, 0, size);
}
inline bool equal_bytes(const std::byte* a, const std::byte* b, std::size_t size) {
  return std::memcmp(a, b, size) == 0;
}
inline void forget_frames(std::byte*, std::byte*) {}

#endif

}  // namespace sim::runtime
