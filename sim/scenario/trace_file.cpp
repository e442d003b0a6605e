#include "scenario/trace_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/hash128.hpp"
#include "scenario/nearest.hpp"
#include "scenario/scenario_reader.hpp"
#include "scenario/text_file.hpp"

namespace sim::scenario {
namespace {

constexpr std::uint64_t max_steps = 10'000'000;
constexpr std::size_t max_notes = 10'000;  // Of one step.

constexpr std::string_view header_fields[] = {"format",  "version",  "scenario", "property", "detail",
                                              "threads", "schedule", "cycle",    "steps",    "digest"};
constexpr std::string_view program_header_fields[] = {"format",  "version",  "program", "property", "detail",
                                                      "threads", "schedule", "cycle",   "steps",    "digest"};
constexpr std::string_view step_fields[] = {"thread", "op", "object", "value", "text", "notes"};

/// Reads one line of JSON after another. The first error sticks; later reads return nothing of interest.
class TraceReader {
 public:
  TraceReader(std::string_view text, const std::string& file, const Vocabulary& vocabulary)
      : text_(text), rest_(text), vocabulary_(vocabulary) {
    trace_.file = file;
  }

  Result<TraceFile, InputError> read() {
    const std::uint64_t steps = read_header();
    while (!error_ && trace_.steps.size() < steps && !rest_.empty()) read_step();
    if (!error_ && trace_.steps.size() < steps) {
      fail(fmt::format("the trace ends after {} of {} steps: it was truncated; record it again with `racewalk check`",
                       trace_.steps.size(), steps),
           {line_, 0});
    }
    if (!error_ && rest_.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      fail(fmt::format("there is more after the {} steps that the header states", steps), {line_ + 1, 1});
    }
    if (error_) return Failure{*error_};
    return std::move(trace_);
  }

 private:
  void fail(std::string message, Position at) {
    if (!error_) error_ = InputError{trace_.file, at.line, at.column, std::move(message)};
  }

  /// An object; after an error, an empty one.
  Node next_line() {
    ++line_;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    auto json = parse_json(line, trace_.file, line_);
    if (!json) {
      fail(json.error().message, {line_, json.error().column});
    } else if (json->kind != Node::Kind::table) {
      fail("expected a JSON object in braces", json->at);
    } else {
      return std::move(*json);
    }
    return {};
  }

  void allow_only(const Node& object, std::span<const std::string_view> known) {
    for (const Entry& entry : object.table) {
      if (error_ || std::ranges::find(known, entry.key) != known.end()) continue;
      fail(fmt::format("unknown field {}{}", in_quotes(entry.key), suggestion(entry.key, known)), entry.at);
    }
  }

  // Each reads one field, or fails.
  const Node* required(const Node& object, std::string_view key) {
    const Node* found = object.find(key);
    if (found == nullptr) fail(fmt::format("the field \"{}\" is missing", key), object.at);
    return error_ ? nullptr : found;
  }

  std::string text_of(std::string_view key, const Node* node) {
    if (node == nullptr) return {};
    if (node->kind != Node::Kind::text) fail(fmt::format("\"{}\" must be a string", key), node->at);
    return error_ ? std::string() : node->text;
  }
  std::string text(const Node& object, std::string_view key) { return text_of(key, required(object, key)); }
  std::string optional_text(const Node& object, std::string_view key) { return text_of(key, object.find(key)); }

  std::uint64_t number(const Node& object, std::string_view key, std::uint64_t maximum) {
    const Node* node = required(object, key);
    if (node == nullptr) return 0;
    const bool natural = node->kind == Node::Kind::integer && node->integer >= 0;
    const bool large = node->kind == Node::Kind::large_integer;
    if (!natural && !large) fail(fmt::format("\"{}\" must be a whole number from 0", key), node->at);
    const std::uint64_t value = large ? node->large_integer : static_cast<std::uint64_t>(node->integer);
    if (value > maximum) {
      fail(fmt::format("\"{}\" is {}; this version reads at most {}", key, value, maximum), node->at);
    }
    return error_ ? 0 : value;
  }

