// Compiled without sanitizers: see memory.hpp.
#include "runtime/memory.hpp"

#include <cstdint>

namespace sim::runtime {

#ifdef RACEWALK_ASAN

namespace {

// AddressSanitizer keeps one byte for every eight (compiler-rt, asan_mapping.h, Linux x86-64).
constexpr std::uintptr_t shadow_offset = 0x7fff8000;
unsigned char* shadow_of(const std::byte* address) {
  return reinterpret_cast<unsigned char*>((reinterpret_cast<std::uintptr_t>(address) >> 3) + shadow_offset);
}
std::size_t shadow_size(std::size_t size) {
  return (size + 7) / 8;
}

// memcpy is intercepted and would check both sides.
void copy(void* to, const void* from, std::size_t size) {
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}
void fill(void* to, unsigned char value, std::size_t size) {
  asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
}

}  // namespace

std::size_t room_for(std::size_t size) {
  return size + (shadow_size(size) + 7) / 8 * 8;
}

void copy_out(std::byte* to, const std::byte* from, std::size_t size) {
  copy(to, from, size);
  copy(to + size, shadow_of(from), shadow_size(size));
  fill(to + size + shadow_size(size), 0, room_for(size) - size - shadow_size(size));  // Copies are hashed.
}

void copy_back(std::byte* to, const std::byte* from, std::size_t size) {
  copy(to, from, size);
  copy(shadow_of(to), from + size, shadow_size(size));
}

bool equal_bytes(const std::byte* one, const std::byte* other, std::size_t size) {
  for (; size >= 1; --size) {
    if (*one++ != *other++) return false;
  }
  return true;
}

void clear(std::byte* at, std::size_t size) {
  fill(at, 0, size);
}

void clear_blocks(std::byte* at, std::byte* end) {
  fill(at, 0, static_cast<std::size_t>(end - at));
}

void forget_frames(std::byte* from, std::byte* to) {
  if (from < to) fill(shadow_of(from), 0, static_cast<std::size_t>(to - from) / 8);
}

#endif

}  // namespace sim::runtime
