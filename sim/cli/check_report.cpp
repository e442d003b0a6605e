#include "cli/check_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "cli/terminal.hpp"
#include "explore/options.hpp"
#include "report/counterexample.hpp"
#include "report/text.hpp"

namespace sim::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view red = "31", green = "32", yellow = "33";

std::string counted(std::uint64_t number, std::string_view singular) {
  return fmt::format("{} {}{}", grouped(number), singular, number == 1 ? "" : "s");
}

// What the strategy counts.
std::string_view bounded_thing(const Checked& checked) {
  return checked.scenario.explore.strategy == to_text(Strategy::delay_bounded) ? "delay" : "preemption";
}

std::string headline(const Checked& checked, bool colour) {
  const Report& report = checked.report;
  std::string text = fmt::format("{}: {}", checked.scenario.name, to_text(report.verdict));
  if (report.verdict == Verdict::holds) {
    const bool within = report.bound && !report.bound->exhausted && report.bound->holds;
    if (within) text += " for at most " + counted(*report.bound->holds, bounded_thing(checked));
    text += ", complete";
  }
  std::string_view shade = yellow;
  switch (checked.judgement.exit) {
    case Exit::as_expected:
      text += ", as expected";
      shade = green;
      break;
    case Exit::not_as_expected:
      text += ", not as expected";
      shade = red;
      break;
    default:
      if (report.verdict != Verdict::inconclusive) text += ", but not all that is expected was found";
      break;
  }
  return colour ? fmt::format("\x1b[1;{}m{}\x1b[0m\n", shade, text) : text + "\n";
}

std::string effort(const Checked& checked) {
  const Report& report = checked.report;
  const scenario::ExploreSettings& explore = checked.scenario.explore;
  std::string text = fmt::format("explored: {}", report.states != 0 ? counted(report.states, "state") + ", " : "");
  text += counted(report.transitions, "transition") + ", " + counted(report.executions, "execution");
  if (report.blocked_executions != 0) text += fmt::format(", {} cut short", grouped(report.blocked_executions));
  if (report.cut_executions != 0) text += fmt::format(", {} cut after max_steps", grouped(report.cut_executions));
  if (report.assumed_away != 0) text += fmt::format(", {} assumed away", grouped(report.assumed_away));
  text += " in " + duration_text(report.seconds);
  if (report.seconds > 0) {
    const double rate = static_cast<double>(report.transitions) / report.seconds;
    text += fmt::format(", {} transitions/s", grouped(static_cast<std::uint64_t>(rate)));
  }
  text += fmt::format(", {} of memory", scenario::size_text(report.peak_memory_bytes));
  text += fmt::format("\nstrategy: {}", explore.strategy);
  if (explore.strategy == "stateful") text += ", " + explore.order;
  text += fmt::format(", seed {}\n", explore.seed);
  if (report.hash_bits != 0) {
    text += fmt::format("omission: two of {} have one hash of {} bits with probability below {:.2g}\n",
                        counted(report.states, "state"), report.hash_bits, report.omission_probability);
  }
  return text;
}

// How far a bounded strategy has come.
std::string bound(const Checked& checked) {
  const auto& bound = checked.report.bound;
  if (!bound) return {};
  std::string text = "bound: ";
  if (bound->holds) text += "holds for at most " + counted(*bound->holds, bounded_thing(checked)) + "; ";
  text += fmt::format("executions with 0, 1, ... {}s: ", bounded_thing(checked));
  for (std::size_t i = 0; i < bound->executions.size(); ++i) {
    text += (i == 0 ? "" : ", ") + grouped(bound->executions[i]);
  }
  if (bound->completed < bound->executions.size()) text += ", the last of them not all";
  return text + (bound->exhausted ? "; none needs more\n" : "\n");
}

// What a sample tells, which proves nothing: how likely a failure is.
std::string failure_rate(const Report& report) {
  if (!report.failure_rate) return {};
  const auto percent = [](double share) { return fmt::format("{:.3g} %", 100 * share); };
  return fmt::format("failing: {} of {}, {} (95 % confidence: {} to {}){}\n", grouped(report.failing_executions),
                     counted(report.executions, "execution"), percent(report.failure_rate->share),
                     percent(report.failure_rate->low), percent(report.failure_rate->high),
                     report.stopped_by_violation ? "; overstated, because it stopped there: --all samples on" : "");
}

std::string goals(const Checked& checked) {
  std::string text;
  for (const auto& [goal, count] : checked.report.goals) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", report::printable(goal), grouped(count));
  }
  return text.empty() ? text : "goals reached: " + text + "\n";
}

