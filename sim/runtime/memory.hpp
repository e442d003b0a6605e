#pragma once

#include <cstddef>

namespace sim::runtime {

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

}  // namespace sim::runtime
