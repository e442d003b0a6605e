#include "scenario/trace_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "scenario/nearest.hpp"
#include "scenario/scenario_reader.hpp"
#include "scenario/text_file.hpp"

namespace sim::scenario {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t max_steps = 10'000'000;

// A scenario is three levels deep; what is deeper is no part of one, and is not followed.
Node convert(const Json& source, std::uint32_t line, int levels_left = 8) {
  Node node;
  node.at = {line, 0};
  if (source.is_structured() && levels_left == 0) {
    node.text = "a value of many levels";
  } else if (source.is_object()) {
    node.kind = Node::Kind::table;
    for (const auto& [key, value] : source.items())
      node.table.push_back({key, {line, 0}, convert(value, line, levels_left - 1)});
  } else if (source.is_array()) {
    node.kind = Node::Kind::list;
    for (const Json& element : source) node.list.push_back(convert(element, line, levels_left - 1));
  } else if (source.is_number_unsigned() && source.get<std::uint64_t>() > INT64_MAX) {
    node.text = "the integer " + source.dump();
  } else if (source.is_number_integer()) {
    node.kind = Node::Kind::integer;
    node.integer = source.get<std::int64_t>();
  } else if (source.is_number_float()) {
    node.kind = Node::Kind::number;
    node.number = source.get<double>();
  } else if (source.is_boolean()) {
    node.kind = Node::Kind::boolean;
    node.boolean = source.get<bool>();
  } else if (source.is_string()) {
    node.kind = Node::Kind::text;
    node.text = source.get<std::string>();
  } else {
    node.text = "null";
  }
  return node;
}

/// Reads one line of JSON after another. The first error sticks; later reads return nothing of interest.
class TraceReader {
 public:
  TraceReader(std::string_view text, const std::string& file, const Vocabulary& vocabulary)
      : rest_(text), vocabulary_(vocabulary) {
    trace_.file = file;
  }

  Result<TraceFile, InputError> read() {
    const std::uint64_t steps = read_header();
    while (!error_ && trace_.steps.size() < steps && !rest_.empty()) read_step();
    if (!error_ && trace_.steps.size() < steps) {
      fail(fmt::format("the trace ends after {} of {} steps: it was truncated; record it again with `racewalk check`",
                       trace_.steps.size(), steps));
    }
    if (!error_ && rest_.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      ++line_;
      fail(fmt::format("there is more after the {} steps that the header states", steps));
    }
    if (error_) return Failure{*error_};
    return std::move(trace_);
  }

 private:
  void fail(std::string message, std::uint32_t column = 0) {
    if (!error_) error_ = InputError{trace_.file, line_, column, std::move(message)};
  }

  Json next_line() {
    ++line_;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    try {
      Json json = Json::parse(line);
      if (json.is_object()) return json;
      fail("expected a JSON object in braces");
    } catch (const nlohmann::json::parse_error& error) {
      const bool cut = rest_.empty() && error.byte > line.size();
      fail(cut ? "the line ends in the middle: the trace was truncated" : "malformed JSON",
           static_cast<std::uint32_t>(error.byte));
    }
    return Json::object();
  }

  // Each reads one field, or fails.
  std::string text(const Json& object, const char* key, bool required = true) {
    const auto found = object.find(key);
    if (found == object.end() && !required) return {};
    if (found == object.end()) fail(fmt::format("the field \"{}\" is missing", key));
    if (!error_ && !found->is_string()) fail(fmt::format("\"{}\" must be a string", key));
    return error_ ? std::string() : found->get<std::string>();
  }

  std::uint64_t number(const Json& object, const char* key, std::uint64_t maximum) {
    const auto found = object.find(key);
    if (found == object.end()) fail(fmt::format("the field \"{}\" is missing", key));
    if (!error_ && !found->is_number_unsigned()) fail(fmt::format("\"{}\" must be a whole number from 0", key));
    if (error_) return 0;
    const auto value = found->get<std::uint64_t>();
    if (value > maximum) fail(fmt::format("\"{}\" is {}; this version reads at most {}", key, value, maximum));
    return error_ ? 0 : value;
  }

  std::vector<std::string> texts(const Json& object, const char* key, std::size_t maximum) {
    std::vector<std::string> result;
    const auto found = object.find(key);
    if (found == object.end()) return result;
    if (!found->is_array()) fail(fmt::format("\"{}\" must be a list of strings", key));
    if (!error_ && found->size() > maximum) {
      fail(fmt::format("\"{}\" has {} elements; this version reads at most {}", key, found->size(), maximum));
    }
    if (error_) return result;
    for (const Json& element : *found) {
      if (!element.is_string()) fail(fmt::format("\"{}\" must be a list of strings", key));
      if (error_) return {};
      result.push_back(element.get<std::string>());
    }
    return result;
  }

