#include "cli/exploration.hpp"

#include <atomic>
#include <csignal>

#include "base/check.hpp"
#include "models/registry.hpp"

namespace sim::cli {
namespace {

std::atomic<bool> signal_came = false;

void on_signal(int) {
  signal_came.store(true, std::memory_order_relaxed);
  interrupt();
}

}  // namespace

const ModelInfo& model_of(const scenario::Scenario& scenario) {
  const ModelInfo* model = models::find(scenario.model);
  SIM_CHECK(model != nullptr);
  return *model;
}

Options options_of(const scenario::Scenario& scenario) {
  const scenario::ExploreSettings& settings = scenario.explore;
  const auto strategy = strategy_from_text(settings.strategy);
  SIM_CHECK(strategy.has_value());
  Options options;
  options.strategy = *strategy;
  options.seed = settings.seed;
  options.bound = settings.bound;
  options.max_executions = settings.max_executions;
  options.max_steps = settings.max_steps;
  options.max_seconds = settings.max_seconds;
  options.max_memory_bytes = settings.max_memory;
  options.workers = settings.workers;
  options.backtracking = settings.backtracking == "reexecute" ? Backtracking::reexecute : Backtracking::snapshot;
  options.order = settings.order == "breadth-first" ? Order::breadth_first : Order::depth_first;
  options.time = settings.time == "free" ? Time::free : Time::urgent;
  options.identity = settings.identity == "logical" ? StateIdentity::logical : StateIdentity::memory;
  options.stack_bytes = settings.stack;
  options.isolate = settings.isolate;
  options.pct_depth = settings.pct_depth;
  options.select = settings.select;
  options.livelocks = settings.livelocks;
  return options;
}

report::TraceHeader trace_header(const scenario::Scenario& scenario, std::string property, std::string detail) {
  report::TraceHeader header{.scenario = scenario.name,
                             .title = scenario.title,
                             .model = scenario.model,
                             .parameters = scenario.parameters,
                             .explore = {},
                             .program = {},
                             .property = std::move(property),
                             .detail = std::move(detail)};
  for (const scenario::ExploreSpec& row : scenario::explore_table()) {
    if (!row.shapes_replay) continue;
    if (const auto value = row.get(scenario.explore)) {
      header.explore.emplace_back(row.spec.name, scenario::parameter_value(*value));
    }
  }
  return header;
}

InterruptGuard::InterruptGuard() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

InterruptGuard::~InterruptGuard() {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
}

bool InterruptGuard::interrupted() {
  return signal_came.load(std::memory_order_relaxed);
}

}  // namespace sim::cli