std::string quoted_for_shell(const std::string& word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+,:@%=";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

Json json_of(const Checked& checked) {
  const scenario::Scenario& scenario = checked.scenario;
  const Report& report = checked.report;
  Json object = {{"scenario", scenario.name}, {"model", scenario.model}, {"parameters", Json::object()}};
  for (const auto& [name, value] : scenario.parameters.values()) {
    object["parameters"][name] = std::visit([](const auto& alternative) { return Json(alternative); }, value);
  }
  for (const auto& [name, value] : scenario.parameters.faults()) {
    object["faults"][name] = std::visit([](const auto& alternative) { return Json(alternative); }, value);
  }
  object["strategy"] = scenario.explore.strategy;
  object["seed"] = scenario.explore.seed;
  object["verdict"] = to_text(report.verdict);
  object["as_expected"] = checked.judgement.as_expected();
  object["complete"] = report.complete;
  object["executions"] = report.executions;
  object["blocked_executions"] = report.blocked_executions;
  object["transitions"] = report.transitions;
  object["states"] = report.states;
  object["seconds"] = report.seconds;
  object["violations"] = Json::array();
  for (const Violation& violation : report.violations) {
    const auto trace = checked.traces.find(violation.property);
    const auto cycle = violation.schedule.cycle();
    object["violations"].push_back({{"property", violation.property},
                                    {"detail", violation.detail},
                                    {"steps", violation.trace.scheduled_steps()},
                                    {"preemptions", violation.trace.preemptions},
                                    {"trace", trace != checked.traces.end() ? Json(trace->second) : Json()}});
    if (cycle) object["violations"].back()["cycle"] = *cycle;
  }
  object["title"] = scenario.title;
  object["file"] = scenario.file;
  object["assumed_away"] = report.assumed_away;
  object["cut_executions"] = report.cut_executions;
  object["goals"] = report.goals;
  object["peak_memory_bytes"] = report.peak_memory_bytes;
  object["reason"] = report.reason;
  object["objections"] = checked.judgement.objections;
  object["failing_executions"] = report.failing_executions;
  if (const auto& rate = report.failure_rate) {
    object["failure_rate"] = {{"share", rate->share}, {"low", rate->low}, {"high", rate->high}, {"confidence", 0.95}};
  } else {
    object["failure_rate"] = nullptr;
  }
  object["bound"] = nullptr;
  if (const auto& bound = report.bound) {
    object["bound"] = {{"of", fmt::format("{}s", bounded_thing(checked))},
                       {"holds", bound->holds ? Json(*bound->holds) : Json()},
                       {"exhausted", bound->exhausted},
                       {"completed", bound->completed},
                       {"executions", bound->executions}};
  }
  object["hash_bits"] = report.hash_bits;
  object["omission_probability"] = report.omission_probability;
  object["notes"] = report.notes;
  return object;
}

}  // namespace

std::string replay_command(const std::string& path) {
  return "racewalk replay " + quoted_for_shell(path);
}

std::string check_text(const Checked& checked, unsigned width, bool colour) {
  std::string text = headline(checked, colour);
  if (!checked.scenario.title.empty()) text += checked.scenario.title + "\n";
  for (const std::string& objection : checked.judgement.objections) {
    text += fmt::format("  {}\n", report::printable(objection));
  }
  const Report& report = checked.report;
  for (const Violation& violation : report.violations) {
    text += "\n" + report::to_text({.property = violation.property,
                                    .detail = violation.detail,
                                    .schedule = violation.schedule,
                                    .trace = violation.trace,
                                    .seed = checked.scenario.explore.seed},
                                   {.width = width, .colour = colour});
    const auto trace = checked.traces.find(violation.property);
    if (trace == checked.traces.end()) continue;
    text += fmt::format("trace: {}\nreplay: {}\n", report::printable(trace->second), replay_command(trace->second));
  }
  if (!report.violations.empty()) text += "\n";
  text += goals(checked) + effort(checked) + bound(checked) + failure_rate(report);
  for (const std::string& note : report.notes) text += fmt::format("note: {}\n", report::printable(note));
  const bool said = !checked.judgement.objections.empty() && checked.judgement.objections.back() == report.reason;
  if (!report.complete && !report.reason.empty() && !said) text += fmt::format("not complete: {}\n", report.reason);
  return text;
}

std::string check_json(const std::vector<Checked>& all) {
  Json object = {{"format", "racewalk-report"}, {"version", 1}, {"scenarios", Json::array()}};
  for (const Checked& checked : all) object["scenarios"].push_back(json_of(checked));
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sim::cli
