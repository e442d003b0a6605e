#include "scenario/explore_settings.hpp"

#include <limits>

namespace sim::scenario {
namespace {

constexpr std::int64_t no_maximum = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kib = 1024;
constexpr std::int64_t gib = kib * kib * kib;

// The setters and getters of one member, whatever its type.
template <auto member>
void set(ExploreSettings& settings, const SettingValue& value) {
  using Member = std::remove_reference_t<decltype(settings.*member)>;
  if constexpr (std::is_same_v<Member, std::string> || std::is_same_v<Member, bool> || std::is_same_v<Member, double>) {
    settings.*member = std::get<Member>(value);
  } else if constexpr (std::is_integral_v<Member>) {
    settings.*member = static_cast<Member>(std::get<std::int64_t>(value));
  } else {
    settings.*member = static_cast<typename Member::value_type>(std::get<std::int64_t>(value));
  }
}

template <auto member>
std::optional<SettingValue> get(const ExploreSettings& settings) {
  using Member = std::remove_cvref_t<decltype(settings.*member)>;
  if constexpr (std::is_same_v<Member, std::string> || std::is_same_v<Member, bool> || std::is_same_v<Member, double>) {
    return SettingValue(settings.*member);
  } else if constexpr (std::is_integral_v<Member>) {
    return SettingValue(static_cast<std::int64_t>(settings.*member));
  } else {
    if (!(settings.*member)) return std::nullopt;
    return SettingValue(static_cast<std::int64_t>(*(settings.*member)));
  }
}

template <auto member>
ExploreSpec row(SettingSpec spec, bool shapes_replay = false) {
  return {std::move(spec), shapes_replay, set<member>, get<member>};
}

SettingSpec text(std::string_view name, std::vector<std::string_view> choices, std::string_view description) {
  return {.name = name, .type = SettingType::text, .choices = std::move(choices), .description = description};
}

SettingSpec number(std::string_view name, SettingType type, std::int64_t minimum, std::int64_t maximum,
                   std::string_view unit, std::string_view description) {
  return {.name = name, .type = type, .minimum = minimum, .maximum = maximum, .unit = unit, .description = description};
}

const std::vector<ExploreSpec>& table() {
  using S = ExploreSettings;
  using T = SettingType;
  constexpr bool shapes_replay = true;
  static const std::vector<ExploreSpec> rows = {
      row<&S::strategy>(text("strategy", {}, "How executions are chosen; see `racewalk list strategies`.")),
      row<&S::order>(text("order", {"depth-first", "breadth-first"},
                          "The order in which `stateful` expands states; breadth-first finds shortest "
                          "counterexamples.")),
      row<&S::identity>(text("identity", {"memory", "logical"},
                             "When `stateful` takes two states for the same: equal memory, or equal contents of "
                             "objects and all that each thread has read.")),
      row<&S::time>(text("time", {"urgent", "free"},
                         "When timers fire: only when nothing else can run, or at any point in the order of their "
                         "deadlines."),
                    shapes_replay),
      row<&S::seed>(number("seed", T::integer, 0, no_maximum, {}, "What random strategies start from.")),
      row<&S::bound>(number("bound", T::integer, 0, 1000, {},
                            "Preemptions or delays of an execution, under the strategies that bound them.")),
      row<&S::workers>(number("workers", T::integer, 1, 64, "workers", "Processes that explore together.")),
      row<&S::max_executions>(number("max_executions", T::integer, 0, no_maximum, "executions",
                                     "Stop after so many; 0: no limit (random strategies stop at 100000).")),
      row<&S::max_steps>(number("max_steps", T::integer, 1, 100'000'000, "steps",
                                "Scheduling points of one execution, after which it is cut."),
                         shapes_replay),
      row<&S::max_seconds>(
          number("max_seconds", T::number, 0, 1'000'000'000, "seconds", "Stop after so much time; 0: no limit.")),
      row<&S::max_memory>(number("max_memory", T::size, 0, 1024 * gib * kib, {},
                                 "Stop when snapshots and visited states take so much; 0: no limit.")),
      row<&S::stack>(number("stack", T::size, 16 * kib, 32 * kib * kib, {}, "The stack of each thread."),
                     shapes_replay),
      row<&S::backtracking>(text("backtracking", {"snapshot", "reexecute"},
                                 "How the state of an earlier point comes back: from a snapshot, or by running the "
                                 "program again.")),
      row<&S::isolate>({.name = "isolate",
                        .type = T::boolean,
                        .description = "Explore in a forked child, so that a wild write cannot harm the checker."}),
      row<&S::pct_depth>(number("pct_depth", T::integer, 1, 1000, {},
                                "Under `pct`: the depth of the bugs it looks for, one more than the points at which "
                                "priorities change.")),
      row<&S::select>(text("select", {},
                           "Under `surw`: the names of the objects whose operations are sampled uniformly, with * and "
                           "? as wildcards, separated by commas; all unless stated.")),
      row<&S::livelocks>({.name = "livelocks",
                          .type = T::boolean,
                          .description = "Under `stateful`, look for executions that never end."}),
  };
  return rows;
}

}  // namespace

std::span<const ExploreSpec> explore_table() {
  return table();
}

}  // namespace sim::scenario
