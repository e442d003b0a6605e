#include "explore/alternatives.hpp"

#include "runtime/state.hpp"

namespace sim {

Alternatives Alternatives::of(const Point& point) {
  if (point.alternatives != 0) return {std::uint64_t{1} << point.thread, point.alternatives, false, false};
  const std::uint64_t timed = runtime::world().core.timed;
  const bool fire = (timed & point.enabled) != 0;
  return {point.enabled, 0, timed != 0 && !fire, fire};
}

Choice Alternatives::choice(std::uint32_t alternative) const {
  if (values != 0) return {alternative, true};
  std::uint64_t rest = threads;
  for (; alternative > 0; --alternative) rest &= rest - 1;
  return {static_cast<std::uint32_t>(std::countr_zero(rest)), false};
}

}  // namespace sim
