#pragma once

#include "scenario/vocabulary.hpp"

namespace sim::scenario {

/// Two small models and a few strategies to write scenarios about.
inline const Vocabulary& test_vocabulary() {
  static const std::vector<ParameterSpec> parameters = {
      {.name = "threads", .fallback = std::int64_t{2}, .minimum = 1, .maximum = 8, .unit = "threads"},
      {.name = "atomic", .fallback = false},
      {.name = "selection",
       .fallback = std::string("unsynchronised"),
       .choices = {"unsynchronised", "critical-section"},
       .description = "How a request is selected."},
      {.name = "label", .fallback = std::string("x")},
  };
  static const std::vector<ParameterSpec> grouped = {
      {.name = "table.seats", .fallback = std::int64_t{3}, .minimum = 2, .maximum = 9},
      {.name = "table.round", .fallback = true},
  };
  static const std::vector<ParameterSpec> faults = {
      {.name = "fork_falls", .fallback = false, .description = "A fork falls to the floor."},
      {.name = "max_faults", .fallback = std::int64_t{1}, .minimum = 0, .maximum = 4, .unit = "faults"},
  };
  static const Vocabulary vocabulary = {
      .models = {{.name = "counter",
                  .parameters = parameters,
                  .properties = {"no-lost-update", "no-overflow"},
                  .goals = {"all-done", "contention"},
                  .validate = [](const Parameters& values) -> std::optional<std::string> {
                    if (values.integer("threads") < 8 || !values.boolean("atomic")) return std::nullopt;
                    return "atomic counters take at most 7 threads";
                  },
                  .excludes = [](const Parameters& values, std::string_view name) -> std::optional<Exclusion> {
                    const bool needs_two = name == "no-lost-update" || name == "contention";
                    if (!needs_two || values.integer("threads") > 1) return std::nullopt;
                    return Exclusion{"threads", "threads = 1 is alone; set threads to 2 or more"};
                  }},
                 {.name = "philosophers",
                  .parameters = grouped,
                  .properties = {},
                  .goals = {"fork-fell"},
                  .validate = [](const Parameters& values) -> std::optional<std::string> {
                    if (!values.faults().contains("max_faults") || values.faults().size() > 1) return std::nullopt;
                    return "faults.max_faults = " + sim::to_text(values.faults().at("max_faults")) + " bounds no fault";
                  },
                  .excludes = [](const Parameters& values, std::string_view) -> std::optional<Exclusion> {
                    if (values.faults().contains("fork_falls")) return std::nullopt;
                    return Exclusion{"faults.fork_falls", "no fork falls; set faults.fork_falls to true"};
                  },
                  .faults = faults}},
      .strategies = {{.name = "dfs"},
                     {.name = "stateful", .matches_states = true, .takes_workers = true},
                     {.name = "random_walk"},
                     {.name = "preemption_bounded", .bound = BoundUse::required},
                     {.name = "pct", .available = false},
                     {.name = "surw", .takes_select = true}},
      .default_strategy = "dfs",
      .built_in_properties = {"deadlock", "data-race"}};
  return vocabulary;
}

}  // namespace sim::scenario
