#include "report/trace_writer.hpp"

#include <nlohmann/json.hpp>

#include "base/hash128.hpp"

namespace sim::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;

Json json_value(const ParameterValue& value) {
  return std::visit([](const auto& alternative) { return Json(alternative); }, value);
}

// Programs may name things with any bytes; what is no UTF-8 becomes U+FFFD.
std::string line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json header_line(const TraceHeader& header, const Schedule& schedule, const Trace& trace) {
  Json object = {{"format", "racewalk-trace"}, {"version", format_version}};
  if (header.program.empty()) {
    Json scenario = {{"name", header.scenario}, {"title", header.title}, {"model", header.model}};
    scenario["parameters"] = Json::object();
    for (const auto& [name, value] : header.parameters.values()) scenario["parameters"][name] = json_value(value);
    if (!header.parameters.faults().empty()) scenario["faults"] = Json::object();
    for (const auto& [name, value] : header.parameters.faults()) scenario["faults"][name] = json_value(value);
    scenario["explore"] = Json::object();
    for (const auto& [name, value] : header.explore) scenario["explore"][name] = json_value(value);
    object["scenario"] = std::move(scenario);
  } else {
    object["program"] = header.program;
  }
  object["property"] = header.property;
  object["detail"] = header.detail;
  object["threads"] = std::vector<std::string>(trace.thread_names().begin(), trace.thread_names().end());
  object["schedule"] = schedule.to_text();
  if (schedule.cycle()) object["cycle"] = *schedule.cycle();
  object["steps"] = trace.events().size();
  return object;
}

}  // namespace

std::string trace_file_text(const TraceHeader& header, const Schedule& schedule, const Trace& trace) {
  std::string text = line(header_line(header, schedule, trace));
  for (const Event& event : trace.events()) {
    Json step = {{"thread", event.thread}, {"op", to_text(event.operation.kind)}};
    if (event.operation.object != no_object) step["object"] = trace.object_name(event.operation.object);
    step["value"] = event.value;
    if (!event.text.empty()) step["text"] = event.text;
    if (!event.notes.empty()) step["notes"] = event.notes;
    text += line(step);
  }
  // Last in the header, so that the rest is the text that it is the digest of.
  const std::string digest = to_hex(hash_bytes(text.data(), text.size()));
  return text.insert(text.find("}\n"), ",\"digest\":\"" + digest + "\"");
}

}  // namespace sim::report
