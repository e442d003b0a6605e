#include "explore/pages.hpp"

#include <new>

#include <sys/mman.h>

#include "base/check.hpp"

namespace sim {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t worth_huge_pages = 4 << 20;

std::byte* map(std::size_t bytes, int sharing) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(memory);
}

// Tables are read at random: without huge pages almost every look-up would miss the TLB, too. Where the system offers
// none this does nothing.
void ask_for_huge_pages(std::byte* data, std::size_t bytes) {
  if (bytes >= worth_huge_pages) madvise(data, bytes, MADV_HUGEPAGE);
}

}  // namespace

Pages::~Pages() {
  if (data_ != nullptr) munmap(data_, size_);
}

Pages Pages::shared(std::size_t bytes) {
  Pages pages;
  pages.size_ = (bytes + page - 1) / page * page;
  pages.data_ = map(pages.size_, MAP_SHARED);
  pages.shared_ = true;
  ask_for_huge_pages(pages.data_, pages.size_);
  return pages;
}

void Pages::resize(std::size_t bytes) {
  SIM_CHECK(!shared_);
  const std::size_t wanted = (bytes + page - 1) / page * page;
  if (wanted <= size_) return;
  if (data_ == nullptr) {
    data_ = map(wanted, MAP_PRIVATE);
  } else {
    void* const moved = mremap(data_, size_, wanted, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<std::byte*>(moved);
  }
  size_ = wanted;
  ask_for_huge_pages(data_, size_);
}

}  // namespace sim
