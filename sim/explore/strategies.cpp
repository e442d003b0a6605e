#include "explore/strategies.hpp"

#include <array>
#include <utility>

#include "base/check.hpp"

namespace sim {
namespace {

constexpr std::array<std::pair<Strategy, std::string_view>, 10> names = {{
    {Strategy::dfs, "dfs"},
    {Strategy::source_dpor, "source_dpor"},
    {Strategy::optimal_dpor, "optimal_dpor"},
    {Strategy::stateful, "stateful"},
    {Strategy::preemption_bounded, "preemption_bounded"},
    {Strategy::delay_bounded, "delay_bounded"},
    {Strategy::random_walk, "random_walk"},
    {Strategy::pct, "pct"},
    {Strategy::pos, "pos"},
    {Strategy::surw, "surw"},
}};

}  // namespace

std::string_view to_text(Strategy strategy) {
  for (const auto& [known, name] : names) {
    if (known == strategy) return name;
  }
  return "unknown";
}

std::optional<Strategy> strategy_from_text(std::string_view text) {
  for (const auto& [strategy, name] : names) {
    if (name == text) return strategy;
  }
  return std::nullopt;
}

bool is_sample(Strategy strategy) {
  return strategy == Strategy::random_walk || strategy == Strategy::pct || strategy == Strategy::pos ||
         strategy == Strategy::surw;
}

bool takes_workers(Strategy strategy) {
  return strategy == Strategy::optimal_dpor || strategy == Strategy::stateful;
}

std::unique_ptr<Search> make_search(const Options& options, ForkedParts* parts) {
  switch (options.strategy) {
    case Strategy::optimal_dpor:
      return make_optimal_dpor(options, parts);
    case Strategy::source_dpor:
      return make_source_dpor(options);
    case Strategy::dfs:
      return make_depth_first(options);
    case Strategy::stateful:
      break;  // See explore_states.
    case Strategy::preemption_bounded:
      return make_preemption_bounded(options);
    case Strategy::delay_bounded:
      return make_delay_bounded(options);
    case Strategy::random_walk:
      return make_random_walk(options);
    case Strategy::pct:
      return make_pct(options);
    case Strategy::pos:
      return make_pos(options);
    case Strategy::surw:
      return make_surw(options);
  }
  SIM_CHECK(false);
  return nullptr;
}

}  // namespace sim