  std::vector<std::string> texts(const Node& object, std::string_view key, std::size_t maximum) {
    std::vector<std::string> result;
    const Node* node = object.find(key);
    if (node == nullptr) return result;
    if (node->kind != Node::Kind::list) fail(fmt::format("\"{}\" must be a list of strings", key), node->at);
    if (node->list.size() > maximum) {
      fail(fmt::format("\"{}\" has {} elements; this version reads at most {}", key, node->list.size(), maximum),
           node->at);
    }
    for (const Node& element : node->list) {
      if (element.kind != Node::Kind::text) fail(fmt::format("\"{}\" must be a list of strings", key), element.at);
      if (error_) return {};
      result.push_back(element.text);
    }
    return result;
  }

  /// Returns the number of steps that must follow.
  std::uint64_t read_header() {
    if (rest_.empty()) {
      fail("the file is empty; a trace begins with a header line", {});
      return 0;
    }
    const Node header = rest_.starts_with('{') ? next_line() : Node();
    const Node* format = header.find("format");
    if (format == nullptr || format->text != "racewalk-trace") {
      const bool scenario = trace_.file.ends_with(".toml");
      fail(std::string("this is no racewalk trace: its first line is not a trace header") +
               (scenario ? "; to explore a scenario, use `racewalk check`" : ""),
           {1, 1});
    }
    const std::uint64_t version = number(header, "version", std::numeric_limits<std::uint32_t>::max());
    if (!error_ && version != trace_format_version) {
      fail(fmt::format("the trace has format version {}, this racewalk reads version {}; use the version that recorded "
                       "it, or record it again with `racewalk check`",
                       version, trace_format_version),
           header.find("version")->at);
    }
    if (error_) return 0;
    const Node* program = header.find("program");
    allow_only(header, program != nullptr ? std::span(program_header_fields) : std::span(header_fields));
    trace_.property = text(header, "property");
    trace_.detail = text(header, "detail");
    trace_.threads = texts(header, "threads", max_threads);
    if (trace_.threads.empty()) fail("\"threads\" must name at least one thread", header.at);
    const std::uint64_t steps = number(header, "steps", max_steps);
    const std::string schedule = text(header, "schedule");
    if (program != nullptr) {
      trace_.program = text_of("program", program);
      if (trace_.program.empty()) fail("\"program\" is empty; it names the program to replay", program->at);
    } else {
      read_scenario(header);
    }
    if (!error_) read_schedule(schedule, header.find("schedule")->at);
    if (!error_ && (trace_.cycle || header.find("cycle") != nullptr)) read_cycle(header);
    if (!error_) check_digest(header);
    return steps;
  }

  void read_scenario(const Node& header) {
    const Node* scenario = required(header, "scenario");
    if (scenario == nullptr) return;
    if (scenario->kind != Node::Kind::table) fail("\"scenario\" must be an object", scenario->at);
    if (error_) return;
    ScenarioReader reader(trace_.file, vocabulary_);
    if (const auto read = reader.read_recorded(*scenario); !read) {
      const Position at{read.error().line, read.error().column};
      fail(fmt::format("the trace was recorded from another scenario or another version of the model: {}",
                       read.error().message),
           at.line != 0 ? at : scenario->at);
      return;
    }
    trace_.scenario = reader.scenario();
  }

