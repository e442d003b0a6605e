// XXH3 is compiled twice, because its vector code is chosen at compile time and the baseline of x86-64 is SSE2: with
// AVX2 a state is hashed two to three times as fast. Both give the same value.
#include "base/hash128.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sim {

Hash128 hash_bytes_avx2(const void* data, std::size_t size, std::uint64_t seed);

Hash128 hash_bytes(const void* data, std::size_t size, std::uint64_t seed) {
#ifdef RACEWALK_HAS_AVX2_HASH
  static const bool has_avx2 = __builtin_cpu_supports("avx2") > 0;
  constexpr std::size_t worth_it = 240;  // XXH3 processes shorter inputs without vectors.
  if (has_avx2 && size > worth_it) return hash_bytes_avx2(data, size, seed);
#endif
  const XXH128_hash_t hash = XXH3_128bits_withSeed(data, size, seed);
  return {hash.low64, hash.high64};
}

std::string to_hex(const Hash128& hash) {
  std::string text;
  for (const std::uint64_t half : {hash.high, hash.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[half >> shift & 15];
  }
  return text;
}

}  // namespace sim
