#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands.hpp"
#include "cli/graphviz.hpp"
#include "cli/output.hpp"
#include "cli/recorded.hpp"
#include "cli/terminal.hpp"
#include "report/columns.hpp"
#include "report/sequence.hpp"
#include "report/text.hpp"

namespace sim::cli {
namespace {

constexpr std::string_view formats[] = {"dot", "svg", "png", "text"};

std::string output_of(const DiagramCommand& command) {
  return command.output.value_or("-");
}

std::string format_of(const DiagramCommand& command) {
  if (!command.format.empty()) return command.format;
  for (const std::string_view format : formats) {
    if (output_of(command).ends_with("." + std::string(format))) return std::string(format);
  }
  return output_of(command).ends_with(".txt") ? "text" : "dot";
}

// A diagram must not take the place of a trace, and its name should say what it is.
Result<Ok, InputError> check_output(const DiagramCommand& command) {
  const std::string output = output_of(command);
  if (output.empty()) {
    return Failure{InputError{"--output", 0, 0, "the name of the file is empty; name one, or - for standard output"}};
  }
  const std::string extension = std::filesystem::path(output).extension().string();
  std::error_code ignored;
  if (extension == ".trace" || std::filesystem::equivalent(output, command.trace, ignored)) {
    return Failure{InputError{output, 0, 0, "a diagram would replace a trace; name another file with --output"}};
  }
  const bool known = extension == ".txt" || std::ranges::any_of(formats, [&](std::string_view format) {
                       return extension == "." + std::string(format);
                     });
  if (command.format.empty() && !known && !extension.empty()) {
    return Failure{InputError{output, 0, 0,
                              "no diagram format has the extension " + extension + "; say --format dot|svg|png|text"}};
  }
  return may_write(output, command.force);
}

// `text` on a line of its own behind the XML declaration.
std::string with_comment(std::string svg, const std::string& text) {
  const std::size_t at = svg.find("?>\n");
  return svg.insert(at == std::string::npos ? 0 : at + 3, "<!-- " + text + " -->\n");
}

// A tEXt chunk, Software: "Written by racewalk", behind the header chunk (PNG, 11.3.4.3). Its checksum is fixed as its
// text is.
std::string with_text_chunk(std::string png) {
  constexpr std::size_t after_header_chunk = 33;
  constexpr char chunk[] = "\0\0\0\x1ctEXtSoftware\0Written by racewalk\x3f\x70\x23\xac";
  if (png.size() < after_header_chunk) return png;
  return png.insert(after_header_chunk, chunk, sizeof chunk - 1);
}

Result<std::string, InputError> draw(const Recorded& recorded, const std::string& format) {
  const std::string mark(signature);
  const Trace& trace = recorded.recording.trace;
  const std::string& detail = recorded.file.detail;
  if (format == "text") {
    const std::string columns = report::columns(
        trace,
        {.width = output_width(), .colour = false, .notes = true, .mark_last_step = !recorded.file.property.empty()});
    return mark + "\n" + report::printable(title_of(recorded.file)) + "\n" +
           report::printable(verdict_of(recorded.file)) + "\n" +
           (detail.empty() ? "" : report::printable(detail) + "\n") + columns;
  }
  const std::string dot =
      "// " + mark + "\n" +
      report::sequence_dot(trace,
                           {.title = title_of(recorded.file), .verdict = verdict_of(recorded.file), .detail = detail});
  if (format == "dot") return dot;
  auto drawn = run_dot(dot, format);
  if (!drawn) return drawn;
  return format == "svg" ? with_comment(std::move(*drawn), mark) : with_text_chunk(std::move(*drawn));
}

}  // namespace

Exit diagram(const DiagramCommand& command) {
  const auto fail = [](const InputError& error) {
    print_error(error);
    return Exit::bad_input;
  };
  if (command.trace.empty()) return fail({{}, 0, 0, "diagram needs a trace file, as `racewalk check` writes them"});
  const std::string format = format_of(command);
  const bool to_output = output_of(command) == "-";
  if (to_output && format == "png" && ::isatty(STDOUT_FILENO) != 0) {
    return fail({{}, 0, 0, "png is no text for a terminal; name a file with --output"});
  }
  if (!to_output) {
    const auto allowed = check_output(command);
    if (!allowed) return fail(allowed.error());
  }
  const auto recorded = follow_trace(command.trace);
  if (!recorded) return fail(recorded.error());
  const auto drawn = draw(*recorded, format);
  if (!drawn) return fail(drawn.error());
  const auto written = to_output ? print(*drawn) : write_file(output_of(command), *drawn, command.force);
  return written ? Exit::as_expected : fail(written.error());
}

}  // namespace sim::cli
