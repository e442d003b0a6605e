#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sim::runtime {

inline constexpr std::ptrdiff_t zero_block_bytes = 256;

/// Zeroes dead stack, most of which is zero already. `at` and `end` are multiples of zero_block_bytes.
void clear_blocks(std::byte* at, std::byte* end);

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

inline const bool has_wide_registers = __builtin_cpu_supports("avx") > 0;

/// True iff copy_blocks() can be used.
#ifdef RACEWALK_ASAN
inline constexpr bool copies_blocks = false;  // It would see what it must not.
#else
inline const bool copies_blocks = has_wide_registers;
#endif

/// Copies whole blocks of 64 bytes, at least one, and returns the end of the copy: snapshots consist of pieces so small
/// that a call of memcpy costs as much as the copying. `to` and `from` are aligned to 32 bytes. leave_wide_registers()
/// ends a series.
[[gnu::always_inline]] inline std::byte* copy_blocks(std::byte* to, const std::byte* from, std::size_t size) {
  from += size;
  to += size;
  auto rest = -static_cast<std::ptrdiff_t>(size);
  asm volatile(  // Written out, so that the rest of the program needs no such processor.
      "1:\n\t"
      "vmovdqa (%[from],%[rest]), %%ymm0\n\t"
      "vmovdqa 32(%[from],%[rest]), %%ymm1\n\t"
      "vmovdqa %%ymm0, (%[to],%[rest])\n\t"
      "vmovdqa %%ymm1, 32(%[to],%[rest])\n\t"
      "add $64, %[rest]\n\t"
      "jnz 1b"
      : [rest] "+r"(rest)
      : [from] "r"(from), [to] "r"(to)
      : "xmm0", "xmm1", "memory", "cc");
  return to;
}

inline void leave_wide_registers() {
  asm volatile("vzeroupper" : : : "xmm0", "xmm1");
}

#ifndef RACEWALK_ASAN
// Written out as copy_blocks() is.
inline void clear_blocks(std::byte* at, std::byte* end) {
  if (!has_wide_registers) return clear(at, static_cast<std::size_t>(end - at));
  for (bool zero = true; at < end; at += zero_block_bytes) {
    asm volatile(
        "vmovaps (%[at]), %%ymm0\n\t"
        "vmovaps 32(%[at]), %%ymm1\n\t"
        "vorps 64(%[at]), %%ymm0, %%ymm0\n\t"
        "vorps 96(%[at]), %%ymm1, %%ymm1\n\t"
        "vorps 128(%[at]), %%ymm0, %%ymm0\n\t"
        "vorps 160(%[at]), %%ymm1, %%ymm1\n\t"
        "vorps 192(%[at]), %%ymm0, %%ymm0\n\t"
        "vorps 224(%[at]), %%ymm1, %%ymm1\n\t"
        "vorps %%ymm0, %%ymm1, %%ymm0\n\t"
        "vptest %%ymm0, %%ymm0"
        : "=@ccz"(zero)
        : [at] "r"(at)
        : "xmm0", "xmm1", "memory");
    if (zero) continue;
    asm volatile(
        "vxorps %%xmm0, %%xmm0, %%xmm0\n\t"
        "vmovaps %%ymm0, (%[at])\n\t"
        "vmovaps %%ymm0, 32(%[at])\n\t"
        "vmovaps %%ymm0, 64(%[at])\n\t"
        "vmovaps %%ymm0, 96(%[at])\n\t"
        "vmovaps %%ymm0, 128(%[at])\n\t"
        "vmovaps %%ymm0, 160(%[at])\n\t"
        "vmovaps %%ymm0, 192(%[at])\n\t"
        "vmovaps %%ymm0, 224(%[at])"
        :
        : [at] "r"(at)
        : "xmm0", "memory");
  }
  leave_wide_registers();
}
#endif

}  // namespace sim::runtime