  /// Returns the number of steps that must follow.
  std::uint64_t read_header() {
    if (rest_.empty()) {
      fail("the file is empty; a trace begins with a header line");
      return 0;
    }
    const Json header = rest_.starts_with('{') ? next_line() : Json::object();
    const auto format = header.find("format");
    if (format == header.end() || *format != "racewalk-trace") {
      line_ = 1;
      fail("this is no racewalk trace: its first line is not a trace header");
    }
    const std::uint64_t version = number(header, "version", std::numeric_limits<std::uint32_t>::max());
    if (!error_ && version != trace_format_version) {
      fail(
          fmt::format("the trace has format version {}, this racewalk reads version {}; use the version that recorded "
                      "it, or record it again with `racewalk check`",
                      version, trace_format_version));
    }
    if (error_) return 0;
    trace_.property = text(header, "property", false);
    trace_.detail = text(header, "detail", false);
    trace_.threads = texts(header, "threads", max_threads);
    if (!error_ && trace_.threads.empty()) fail("\"threads\" must name at least one thread");
    trace_.program = text(header, "program", false);
    const std::uint64_t steps = number(header, "steps", max_steps);
    if (trace_.program.empty()) read_scenario(header);
    read_schedule(text(header, "schedule"));
    if (!error_ && (trace_.cycle || header.contains("cycle"))) read_cycle(header);
    return steps;
  }

  void read_scenario(const Json& header) {
    const auto found = header.find("scenario");
    if (found == header.end()) fail("the field \"scenario\" is missing");
    if (!error_ && !found->is_object()) fail("\"scenario\" must be an object");
    if (error_) return;
    ScenarioReader reader(trace_.file, vocabulary_);
    if (const auto read = reader.read_recorded(convert(*found, line_)); !read) {
      fail(fmt::format("the trace was recorded from another scenario or another version of the model: {}",
                       read.error().message));
      return;
    }
    trace_.scenario = reader.scenario();
  }

  void read_schedule(std::string_view schedule) {
    const char* at = schedule.data();
    const char* const end = at + schedule.size();
    while (!error_ && at != end) {
      if (!trace_.cycle && std::string_view(at, end).starts_with("| ")) {
        trace_.cycle = trace_.schedule.size();
        at += 2;
        continue;
      }
      RecordedChoice choice;
      choice.is_value = *at == '=';
      const auto [next, code] = std::from_chars(at + (choice.is_value ? 1 : 0), end, choice.value);
      if (code != std::errc{} || (next != end && (*next != ' ' || next + 1 == end))) {
        fail(
            fmt::format("\"schedule\" is malformed at choice {}: expected thread numbers, and chosen values behind "
                        "\"=\", separated by single spaces",
                        trace_.schedule.size() + 1));
      } else if (!choice.is_value && choice.value >= trace_.threads.size()) {
        fail(fmt::format("choice {} of \"schedule\" is thread {}, but \"threads\" names {}", trace_.schedule.size() + 1,
                         choice.value, trace_.threads.size()));
      } else {
        trace_.schedule.push_back(choice);
        at = next == end ? end : next + 1;
      }
    }
  }

  void read_cycle(const Json& header) {
    const std::uint64_t cycle = number(header, "cycle", max_steps);
    if (!error_ && (!trace_.cycle || *trace_.cycle != cycle)) {
      fail(fmt::format("\"cycle\" is {}, but \"schedule\" has {}", cycle,
                       trace_.cycle ? fmt::format("its bar behind {} choices", *trace_.cycle) : "no bar"));
    }
    if (!error_ && cycle == trace_.schedule.size()) fail("\"schedule\" has a bar, and no choice behind it");
  }

  void read_step() {
    const Json line = next_line();
    if (error_) return;
    RecordedStep step;
    step.line = line_;
    const std::uint64_t thread = number(line, "thread", std::numeric_limits<std::uint64_t>::max());
    if (!error_ && thread >= trace_.threads.size()) {
      fail(fmt::format("\"thread\" is {}, but the header names {} threads", thread, trace_.threads.size()));
    }
    step.thread = static_cast<ThreadId>(thread);
    step.operation = text(line, "op");
    step.object = text(line, "object", false);
    step.value = number(line, "value", std::numeric_limits<std::uint64_t>::max());
    step.text = text(line, "text", false);
    step.notes = texts(line, "notes", 10'000);
    trace_.steps.push_back(std::move(step));
  }

  std::string_view rest_;
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
