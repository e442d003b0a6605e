#pragma once

#include <cstddef>
#include <cstdint>

namespace sim::runtime {

/// Clears what earlier calls left just below the caller's frame, where the next frames will lie. What they do not
/// initialise would otherwise be history, and equal states different bytes. Inlined: a call would leave traces of its
/// own.
[[gnu::always_inline]] inline void clear_below() {
  constexpr std::size_t reach = 1024;
  constexpr std::size_t red_zone = 128;  // A leaf function keeps variables there.
  std::byte* at = nullptr;
  asm volatile("lea %c1(%%rsp), %0" : "=r"(at) : "i"(-static_cast<long>(reach)));
  std::size_t words = (reach - red_zone) / sizeof(std::uint64_t);
  asm volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(0) : "memory");
}

}  // namespace sim::runtime
