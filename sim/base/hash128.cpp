#define XXH_INLINE_ALL
#include "base/hash128.hpp"

#include <xxhash.h>

namespace sim {

Hash128 hash_bytes(const void* data, std::size_t size, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(data, size, seed);
  return {hash.low64, hash.high64};
}

}  // namespace sim
