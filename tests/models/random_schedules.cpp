#include "models/random_schedules.hpp"

#include <algorithm>
#include <ostream>
#include <sstream>

#include "sim.hpp"
#include "sms/model.hpp"
#include "sms/parameters.hpp"
#include "tests/explore/agreement.hpp"

namespace random_sites {

using agreement::violated_in;
namespace {

// What a scenario says in [explore].
struct Search {
  sim::Strategy strategy = sim::Strategy::stateful;
  Schedules schedules = {};
  std::uint64_t executions = 0;

  bool is_stateful() const { return strategy == sim::Strategy::stateful; }

  // As `racewalk check` makes them of the scenario.
  sim::Options options() const {
    sim::Options options;
    options.strategy = strategy;
    options.stop_at_first_violation = false;
    if (is_stateful()) {
      options.order = sim::Order::breadth_first;
    } else {
      options.seed = schedules.seed;
      options.pct_depth = schedules.pct_depth;
      options.max_executions = executions;
    }
    return options;
  }

  std::string text() const {
    std::ostringstream out;
    out << "[explore]\nstrategy = \"" << sim::to_text(strategy) << "\"\n";
    if (is_stateful()) {
      out << "order = \"breadth-first\"\n";
    } else {
      out << "seed = " << schedules.seed << "\nmax_executions = " << executions << "\n";
      if (strategy == sim::Strategy::pct) out << "pct_depth = " << schedules.pct_depth << "\n";
    }
    return out.str();
  }
};

sim::Report run(const Topology& topology, const sim::Options& options) {
  const sim::ModelInfo model = models::sms::info();
  return sim::explore([&] { sim::run_model(model, topology.parameters); }, options);
}

std::string in_toml(const sim::ParameterValue& value) {
  const bool is_text = std::holds_alternative<std::string>(value);
  return is_text ? "\"" + sim::to_text(value) + "\"" : sim::to_text(value);
}

std::string text_of(const Topology& topology, const std::vector<std::string>& properties, const std::string& title,
                    const Search& search) {
  std::ostringstream out;
  out << "name = \"random-sites\"\ntitle = \"" << title << "\"\nmodel = \"sms\"\n\n[parameters]\n";
  for (const sim::ParameterSpec& spec : models::sms::parameter_table()) {
    const sim::ParameterValue& value = topology.parameters.values().find(spec.name)->second;
    if (value != spec.fallback) out << spec.name << " = " << in_toml(value) << "\n";
  }
  if (!topology.parameters.faults().empty()) out << "\n[faults]\n";
  for (const auto& [name, value] : topology.parameters.faults()) out << name << " = " << in_toml(value) << "\n";
  out << "\n" << search.text() << "\n[expect]\nverdict = \"violated\"\nproperties = [";
  for (const std::string& name : properties) out << (name == properties.front() ? "\"" : ", \"") << name << "\"";
  out << "]\n";
  return out.str();
}

const sim::Violation* shortest_in(const sim::Report& report, const std::set<std::string>& properties) {
  const sim::Violation* best = nullptr;
  const auto cost = [](const sim::Violation& it) {
    return std::pair(it.trace.scheduled_steps(), it.trace.preemptions);
  };
  for (const sim::Violation& violation : report.violations) {
    if (!properties.contains(violation.property)) continue;
    if (best == nullptr || cost(violation) < cost(*best)) best = &violation;
  }
  return best;
}

// `check` stops when all that it expects is violated, and expects no more: so the list is all that is violated by then.
Found scenario_of(const Topology& topology, const sim::Violation& shortest, const Search& search) {
  Found found{shortest.property, shortest.trace.scheduled_steps(), shortest.trace.preemptions, {}};
  sim::Options options = search.options();
  options.stop_after = {found.property};
  std::vector<std::string> properties = {found.property};
  for (const std::string& name : violated_in(run(topology, options))) {
    if (name != found.property) properties.push_back(name);
  }
  const std::string steps = std::to_string(found.steps) + (found.steps == 1 ? " step, " : " steps, ");
  const std::string preemptions =
      std::to_string(found.preemptions) + (found.preemptions == 1 ? " preemption" : " preemptions");
  const std::string title = "Found at random and made small: " + found.property + " after " + steps + preemptions;
  found.scenario = text_of(topology, properties, title, search);
  return found;
}

// The least of what a few seeds of each strategy find.
std::optional<Found> shortest_sampled(const Topology& topology, const std::set<std::string>& properties) {
  constexpr std::uint64_t seeds = 20, executions = 500;
  std::optional<Found> best;
  for (const sim::Strategy strategy : {sim::Strategy::random_walk, sim::Strategy::pct, sim::Strategy::pos}) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const Search search{strategy, {strategy, seed, 3}, executions};
      const sim::Report report = run(topology, search.options());
      const sim::Violation* violation = shortest_in(report, properties);
      if (violation == nullptr || (best && best->steps <= violation->trace.scheduled_steps())) continue;
      best = scenario_of(topology, *violation, search);
    }
  }
  return best;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Schedules& schedules) {
  out << sim::to_text(schedules.strategy) << " with seed " << schedules.seed;
  if (schedules.strategy == sim::Strategy::pct) out << " and depth " << schedules.pct_depth;
  return out;
}

rc::Gen<Schedules> schedules() {
  return rc::gen::noShrink(rc::gen::exec([] {
    Schedules drawn;
    drawn.strategy = *rc::gen::element(sim::Strategy::random_walk, sim::Strategy::pct, sim::Strategy::pos);
    drawn.seed = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
    drawn.pct_depth = *rc::gen::inRange<std::uint32_t>(1, 6);
    return drawn;
  }));
}

sim::Report explore(const Topology& topology, const Schedules& schedules, const Effort& effort) {
  sim::Options options = Search{}.options();
  options.order = sim::Order::depth_first;
  options.max_memory_bytes = effort.memory_bytes;
  sim::Report all = run(topology, options);
  if (all.complete) return all;
  const Search sample{schedules.strategy, schedules, effort.executions};
  sim::Report drawn = run(topology, sample.options());
  for (sim::Violation& violation : all.violations) {
    if (!violated_in(drawn).contains(violation.property)) drawn.violations.push_back(std::move(violation));
  }
  for (const auto& [goal, count] : all.goals) drawn.goals[goal] += count;
  return drawn;
}

sim::Report explore_until(const Topology& topology, const std::string& property, const Schedules& schedules,
                          const Effort& effort) {
  const Schedules walk{.strategy = sim::Strategy::random_walk, .seed = schedules.seed};
  sim::Report report;
  for (const Search& search : {Search{}, Search{schedules.strategy, schedules, effort.executions},
                               Search{walk.strategy, walk, effort.executions}}) {
    sim::Options options = search.options();
    options.stop_after = {property};
    if (search.is_stateful()) options.max_memory_bytes = effort.memory_bytes;
    report = run(topology, options);
    if (violated_in(report).contains(property)) break;
  }
  return report;
}

std::optional<Found> shortest(const Topology& topology, const std::set<std::string>& properties,
                              std::uint64_t memory_bytes) {
  const Search breadth_first;
  sim::Options options = breadth_first.options();
  options.max_memory_bytes = memory_bytes;
  options.stop_after = {properties.begin(), properties.end()};
  const sim::Report report = run(topology, options);
  const sim::Violation* violation = shortest_in(report, properties);
  if (violation != nullptr) return scenario_of(topology, *violation, breadth_first);
  return shortest_sampled(topology, properties);
}

std::string scenario_text(const Topology& topology, const std::vector<std::string>& properties) {
  return text_of(topology, properties, "A random topology", Search{});
}

}  // namespace random_sites
