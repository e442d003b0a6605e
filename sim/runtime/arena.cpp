#include "runtime/arena.hpp"

#include <sys/mman.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "runtime/memory.hpp"

namespace sim::runtime {

constinit thread_local Slot current_heap = outside;

namespace {

std::uint64_t ones(std::uint32_t from, std::uint32_t count) {
  return (count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1) << from;
}

// The first granule at or after `from` for which `bits(word)` has a set bit, or `limit`.
template <class Bits>
std::uint32_t find_set(const Arena::Word* words, std::uint32_t from, std::uint32_t limit, Bits bits) {
  while (from < limit) {
    const std::uint64_t rest = bits(words[from / 64]) >> (from % 64);
    if (rest != 0) {
      const std::uint32_t found = from + static_cast<std::uint32_t>(std::countr_zero(rest));
      return found < limit ? found : limit;
    }
    from = (from / 64 + 1) * 64;
  }
  return limit;
}

}  // namespace

void Arena::create() {
  static Arena arena;
  instance_ = &arena;
}

Arena::Arena() {
  void* const wanted = reinterpret_cast<void*>(base);
  void* const got =
      mmap(wanted, end - base, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != wanted) {
    throw std::runtime_error("racewalk: cannot reserve its arena of " + std::to_string((end - base) >> 30) +
                             " GiB of addresses: " + std::strerror(errno) +
                             "; raise the limit on address space (ulimit -v)");
  }
  if (mprotect(world(), world_bytes, PROT_READ | PROT_WRITE) != 0) {
    throw std::runtime_error(std::string("racewalk: cannot open its arena: ") + std::strerror(errno));
  }
}

void Arena::set_stack_bytes(std::size_t bytes) {
  SIM_CHECK(bytes <= max_stack_bytes);
  stack_bytes_ = (bytes + 4095) / 4096 * 4096;
  for (Slot slot = 0; slot < slot_count; ++slot) {
    if (opened_stack_[slot] != 0) madvise(stack_top(slot) - opened_stack_[slot], opened_stack_[slot], MADV_DONTNEED);
    open_[slot] = false;
  }
}

void Arena::open_slowly(Slot slot) {
  const int heap_opened = mprotect(heap(slot), heap_bytes + heap_bytes / 64, PROT_READ | PROT_WRITE);
  SIM_CHECK(heap_opened == 0);
  if (opened_stack_[slot] > stack_bytes_) {
    mprotect(stack_top(slot) - opened_stack_[slot], opened_stack_[slot], PROT_NONE);
  }
  const int stack_opened = mprotect(stack_top(slot) - stack_bytes_, stack_bytes_, PROT_READ | PROT_WRITE);
  SIM_CHECK(stack_opened == 0);
  opened_stack_[slot] = stack_bytes_;
  open_[slot] = true;
}

std::uint32_t Arena::find_run(Slot slot, std::uint32_t granules, std::uint32_t alignment) const {
  const Word* const map = words(slot);
  const std::uint32_t limit = limit_[slot];
  std::uint32_t at = hint_[slot];
  for (;;) {
    at = find_set(map, at, limit, [](const Word& word) { return ~word.used; });
    at = (at + alignment - 1) / alignment * alignment;
    if (at >= limit) return at;
    const std::uint32_t end_of_run = find_set(map, at, limit, [](const Word& word) { return word.used; });
    if (end_of_run == limit || end_of_run - at >= granules) return at;
    at = end_of_run;
  }
}

void* Arena::allocate(Slot slot, std::size_t size, std::size_t alignment) {
  if (size > heap_bytes) return nullptr;
  const auto granules = static_cast<std::uint32_t>(size <= granule ? 1 : (size + granule - 1) / granule);
  const auto aligned = static_cast<std::uint32_t>(alignment <= granule ? 1 : alignment / granule);
  const std::uint32_t at = find_run(slot, granules, aligned);
  const std::uint32_t past = at + granules;
  if (past > heap_bytes / granule) return nullptr;

  Word* const map = words(slot);
  for (std::uint32_t i = at; i < past; i = (i / 64 + 1) * 64) {
    const std::uint32_t in_word = std::min(64 - i % 64, past - i);
    map[i / 64].used |= ones(i % 64, in_word);
  }
  map[(past - 1) / 64].last |= ones((past - 1) % 64, 1);
  if (past > limit_[slot]) limit_[slot] = past;
  if (at == hint_[slot]) hint_[slot] = past;
  return heap(slot) + at * granule;
}

// A block that lies in the first KiB of its heap, as most do. False: it does not, or it is none.
[[gnu::always_inline]] inline bool Arena::free_in_first_word(Slot slot, void* address) {
  const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(address) % slot_bytes;
  const auto at = static_cast<std::uint32_t>(offset / granule);
  if (at >= 64 || at >= limit_[slot] || offset % granule != 0) return false;
  Word& word = *words(slot);
  const std::uint64_t inside = (word.used & ~word.last) << 1;  // Granules that continue a block.
  const std::uint64_t first = std::uint64_t{1} << at, ends = word.last & -first;
  if ((word.used & ~inside & first) == 0 || ends == 0) [[unlikely]]
    return false;
  const std::uint64_t last = ends & -ends;
  word.used ^= (last << 1) - first;  // Both, and what lies between.
  word.last ^= last;
  const auto past = static_cast<std::uint32_t>(std::countr_zero(last)) + 1;
  auto* block = static_cast<std::byte*>(address);
  std::byte* const behind = heap(slot) + past * granule;
  for (; block != behind; block += granule) std::memset(block, 0, granule);
  if (at < hint_[slot]) hint_[slot] = at;
  if (past == limit_[slot]) limit_[slot] = 64 - static_cast<std::uint32_t>(std::countl_zero(word.used));
  return true;
}

bool Arena::free(void* address) {
  const Slot slot = slot_of(address);
  if (slot >= slot_count) return false;
  if (free_in_first_word(slot, address)) [[likely]]
    return true;
  return free_anywhere(slot, address);
}

bool Arena::free_anywhere(Slot slot, void* address) {
  const auto offset = static_cast<std::size_t>(static_cast<std::byte*>(address) - heap(slot));
  if (offset % granule != 0 || offset / granule >= limit_[slot]) return false;
  const auto at = static_cast<std::uint32_t>(offset / granule);
  Word* const map = words(slot);
  const auto bit = [map](std::uint32_t i) {
    return std::pair{map[i / 64].used >> (i % 64) & 1, map[i / 64].last >> (i % 64) & 1};
  };
  if (!bit(at).first) return false;
  if (at > 0 && bit(at - 1).first && !bit(at - 1).second) return false;  // Inside a block.

  const std::uint32_t past = find_set(map, at, limit_[slot], [](const Word& word) { return word.last; }) + 1;
  std::memset(address, 0, std::size_t{past - at} * granule);
  for (std::uint32_t i = at; i < past; i = (i / 64 + 1) * 64) {
    map[i / 64].used &= ~ones(i % 64, std::min(64 - i % 64, past - i));
  }
  map[(past - 1) / 64].last &= ~ones((past - 1) % 64, 1);
  if (at < hint_[slot]) hint_[slot] = at;
  if (past == limit_[slot]) {
    std::uint32_t limit = at;
    while (limit > 0) {
      const std::uint32_t in_word = (limit - 1) % 64 + 1;
      const std::uint64_t used = map[(limit - 1) / 64].used & ones(0, in_word);
      if (used != 0) {
        limit = (limit - 1) / 64 * 64 + 64 - static_cast<std::uint32_t>(std::countl_zero(used));
        break;
      }
      limit = (limit - 1) / 64 * 64;
    }
    limit_[slot] = limit;
  }
  return true;
}

std::size_t Arena::size_of(const void* address) const {
  const Slot slot = slot_of(address);
  const auto at = static_cast<std::uint32_t>((static_cast<const std::byte*>(address) - heap(slot)) / granule);
  const std::uint32_t past = find_set(words(slot), at, limit_[slot], [](const Word& word) { return word.last; }) + 1;
  return std::size_t{past - at} * granule;
}

void Arena::cut_to(Slot slot, std::uint32_t limit) {
  const std::uint32_t old = limit_[slot];
  std::memset(heap(slot) + limit * granule, 0, (old - limit) * granule);
  std::memset(words(slot) + words_for(limit), 0, (words_for(old) - words_for(limit)) * sizeof(Word));
  if (limit % 64 == 0) return;
  Word& word = words(slot)[limit / 64];
  word.used &= ones(0, limit % 64);
  word.last &= ones(0, limit % 64);
}

void Arena::empty_stacks() {
  for (Slot slot = 0; slot < slot_count; ++slot) {
    if (opened_stack_[slot] != 0) madvise(stack_top(slot) - opened_stack_[slot], opened_stack_[slot], MADV_DONTNEED);
  }
}

void Arena::forget_depths() {
#ifdef RACEWALK_ASAN
  constexpr std::size_t at_first = 16384;  // Its frames are large.
#else
  constexpr std::size_t at_first = 2048;  // Most threads stop nowhere deeper.
#endif
  for (Slot slot = 0; slot < slot_count; ++slot) clear_from_[slot] = stack_top(slot) - at_first;
}

namespace {

// Below the place where a thread stops: calls that return before they stop may leave their results' padding.
constexpr std::ptrdiff_t clear_beyond = 512;

}  // namespace

void Arena::clear_deeper(Slot slot, const std::byte* live) {
  std::byte* const bottom = stack_top(slot) - stack_bytes_;
  const std::ptrdiff_t size = (live - bottom) / zero_block_bytes * zero_block_bytes;
  clear_from_[slot] = bottom + std::max<std::ptrdiff_t>(size - clear_beyond, 0);
}

std::byte* Arena::clear_dead_stack(Slot slot) const {
  constexpr std::ptrdiff_t own_frames = 256;
  constexpr std::uintptr_t block = zero_block_bytes;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) - own_frames;
  std::byte* const bottom = stack_top(slot) - stack_bytes_;
  std::byte* const near = std::max(bottom, reinterpret_cast<std::byte*>(here / block * block));
  clear_blocks(std::max(bottom, std::min(clear_from_[slot], near - clear_beyond)), near);
  return near;
}

void Arena::clear_stack(Slot slot) const {
  clear_blocks(clear_from_[slot], stack_top(slot));
}

bool Arena::in_guard(const void* address) const {
  if (!contains(address)) return false;
  const Slot slot = slot_of(address);
  if (slot >= slot_count) return false;
  const auto* const place = static_cast<const std::byte*>(address);
  return place >= heap(slot) + heap_bytes + heap_bytes / 64 && place < stack_top(slot) - stack_bytes_;
}

}  // namespace sim::runtime
