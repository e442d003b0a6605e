#include "runtime/modules.hpp"

#include <algorithm>
#include <cstring>

#include <link.h>
#include <pthread.h>

namespace sim::runtime {
namespace {

constexpr std::uint64_t mark = 0xa5c3'0000'0000'0000;
constexpr unsigned offset_bits = 36;

// What compilers put before return addresses to see them overwritten; drawn anew in each process.
std::uint64_t stack_guard() {
  std::uint64_t guard = 0;
  asm("mov %%fs:0x28, %0" : "=r"(guard));
  return guard;
}

}  // namespace

const LoadedModules& LoadedModules::instance() {
  static const LoadedModules modules;
  return modules;
}

LoadedModules::LoadedModules() : guard_(stack_guard()) {
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& self = *static_cast<LoadedModules*>(data);
        Module module = {~std::uint64_t{0}, 0};
        for (const ElfW(Phdr) & part : std::span(info->dlpi_phdr, info->dlpi_phnum)) {
          if (part.p_type != PT_LOAD) continue;
          const std::uint64_t begin = info->dlpi_addr + part.p_vaddr;
          module.begin = std::min(module.begin, begin);
          module.end = std::max(module.end, begin + part.p_memsz);
          // What the kernel offers differs from machine to machine, and no program depends on it.
          const bool is_of_kernel = std::strncmp(info->dlpi_name, "linux-vdso", 10) == 0;
          if ((part.p_flags & PF_W) != 0 || is_of_kernel) continue;
          const Hash128 hash = hash_bytes(reinterpret_cast<const void*>(begin), part.p_memsz);
          self.contents_ = mix(mix(self.contents_, hash.low), hash.high);
        }
        self.modules_.push_back(module);
        if (module.begin >= module.end) return 0;
        self.lowest_ = std::min(self.lowest_, module.begin);
        self.highest_ = std::max(self.highest_, module.end);
        return 0;
      },
      this);
}

std::uint64_t LoadedModules::relocated_address(std::uint64_t word) const {
  for (std::size_t number = 0; number < modules_.size(); ++number) {
    const Module& module = modules_[number];
    if (word - module.begin < module.end - module.begin) {
      return mark + (std::uint64_t{number} << offset_bits) + (word - module.begin);
    }
  }
  return word;
}

ExplorersStack::ExplorersStack(const void* anchor) : anchor_(reinterpret_cast<std::uintptr_t>(anchor)) {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  void* lowest = nullptr;
  std::size_t size = 0;
  const bool known = pthread_attr_getstack(&attributes, &lowest, &size) == 0;
  pthread_attr_destroy(&attributes);
  const auto begin = reinterpret_cast<std::uintptr_t>(lowest);
  if (!known || anchor_ - begin >= size) return;  // The anchor lies elsewhere: only it itself is known.
  begin_ = begin;
  end_ = begin + size;
}

Hash128 portable_hash(std::span<const std::byte> memory, const ExplorersStack& stack) {
  const LoadedModules& modules = LoadedModules::instance();
  constexpr std::size_t piece = 512;
  std::uint64_t words[piece];
  Hash128 hash;
  while (!memory.empty()) {
    const std::size_t size = std::min(memory.size(), sizeof words);
    const std::size_t count = size / sizeof(std::uint64_t);
    std::memcpy(words, memory.data(), size);
    for (std::size_t at = 0; at < count; ++at) words[at] = stack.relocated(modules.relocated_or_guard(words[at]));
    const Hash128 part = hash_bytes(words, size);
    hash = mix(mix(hash, part.low), part.high);
    memory = memory.subspan(size);
  }
  return hash;
}

}  // namespace sim::runtime
