#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/hash128.hpp"

namespace sim::runtime {

/// The executable and its libraries, where this process has loaded them. The addresses of their code and data differ
/// from process to process.
class LoadedModules {
 public:
  /// Those that are loaded when it is called first.
  static const LoadedModules& instance();

  /// A word as another process would have it that loaded the same files: an address in a module becomes the module's
  /// number and the offset there. All other words are what they are.
  std::uint64_t relocated(std::uint64_t word) const {
    return word - lowest_ < highest_ - lowest_ ? relocated_address(word) : word;
  }

  /// Hash of what never changes in them: code and constants.
  const Hash128& contents() const { return contents_; }

 private:
  struct Module {
    std::uint64_t begin, end;
  };
  LoadedModules();
  std::uint64_t relocated_address(std::uint64_t word) const;

  std::vector<Module> modules_;
  std::uint64_t lowest_ = ~std::uint64_t{0}, highest_ = 0;
  Hash128 contents_;
};

}  // namespace sim::runtime
