#include "explore/pages.hpp"

#include <cstdint>
#include <new>

#include <sys/mman.h>

#include "base/check.hpp"

namespace sim {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t huge_page = std::size_t{2} << 20;
// Up to here a table is small: it takes the pages that it needs, and no more addresses.
constexpr std::size_t small = std::size_t{4} << 20;

std::byte* map(std::size_t bytes, int sharing) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory != MAP_FAILED ? static_cast<std::byte*>(memory) : nullptr;
}

// Addresses that begin at a huge page: only so can memory move there with the huge pages that it has.
std::byte* map_aligned(std::size_t bytes, int sharing) {
  std::byte* const memory = map(bytes + huge_page, sharing);
  if (memory == nullptr) return nullptr;
  const std::size_t before = (huge_page - reinterpret_cast<std::uintptr_t>(memory) % huge_page) % huge_page;
  if (before != 0) munmap(memory, before);
  munmap(memory + before + bytes, huge_page - before);
  // Tables are read at random: without huge pages almost every look-up would miss the TLB, too. Where the system offers
  // none this does nothing.
  madvise(memory + before, bytes, MADV_HUGEPAGE);
  return memory + before;
}

std::size_t whole_pages(std::size_t bytes) {
  return (bytes + page - 1) / page * page;
}

}  // namespace

Pages::~Pages() {
  if (data_ != nullptr) munmap(data_, reserved_);
}

Pages Pages::shared(std::size_t bytes) {
  Pages pages;
  pages.size_ = pages.reserved_ = whole_pages(bytes);
  pages.data_ = bytes > small ? map_aligned(pages.size_, MAP_SHARED) : map(pages.size_, MAP_SHARED);
  pages.shared_ = true;
  if (pages.data_ == nullptr) throw std::bad_alloc();
  return pages;
}

void Pages::resize(std::size_t bytes) {
  SIM_CHECK(!shared_);
  const std::size_t wanted = whole_pages(bytes);
  if (wanted <= size_) return;
  if (wanted > reserved_) move_to(wanted);
  size_ = wanted;
}

// Takes many more addresses than are wanted now, so that it seldom moves again.
void Pages::move_to(std::size_t wanted) {
  std::size_t ahead = wanted <= small ? 1 : 64;
  std::byte* fresh = nullptr;
  for (; fresh == nullptr && ahead > 0; ahead /= 2) {
    fresh = wanted <= small ? map(wanted, MAP_PRIVATE) : map_aligned(wanted * ahead, MAP_PRIVATE);
    if (fresh != nullptr) break;
  }
  if (fresh == nullptr) throw std::bad_alloc();
  if (data_ != nullptr) {
    void* const moved = mremap(data_, size_, size_, MREMAP_MAYMOVE | MREMAP_FIXED, fresh);
    if (moved == MAP_FAILED) throw std::bad_alloc();
    if (reserved_ > size_) munmap(data_ + size_, reserved_ - size_);
  }
  data_ = fresh;
  reserved_ = wanted * ahead;
}

}  // namespace sim
