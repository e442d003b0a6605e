#include "cli/recorded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "cli/exploration.hpp"
#include "cli/names.hpp"
#include "report/trace_writer.hpp"
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

std::string words(const TraceFile& file, const RecordedStep& step) {
  return fmt::format("{} {}{}{} with value {}", scenario::in_quotes(file.threads[step.thread]),
                     step.operation.substr(0, 80), step.object.empty() ? "" : " ",
                     step.object.empty() ? "" : scenario::in_quotes(step.object), step.value);
}

// `text` in quotes, from shortly before its byte `from` if that is far behind.
std::string in_quotes_from(std::string_view text, std::size_t from) {
  constexpr std::size_t far = 60, before = 20;
  if (from <= far) return scenario::in_quotes(text);
  return "..." + scenario::in_quotes(text.substr(from - before));
}

// "recorded was "a", but now it is "b"", where they begin to differ.
std::string contrast(std::string_view recorded, std::string_view now) {
  const auto from = static_cast<std::size_t>(std::ranges::mismatch(recorded, now).in1 - recorded.begin());
  return fmt::format("recorded was {}, but now it is {}", in_quotes_from(recorded, from), in_quotes_from(now, from));
}

// How one list of texts differs from another.
std::string contrast(const std::vector<std::string>& recorded, const std::vector<std::string>& now) {
  for (std::size_t i = 0; i < std::min(recorded.size(), now.size()); ++i) {
    if (recorded[i] != now[i]) return fmt::format("of number {}, {}", i + 1, contrast(recorded[i], now[i]));
  }
  return fmt::format("recorded were {}, but now there are {}", recorded.size(), now.size());
}

// The first field in which a step differs, and how; empty if in none.
std::string difference(const TraceFile& file, const RecordedStep& recorded, const TraceFile& now_file,
                       const RecordedStep& now) {
  std::string_view field;
  if (recorded.thread != now.thread)
    field = "thread";
  else if (recorded.operation != now.operation)
    field = "op";
  else if (recorded.object != now.object)
    field = "object";
  else if (recorded.value != now.value)
    field = "value";
  if (!field.empty()) {
    return fmt::format("in \"{}\": recorded was {}, but now it is {}", field, words(file, recorded),
                       words(now_file, now));
  }
  if (recorded.text != now.text) return "in \"text\": " + contrast(recorded.text, now.text);
  if (recorded.notes != now.notes) return "in \"notes\": " + contrast(recorded.notes, now.notes);
  return {};
}

// Addresses of the process are others each time.
std::string_view comparable_detail(const TraceFile& file) {
  const std::string_view detail = file.detail;
  return file.property == "signal" ? detail.substr(0, detail.find(" at address ")) : detail;
}

// Where an event is in reports, which number scheduling points only: "at step 7", or between two of them.
std::string place_of(const std::vector<RecordedStep>& events, std::size_t index) {
  const auto is_step = [](const RecordedStep& event) {
    const auto kind = operation_kind_from_text(event.operation);
    return !kind || !executes_at_once(*kind);
  };
  const auto before = std::count_if(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(index), is_step);
  if (index < events.size() && is_step(events[index])) return fmt::format("at step {}", before + 1);
  return before == 0 ? "before step 1" : fmt::format("after step {}", before);
}

// What differs first between the events.
std::optional<InputError> first_difference_of_steps(const TraceFile& file, const TraceFile& now,
                                                    const std::string& reason) {
  const std::size_t common = std::min(file.steps.size(), now.steps.size());
  const std::string because = reason.empty() ? "" : ": " + reason;
  for (std::size_t i = 0; i < common; ++i) {
    const std::string what = difference(file, file.steps[i], now, now.steps[i]);
    if (what.empty()) continue;
    return InputError{file.file, file.steps[i].line, 0,
                      fmt::format("the replay diverged {} {}", place_of(file.steps, i), what)};
  }
  if (common < file.steps.size()) {
    return InputError{
        file.file, file.steps[common].line, 0,
        fmt::format("the replay diverged {}: the execution ended before it{}", place_of(file.steps, common), because)};
  }
  if (common < now.steps.size()) {
    return InputError{
        file.file, 0, 0,
        fmt::format("the replay diverged {}: the execution went on{}", place_of(file.steps, common), because)};
  }
  return std::nullopt;
}

// What differs first between what the headers say, if the events are equal: the rest of a sentence.
std::string first_difference_of_headers(const TraceFile& file, const TraceFile& now, const Recording& recording) {
  const auto& violations = recording.report.violations;
  const std::string& reason = recording.report.reason;
  const bool violated = std::ranges::find(violations, file.property, &Violation::property) != violations.end();
  if (!file.property.empty() && !violated) {
    return fmt::format(": recorded was a violation of {}, but now {}", scenario::in_quotes(file.property),
                       violations.empty() ? "nothing is violated" + (reason.empty() ? "" : ": " + reason)
                                          : "it is one of " + scenario::in_quotes(violations[0].property));
  }
  if (file.property.empty() && !violations.empty()) {
    return fmt::format(": no violation was recorded, but now {} is violated",
                       scenario::in_quotes(violations[0].property));
  }
  // A violation may end the schedule in the middle of the execution. Nothing else does, and nothing comes after the
  // end.
  const auto asked = std::ranges::count(now.steps, to_text(OperationKind::choice), &RecordedStep::operation);
  const std::size_t followed = recording.trace.scheduled_steps() + static_cast<std::size_t>(asked);
  if (!reason.empty() && (file.property.empty() || followed < file.schedule.size())) {
    return fmt::format(" in \"schedule\": {}", reason);
  }
  if (comparable_detail(file) != comparable_detail(now)) {
    return " in \"detail\": " + contrast(file.detail, now.detail);
  }
  if (file.threads != now.threads) return " in \"threads\": " + contrast(file.threads, now.threads);
  return {};
}

// The trace that the new execution gives, as a reader sees it: what a file cannot hold, such as bytes that are no
// UTF-8, is replaced in both.
Result<TraceFile, InputError> read_again(const TraceFile& file, const Recording& recording) {
  const auto& violations = recording.report.violations;
  const auto violation = std::ranges::find(violations, file.property, &Violation::property);
  const std::string detail = violation != violations.end() ? violation->detail : std::string();
  return scenario::parse_trace(
      report::trace_file_text(trace_header(*file.scenario, file.property, detail), schedule_of(file), recording.trace),
      file.file, vocabulary());
}

// What differs first between the recorded and the new execution.
std::optional<InputError> first_difference(const TraceFile& file, const Recording& recording) {
  const auto now = read_again(file, recording);
  if (!now) return now.error();
  if (auto steps = first_difference_of_steps(file, *now, recording.report.reason)) return steps;
  if (const auto headers = first_difference_of_headers(file, *now, recording); !headers.empty()) {
    return InputError{file.file, 1, 0, "the replay diverged" + headers};
  }
  if (!file.altered) return std::nullopt;
  return InputError{
      file.file, 1, 0,
      "the execution is as recorded, but the file was changed after it was written: its digest does not fit; "
      "record it again with `racewalk check`"};
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
