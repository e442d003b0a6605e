#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/recorded.hpp"
#include "cli/terminal.hpp"
#include "report/counterexample.hpp"
#include "report/text.hpp"

namespace sim::cli {
namespace {

using Json = nlohmann::ordered_json;

const Violation* violation_of(const Recorded& recorded) {
  for (const Violation& violation : recorded.recording.report.violations) {
    if (violation.property == recorded.file.property) return &violation;
  }
  return nullptr;
}

std::string as_text(const Recorded& recorded) {
  const report::ColumnStyle style{.width = output_width(), .colour = output_is_coloured()};
  std::string text = report::printable(title_of(recorded.file)) + "\n";
  const Violation* violation = violation_of(recorded);
  if (violation == nullptr) {
    return text + report::columns(recorded.recording.trace, style) + "replayed: no violation, as recorded\n";
  }
  text += report::to_text({.property = violation->property,
                           .detail = violation->detail,
                           .schedule = violation->schedule,
                           .trace = recorded.recording.trace},
                          style);
  return text + fmt::format("replayed: violated {}, as recorded\n", report::printable(violation->property));
}

std::string as_json(const Recorded& recorded) {
  const Violation* violation = violation_of(recorded);
  const Trace& trace = recorded.recording.trace;
  Json object = {{"format", "racewalk-replay"},
                 {"version", 1},
                 {"trace", recorded.file.file},
                 {"scenario", recorded.file.scenario->name},
                 {"model", recorded.file.scenario->model},
                 {"verdict", violation != nullptr ? "violated" : "holds"},
                 {"property", recorded.file.property},
                 {"detail", violation != nullptr ? violation->detail : std::string()},
                 {"as_recorded", true},
                 {"steps", trace.scheduled_steps()},
                 {"preemptions", trace.preemptions}};
  if (recorded.file.cycle) object["cycle"] = *recorded.file.cycle;
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Exit replay(const ReplayCommand& command) {
  const auto finish = [](const InputError& error) {
    print_error(error);
    return Exit::bad_input;
  };
  if (command.trace.empty()) return finish({{}, 0, 0, "replay needs a trace file, as `racewalk check` writes them"});
  const auto recorded = follow_trace(command.trace);
  if (!recorded) return finish(recorded.error());
  const auto printed = print(command.format == Format::json ? as_json(*recorded) : as_text(*recorded));
  return printed ? Exit::as_expected : finish(printed.error());
}

}  // namespace sim::cli