  /// `at`: where the text is in the file. It needs no escapes, so that its characters follow the quote.
  void read_schedule(std::string_view schedule, Position at) {
    const char* next_choice = schedule.data();
    const char* const end = next_choice + schedule.size();
    while (!error_ && next_choice != end) {
      if (!trace_.cycle && std::string_view(next_choice, end).starts_with("| ")) {
        trace_.cycle = trace_.schedule.size();
        next_choice += 2;
        continue;
      }
      const std::size_t number = trace_.schedule.size() + 1;
      const Position here{at.line, at.column + 1 + static_cast<std::uint32_t>(next_choice - schedule.data())};
      RecordedChoice choice;
      choice.is_value = *next_choice == '=';
      const auto [next, code] = std::from_chars(next_choice + (choice.is_value ? 1 : 0), end, choice.value);
      if (code != std::errc{} || (next != end && (*next != ' ' || next + 1 == end))) {
        fail(fmt::format("\"schedule\" is malformed at choice {}: expected thread numbers, and chosen values behind "
                         "\"=\", separated by single spaces",
                         number),
             here);
      } else if (!choice.is_value && choice.value >= trace_.threads.size()) {
        fail(fmt::format("choice {} of \"schedule\" is thread {}, but \"threads\" names {}", number, choice.value,
                         trace_.threads.size()),
             here);
      } else {
        trace_.schedule.push_back(choice);
        next_choice = next == end ? end : next + 1;
      }
    }
    const std::uint64_t limit = trace_.scenario ? trace_.scenario->explore.max_steps : UINT64_MAX;
    if (trace_.schedule.size() > limit) {
      fail(fmt::format("\"schedule\" has {} choices, but max_steps = {} cuts every execution before",
                       trace_.schedule.size(), limit),
           at);
    }
  }

  /// The digest is that of the file without it. A trace need not have one: the first ones had none.
  void check_digest(const Node& header) {
    const Node* node = header.find("digest");
    if (node == nullptr) return;
    const std::string digest = text_of("digest", node);
    const std::string field = fmt::format(",\"digest\":\"{}\"", digest);
    const std::size_t begin = text_.find(field);
    if (begin == std::string_view::npos) {
      trace_.altered = true;
      return;
    }
    std::string rest(text_);
    rest.erase(begin, field.size());
    trace_.altered = digest != to_hex(hash_bytes(rest.data(), rest.size()));
  }

  /// `cycle` and the bar in `schedule` say the same.
  void read_cycle(const Node& header) {
    const std::uint64_t cycle = number(header, "cycle", max_steps);
    if (error_) return;
    if (!trace_.cycle || *trace_.cycle != cycle) {
      fail(fmt::format("\"cycle\" is {}, but \"schedule\" has {}", cycle,
                       trace_.cycle ? fmt::format("its bar behind {} choices", *trace_.cycle) : "no bar"),
           header.find("cycle")->at);
    } else if (cycle == trace_.schedule.size()) {
      fail("\"schedule\" has a bar, and no choice behind it", header.find("schedule")->at);
    }
  }

  void read_step() {
    const Node line = next_line();
    if (error_) return;
    allow_only(line, step_fields);
    RecordedStep step;
    step.line = line_;
    const std::uint64_t thread = number(line, "thread", std::numeric_limits<std::uint64_t>::max());
    if (!error_ && thread >= trace_.threads.size()) {
      fail(fmt::format("\"thread\" is {}, but the header names {} threads", thread, trace_.threads.size()),
           line.find("thread")->at);
    }
    step.thread = static_cast<ThreadId>(thread);
    step.operation = text(line, "op");
    step.object = optional_text(line, "object");
    step.value = number(line, "value", std::numeric_limits<std::uint64_t>::max());
    step.text = optional_text(line, "text");
    step.notes = texts(line, "notes", max_notes);
    trace_.steps.push_back(std::move(step));
  }

  std::string_view text_, rest_;
  const Vocabulary& vocabulary_;
  std::uint32_t line_ = 0;
  TraceFile trace_;
  std::optional<InputError> error_;
};

}  // namespace

Result<TraceFile, InputError> parse_trace(std::string_view text, const std::string& file,
                                          const Vocabulary& vocabulary) {
  return TraceReader(text, file, vocabulary).read();
}

Result<TraceFile, InputError> read_trace(const std::string& path, const Vocabulary& vocabulary) {
  const auto text = read_text_file(path, max_trace_bytes, "trace");
  if (!text) return Failure{text.error()};
  return parse_trace(*text, path, vocabulary);
}

}  // namespace sim::scenario
