#include "explore/sleep_set.hpp"

#include <algorithm>

namespace sim {

bool is_asleep(std::span<const Sleeper> sleepers, std::uint32_t thread) {
  bool complete = false;
  for (const Sleeper& sleeper : sleepers) {
    if (sleeper.thread != thread) continue;
    if (sleeper.awake || !sleeper.complete) return false;
    complete = true;
  }
  return complete;
}

bool is_asleep(std::span<const Sleeper> sleepers, std::uint32_t thread, VariantId variant) {
  return std::ranges::any_of(sleepers, [=](const Sleeper& it) {
    return it.thread == thread && !it.awake && (it.variant == variant || it.variant == 0);
  });
}

void wake(Stack<Sleeper>& sleepers, std::size_t from, FootprintId executed, const FootprintTable& footprints) {
  std::size_t kept = from;
  bool any_awake = false;
  for (std::size_t at = from; at < sleepers.size(); ++at) {
    Sleeper sleeper = sleepers[at];
    if (footprints.dependent(sleeper.footprint, executed)) {
      if (sleeper.variant == 0) continue;
      sleeper.awake = true;
    }
    any_awake = any_awake || sleeper.awake;
    sleepers[kept++] = sleeper;
  }
  sleepers.cut_to(kept);
  if (!any_awake) return;
  // A thread of which every variant is awake is like any other.
  const auto all_awake = [&](const Sleeper& it) {
    return std::none_of(sleepers.begin() + from, sleepers.end(),
                        [&](const Sleeper& other) { return other.thread == it.thread && !other.awake; });
  };
  std::uint64_t gone = 0;
  for (std::size_t at = from; at < sleepers.size(); ++at) {
    if (all_awake(sleepers[at])) gone |= std::uint64_t{1} << sleepers[at].thread;
  }
  sleepers.erase_if([gone](const Sleeper& it) { return (gone >> it.thread & 1) != 0; }, from);
}

VariantId Variants::number_of(std::span<const ChosenValue> values) {
  for (std::size_t at = 0; at < known_.size(); ++at) {
    if (std::ranges::equal(known_[at], values)) return static_cast<VariantId>(at);
  }
  known_.emplace_back(values.begin(), values.end());
  return static_cast<VariantId>(known_.size() - 1);
}

bool Variants::all_asleep(std::vector<ChosenValue>& values, std::span<const Sleeper> sleepers,
                          std::uint32_t thread) const {
  std::uint32_t alternatives = 0;  // Of the next value.
  for (const Sleeper& sleeper : sleepers) {
    if (sleeper.thread != thread || sleeper.awake) continue;
    const std::vector<ChosenValue>& known = known_[sleeper.variant];
    if (known.size() < values.size() || !std::equal(values.begin(), values.end(), known.begin())) continue;
    if (known.size() == values.size()) return true;
    alternatives = known[values.size()].alternatives;
  }
  if (alternatives == 0) return false;
  bool all = true;
  for (std::uint32_t value = 0; all && value < alternatives; ++value) {
    values.push_back({value, alternatives});
    all = all_asleep(values, sleepers, thread);
    values.pop_back();
  }
  return all;
}

}  // namespace sim
