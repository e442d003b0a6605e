#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sim {

/// A 128-bit hash value. Sums of them (mod 2^128) identify sets whose elements come in no particular order.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const Hash128&, const Hash128&) = default;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;

  Hash128& operator+=(const Hash128& other) {
    low += other.low;
    high += other.high + (low < other.low ? 1 : 0);
    return *this;
  }
  Hash128& operator-=(const Hash128& other) {
    high -= other.high + (low < other.low ? 1 : 0);
    low -= other.low;
    return *this;
  }
};

/// XXH3, 128 bits, of `size` bytes. May read uninitialised and, under AddressSanitizer, poisoned memory.
Hash128 hash_bytes(const void* data, std::size_t size, std::uint64_t seed = 0);

/// 32 hexadecimal digits, the high half first.
std::string to_hex(const Hash128& hash);

/// Mixes one word into a running hash (order matters). From the finaliser of MurmurHash3, applied to both halves.
inline Hash128 mix(Hash128 hash, std::uint64_t word) {
  auto scramble = [](std::uint64_t x) {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
  };
  const std::uint64_t low = scramble(hash.low ^ word) + hash.high;
  const std::uint64_t high = scramble(hash.high + word * 0x9e3779b97f4a7c15ULL + 0x632be59bd9b4e019ULL) ^ low;
  return {low, high};
}

}  // namespace sim
