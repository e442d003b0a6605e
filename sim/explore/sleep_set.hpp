#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/stack.hpp"
#include "event/footprint_table.hpp"

namespace sim {

/// The values that were chosen in one transition, as a number; 0: none.
using VariantId = std::uint32_t;

/// A transition that need not be explored at a point, because all that begins with it was explored elsewhere (Godefroid
/// 1996). One in which values are chosen has an entry for each variant, since what it touches may depend on them.
struct Sleeper {
  std::uint8_t thread = 0;
  bool awake = false;    ///< This variant is to be explored after all.
  bool complete = true;  ///< Every variant of the thread's transition has an entry.
  FootprintId footprint = 0;
  VariantId variant = 0;
};

/// True iff values are chosen in some sleeping transition. Where none are, a thread has one entry, and it sleeps.
inline bool has_variants(std::span<const Sleeper> sleepers) {
  for (const Sleeper& sleeper : sleepers) {
    if (sleeper.variant != 0) return true;
  }
  return false;
}
/// True iff nothing that begins with the thread need be explored.
bool is_asleep(std::span<const Sleeper> sleepers, std::uint32_t thread);
/// True iff the variant of the thread's transition need not be explored.
bool is_asleep(std::span<const Sleeper> sleepers, std::uint32_t thread, VariantId variant);
/// Wakes whoever conflicts with an executed event. `from`: the set is the end of the stack from there on.
void wake(Stack<Sleeper>& sleepers, std::size_t from, FootprintId executed, const FootprintTable& footprints);

/// A value that was chosen, out of how many.
struct ChosenValue {
  std::uint32_t value, alternatives;
  friend bool operator==(const ChosenValue&, const ChosenValue&) = default;
};

/// Numbers sequences of chosen values.
class Variants {
 public:
  VariantId number_of(std::span<const ChosenValue> values);
  std::span<const ChosenValue> values(VariantId variant) const { return known_[variant]; }
  std::size_t size() const { return known_.size(); }
  /// True iff every variant of the thread's transition that begins with `values` sleeps.
  bool all_asleep(std::vector<ChosenValue>& values, std::span<const Sleeper> sleepers, std::uint32_t thread) const;

 private:
  std::vector<std::vector<ChosenValue>> known_ = {{}};
};

}  // namespace sim
