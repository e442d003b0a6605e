#include "cli/check_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "cli/terminal.hpp"
#include "report/counterexample.hpp"
#include "report/text.hpp"

namespace sim::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view red = "31", green = "32", yellow = "33";

std::string headline(const Checked& checked, bool colour) {
  const Report& report = checked.report;
  std::string text = fmt::format("{}: {}", checked.scenario.name, to_text(report.verdict));
  if (report.verdict == Verdict::holds) text += ", complete";
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

std::string counted(std::uint64_t number, std::string_view singular) {
  return fmt::format("{} {}{}", grouped(number), singular, number == 1 ? "" : "s");
}

std::string effort(const Checked& checked) {
  const Report& report = checked.report;
  const scenario::ExploreSettings& explore = checked.scenario.explore;
  std::string text = fmt::format("explored: {}", report.states != 0 ? counted(report.states, "state") + ", " : "");
  text += counted(report.transitions, "transition") + ", " + counted(report.executions, "execution");
  if (report.blocked_executions != 0) text += fmt::format(", {} cut short", grouped(report.blocked_executions));
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
  object["goals"] = report.goals;
  object["peak_memory_bytes"] = report.peak_memory_bytes;
  object["hash_bits"] = report.hash_bits;
  object["omission_probability"] = report.omission_probability;
  object["reason"] = report.reason;
  object["notes"] = report.notes;
  object["objections"] = checked.judgement.objections;
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
  text += goals(checked) + effort(checked);
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
