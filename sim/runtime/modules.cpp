#include "runtime/modules.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include <link.h>

namespace sim::runtime {
namespace {

constexpr std::uint64_t mark = 0xa5c3'0000'0000'0000;
constexpr unsigned offset_bits = 36;

}  // namespace

const LoadedModules& LoadedModules::instance() {
  static const LoadedModules modules;
  return modules;
}

LoadedModules::LoadedModules() {
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

}  // namespace sim::runtime
