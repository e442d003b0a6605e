#include "report/json.hpp"

#include <nlohmann/json.hpp>

#include "report/label.hpp"

namespace sim::report {

nlohmann::json to_json(const Trace& trace) {
  nlohmann::json list = nlohmann::json::array();
  const std::vector<std::size_t> numbers = step_numbers(trace);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const Event& event = trace.events()[i];
    nlohmann::json entry;
    if (numbers[i] != 0) entry["step"] = numbers[i];
    entry["thread"] = thread_name(trace, event.thread);
    entry["operation"] = to_text(event.operation.kind);
    if (event.operation.object != no_object) entry["object"] = printable(trace.object_name(event.operation.object));
    entry["value"] = event.value;
    if (!event.text.empty()) entry["text"] = printable(event.text);
    for (const std::string& note : event.notes) entry["notes"].push_back(printable(note));
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace sim::report
