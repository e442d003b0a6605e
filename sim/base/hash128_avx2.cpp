// See hash128.cpp. Compiled with -mavx2; nothing else may be defined here, lest it run where there is no AVX2.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/hash128.hpp"

namespace sim {

Hash128 hash_bytes_avx2(const void* data, std::size_t size, std::uint64_t seed);

Hash128 hash_bytes_avx2(const void* data, std::size_t size, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(data, size, seed);
  return {hash.low64, hash.high64};
}

}  // namespace sim
