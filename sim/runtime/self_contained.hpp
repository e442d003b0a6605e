#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sim::runtime {

/// Memory outside the arena that a program could change, though no snapshot restores it: the executable's static and
/// thread_local variables, the counts of the standard library's locale facets, and the stack of the code that called
/// the exploration. Not looked at: the heap outside, and variables of shared libraries.
class OutsideMemory {
 public:
  /// Remembers what there is now. `frame`: where the caller's part of the stack begins; it goes up from there.
  explicit OutsideMemory(const void* frame);

  /// Says what is different, for people; nullopt: nothing is. A function-local static may be initialised once.
  std::optional<std::string> find_change();

  /// Takes what there is now for unchanged: code of the caller has run.
  void accept_changes();

 private:
  struct Range {
    const std::byte* from;
    std::size_t size;
    std::size_t copy;      ///< Where its copy begins, in copies_.
    std::size_t variable;  ///< Index in program_variables(), or one of the following.
    bool initialised;      ///< The guard, if it has one, said so when the copy was made.
  };
  static constexpr std::size_t callers_stack = ~std::size_t{0};
  static constexpr std::size_t facet_count = callers_stack - 1;

  void add(const std::byte* from, std::size_t size, std::size_t variable);
  void copy(Range& range);
  std::string describe(const Range& range) const;

  std::vector<Range> ranges_;
  std::vector<std::byte> copies_;
};

}  // namespace sim::runtime
