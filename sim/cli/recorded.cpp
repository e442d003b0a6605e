#include "cli/recorded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "cli/exploration.hpp"
#include "cli/names.hpp"
#include "scenario/nearest.hpp"

namespace sim::cli {
namespace {

using scenario::RecordedStep;
using scenario::TraceFile;

Schedule schedule_of(const TraceFile& file) {
  Schedule schedule;
  for (const scenario::RecordedChoice& choice : file.schedule) {
    if (choice.is_value) {
      schedule.append_value(choice.value);
    } else {
      schedule.append_thread(choice.value);
    }
  }
  if (file.cycle) schedule.set_cycle(*file.cycle);
  return schedule;
}

std::string words(std::string_view thread, std::string_view operation, std::string_view object, std::uint64_t value) {
  return fmt::format("{} {}{}{} with value {}", scenario::in_quotes(thread), operation, object.empty() ? "" : " ",
                     object.empty() ? "" : scenario::in_quotes(object), value);
}

bool same(const RecordedStep& step, const Event& event, const Trace& trace) {
  return step.thread == event.thread && step.operation == to_text(event.operation.kind) &&
         step.object == trace.object_name(event.operation.object) && step.value == event.value;
}

// What differs first between the recorded and the new execution; empty if nothing does.
std::optional<InputError> first_difference(const TraceFile& file, const Recording& recording) {
  const Trace& trace = recording.trace;
  const std::size_t common = std::min(file.steps.size(), trace.events().size());
  const auto name = [&trace](ThreadId thread) {
    return thread < trace.thread_names().size() ? trace.thread_names()[thread] : fmt::format("thread {}", thread);
  };
  for (std::size_t i = 0; i < common; ++i) {
    const RecordedStep& step = file.steps[i];
    const Event& event = trace.events()[i];
    if (same(step, event, trace)) continue;
    return InputError{file.file, step.line, 0,
                      fmt::format("the replay diverged at step {}: recorded was {}, but now it is {}", i + 1,
                                  words(file.threads[step.thread], step.operation, step.object, step.value),
                                  words(name(event.thread), to_text(event.operation.kind),
                                        trace.object_name(event.operation.object), event.value))};
  }
  const std::string reason = recording.report.reason.empty() ? "" : ": " + recording.report.reason;
  if (common < file.steps.size()) {
    return InputError{
        file.file, file.steps[common].line, 0,
        fmt::format("the replay diverged at step {}: the execution ended before it{}", common + 1, reason)};
  }
  if (common < trace.events().size()) {
    return InputError{file.file, 0, 0,
                      fmt::format("the replay diverged after step {}: the execution went on{}", common, reason)};
  }
  const auto& violations = recording.report.violations;
  const bool violated = std::ranges::find(violations, file.property, &Violation::property) != violations.end();
  if (!file.property.empty() && !violated) {
    return InputError{file.file, 1, 0,
                      fmt::format("the replay diverged: recorded was a violation of {}, but now {}",
                                  scenario::in_quotes(file.property),
                                  violations.empty() ? "nothing is violated" + reason
                                                     : "it is one of " + scenario::in_quotes(violations[0].property))};
  }
  if (file.property.empty() && !violations.empty()) {
    return InputError{file.file, 1, 0,
                      fmt::format("the replay diverged: no violation was recorded, but now {} is violated",
                                  scenario::in_quotes(violations[0].property))};
  }
  return std::nullopt;
}

}  // namespace

Result<Recorded, InputError> follow_trace(const std::string& path) {
  auto file = scenario::read_trace(path, vocabulary());
  if (!file) return Failure{file.error()};
  if (!file->scenario) {
    return Failure{
        InputError{path, 1, 0,
                   fmt::format("this trace was recorded by the program {}; replay it there, with sim::replay "
                               "and the schedule in its first line",
                               scenario::in_quotes(file->program))}};
  }
  Recorded recorded{std::move(*file), {}};
  const scenario::Scenario& scenario = *recorded.file.scenario;
  Options options = options_of(scenario);
  options.stop_at_first_violation = false;
  const ModelInfo& model = model_of(scenario);
  try {
    recorded.recording = record([&] { run_model(model, scenario.parameters); }, schedule_of(recorded.file), options);
  } catch (const std::invalid_argument& error) {
    return Failure{InputError{path, 1, 0, error.what()}};
  }
  if (const auto difference = first_difference(recorded.file, recorded.recording)) return Failure{*difference};
  return recorded;
}

std::string title_of(const scenario::TraceFile& file) {
  if (!file.scenario) return file.program;
  return file.scenario->title.empty() ? file.scenario->name : file.scenario->name + ": " + file.scenario->title;
}

std::string verdict_of(const scenario::TraceFile& file) {
  return file.property.empty() ? "no violation" : "violated: " + file.property;
}

}  // namespace sim::cli
