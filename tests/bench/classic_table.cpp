// The comparison in docs/benchmarks.md: for each textbook program with its bug, how many executions each randomised
// strategy needs to the first violation, on average over seeds, and how many optimal_dpor needs to the first and in
// all. Strategies that this version does not have are left out. Numbers are executions: they depend on no machine.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "classic/programs.hpp"
#include "sim.hpp"

namespace {

using sim::Options;
using sim::ParameterValue;
using sim::Report;
using sim::Strategy;
using Number = std::int64_t;

struct Limits {
  std::uint64_t seeds = 20;
  std::uint64_t executions = 100'000;  ///< Of one exploration.
};

struct Row {
  std::string_view name;
  std::vector<std::pair<std::string_view, ParameterValue>> values = {};

  std::string text() const {
    std::string all;
    for (const auto& [parameter, value] : values) {
      all += fmt::format("{}{} = {}", all.empty() ? "" : ", ", parameter, sim::to_text(value));
    }
    return all.empty() ? std::string(name) : fmt::format("{} ({})", name, all);
  }
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"account"},
      {"bakery", {{"threads", Number{2}}}},
      {"bakery", {{"threads", Number{3}}}},
      {"bluetooth-driver"},
      {"bounded-buffer", {{"bug", "one-condition"}}},
      {"bounded-buffer", {{"bug", "if"}}},
      {"carter01"},
      {"circular-buffer", {{"rounds", Number{3}}}},
      {"circular-buffer", {{"rounds", Number{7}}}},
      {"deadlock01"},
      {"dekker", {{"rounds", Number{1}}}},
      {"dining-philosophers", {{"philosophers", Number{3}}}},
      {"dining-philosophers", {{"philosophers", Number{5}}}},
      {"dining-philosophers", {{"philosophers", Number{7}}}},
      {"lazy01"},
      {"michael-scott-queue"},
      {"peterson", {{"rounds", Number{1}}}},
      {"queue", {{"rounds", Number{3}}}},
      {"queue", {{"rounds", Number{7}}}},
      {"readers-writers"},
      {"reorder", {{"setters", Number{2}}}},
      {"reorder", {{"setters", Number{4}}}},
      {"reorder", {{"setters", Number{9}}}},
      {"reorder", {{"setters", Number{19}}}},
      {"stack", {{"rounds", Number{3}}}},
      {"stack", {{"rounds", Number{10}}}},
      {"sync01"},
      {"token-ring"},
      {"treiber-stack"},
      {"twostage", {{"setters", Number{1}}, {"readers", Number{1}}}},
      {"twostage", {{"setters", Number{9}}, {"readers", Number{1}}}},
      {"work-stealing-queue", {{"items", Number{2}}}},
      {"work-stealing-queue", {{"items", Number{4}}}},
      {"wronglock", {{"others", Number{3}}}},
      {"wronglock", {{"others", Number{7}}}},
  };
  return all;
}

Report explore(const Row& row, const Options& options) {
  for (const sim::ModelInfo& model : models::classic::programs()) {
    if (model.name != row.name) continue;
    sim::Parameters parameters = sim::Parameters::defaults(model.parameters);
    for (const auto& [parameter, value] : row.values) parameters.set(parameter, value);
    parameters.set("broken", true);
    return sim::explore([&] { sim::run_model(model, parameters); }, options);
  }
  return {};
}

std::uint64_t executions_of(const Report& report) {
  return report.executions + report.blocked_executions + report.assumed_away;
}

/// The mean over the seeds; where the limit came first, how often.
std::string mean_to_violation(const Row& row, Strategy strategy, const Limits& limits) {
  std::uint64_t sum = 0, missed = 0;
  for (std::uint64_t seed = 1; seed <= limits.seeds; ++seed) {
    const Report report = explore(row, {.strategy = strategy, .seed = seed, .max_executions = limits.executions});
    sum += executions_of(report);
    missed += report.violations.empty() ? 1 : 0;
  }
  if (missed == limits.seeds) return "not found";
  const std::string mean =
      fmt::format("{}{:.1f}", missed > 0 ? "> " : "", static_cast<double>(sum) / static_cast<double>(limits.seeds));
  return missed > 0 ? fmt::format("{} (missed {} of {})", mean, missed, limits.seeds) : mean;
}

std::string executions(const Row& row, Strategy strategy, bool to_the_end, const Limits& limits) {
  const Report report =
      explore(row, {.strategy = strategy, .max_executions = limits.executions, .stop_at_first_violation = !to_the_end});
  const bool cut = to_the_end ? !report.complete : report.violations.empty();
  return fmt::format("{}{}", cut ? "> " : "", executions_of(report));
}

void print_table(const Limits& limits) {
  const std::vector<Strategy> randomised{Strategy::random_walk, Strategy::pct, Strategy::pos, Strategy::surw};
  std::string header = "| program with its bug |", line = "|---|";
  const auto add_column = [&](const std::string& title) {
    header += " " + title + " |";
    line += "---:|";
  };
  for (const Strategy strategy : randomised) add_column(fmt::format("`{}`", sim::to_text(strategy)));
  add_column("`optimal_dpor`, first");
  add_column("in all");
  fmt::print("{}\n{}\n", header, line);
  for (const Row& row : rows()) {
    std::string text = fmt::format("| {} |", row.text());
    for (const Strategy strategy : randomised) text += " " + mean_to_violation(row, strategy, limits) + " |";
    text += " " + executions(row, Strategy::optimal_dpor, false, limits) + " |";
    text += " " + executions(row, Strategy::optimal_dpor, true, limits) + " |";
    fmt::print("{}\n", text);
    std::fflush(stdout);
  }
}

std::optional<std::uint64_t> positive_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  Limits limits;
  std::uint64_t* const values[] = {&limits.seeds, &limits.executions};
  if (argc > 3) {
    fmt::print(stderr, "usage: {} [SEEDS [EXECUTIONS]]\n", argv[0]);
    return 2;
  }
  for (int i = 1; i < argc; ++i) {
    const auto value = positive_number(argv[i]);
    if (!value) {
      fmt::print(stderr, "{}: \"{}\" is no positive number\nusage: {} [SEEDS [EXECUTIONS]]\n", argv[0], argv[i],
                 argv[0]);
      return 2;
    }
    *values[i - 1] = *value;
  }
  print_table(limits);
}
