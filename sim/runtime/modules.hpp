#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/hash128.hpp"

namespace sim::runtime {

/// The executable and its libraries, where this process has loaded them. The addresses of their code and data differ
/// from process to process, and states hold many: return addresses, tables of virtual functions, names.
class LoadedModules {
 public:
  /// Those that are loaded when it is called first.
  static const LoadedModules& instance();

  /// A word as another process would have it that loaded the same files: an address in a module becomes the module's
  /// number and the offset there. All other words are what they are.
  std::uint64_t relocated(std::uint64_t word) const {
    return word - lowest_ < highest_ - lowest_ ? relocated_address(word) : word;
  }
  /// The same, also for what compilers put on the stack to see return addresses overwritten: each process draws
  /// another.
  std::uint64_t relocated_or_guard(std::uint64_t word) const { return word == guard_ ? guard_mark : relocated(word); }

  /// Hash of what never changes in them: code and constants.
  const Hash128& contents() const { return contents_; }

 private:
  struct Module {
    std::uint64_t begin, end;
  };
  LoadedModules();
  std::uint64_t relocated_address(std::uint64_t word) const;

  static constexpr std::uint64_t guard_mark = 0xa5c8'0000'0000'0000;

  std::vector<Module> modules_;
  std::uint64_t guard_;
  std::uint64_t lowest_ = ~std::uint64_t{0}, highest_ = 0;
  Hash128 contents_;
};

/// The stack of the code that explores. States may hold addresses there: of the program that is explored, and of what
/// it refers to.
class ExplorersStack {
 public:
  ExplorersStack() = default;
  /// Addresses count from `anchor`, whose distance to what matters is the same in each process.
  explicit ExplorersStack(const void* anchor);

  std::uint64_t relocated(std::uint64_t word) const {
    if (word == anchor_) return mark;
    return word - begin_ < end_ - begin_ ? mark + (word - anchor_) : word;
  }

 private:
  static constexpr std::uint64_t mark = 0xa5c3'8000'0000'0000;
  std::uint64_t anchor_ = 0, begin_ = 0, end_ = 0;
};

/// Hash of memory that is the same in each process: addresses outside the arena are relocated.
Hash128 portable_hash(std::span<const std::byte> memory, const ExplorersStack& stack);

}  // namespace sim::runtime
