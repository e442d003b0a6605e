#include "cli/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/names.hpp"
#include "cli/output.hpp"
#include "cli/resuming.hpp"
#include "scenario/nearest.hpp"

namespace sim::cli {
namespace {

Exit bad_usage(std::string message) {
  print_error({{}, 0, 0, std::move(message)});
  return Exit::bad_input;
}

// What to say of a word that is refused, because it is known elsewhere.
struct Hint {
  std::string word, text;
};

// Accepts one of `words`, and names the nearest of them for any other.
CLI::Validator one_of(std::vector<std::string> words, Hint hint = {}) {
  return CLI::Validator(
      [words = std::move(words), hint = std::move(hint)](const std::string& word) {
        if (std::ranges::find(words, word) != words.end()) return std::string();
        const std::vector<std::string_view> known(words.begin(), words.end());
        return "there is no " + scenario::in_quotes(word) + scenario::suggestion(word, known) +
               (word == hint.word ? hint.text : "");
      },
      "");
}

// How a command is written: the parser takes what a command cannot do without for optional, since the commands
// themselves say what is missing.
class HelpPage : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* command, std::string) const override {
    static constexpr std::pair<std::string_view, std::string_view> usages[] = {
        {"check", "check SCENARIO... [OPTIONS]"},
        {"replay", "replay TRACE [OPTIONS]"},
        {"diagram", "diagram TRACE [OPTIONS]"},
        {"sweep", "sweep SCENARIO --vary KEY=VALUE,VALUE,... [OPTIONS]"},
        {"list", "list [models|scenarios|strategies] [OPTIONS]"},
        {"describe", "describe MODEL [OPTIONS]\n       racewalk describe [MODEL] --schema"}};
    const auto usage = std::ranges::find(usages, std::string_view(command->get_name()),
                                         &std::pair<std::string_view, std::string_view>::first);
    const std::string_view words = usage == std::end(usages) ? "COMMAND [OPTIONS] ..." : usage->second;
    return "Usage: racewalk " + std::string(words) + "\n";
  }
};

void add_format(CLI::App& command, Format& format, const Hint& hint = {}) {
  command
      .add_option_function<std::string>(
          "--format", [&format](const std::string& name) { format = name == "json" ? Format::json : Format::text; },
          "What to print: text for people, json for programs")
      ->check(one_of({"text", "json"}, hint))
      ->type_name("text|json")
      ->default_str("text");
}

// An option that stands for `--set key=value`, and is validated as that.
void add_setting(CLI::App& command, std::vector<scenario::Override>& overrides, const std::string& option,
                 const std::string& key, const std::string& description, const std::string& type) {
  command
      .add_option_function<std::string>(
          option,
          [&overrides, option, key](const std::string& value) {
            overrides.push_back({key, value, option + " " + value});
          },
          description)
      ->type_name(type);
}

void add_set(CLI::App& command, std::vector<scenario::Override>& overrides, const std::string& description) {
  command
      .add_option_function<std::vector<std::string>>(
          "--set",
          [&overrides](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              const auto parsed = scenario::override_from_text(text);
              if (!parsed) throw CLI::ValidationError(parsed.error().to_text());
              overrides.push_back(*parsed);
            }
          },
          description)
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

void add_check(CLI::App& app, CheckCommand& command) {
  CLI::App& check = *app.add_subcommand("check", "Explores scenarios and compares with what they expect");
  check.add_option("scenarios", command.scenarios, "Scenario files")->type_name("SCENARIO");
  auto& sets = command.overrides;
  add_setting(check, sets, "--strategy", "explore.strategy", "How executions are chosen (racewalk list strategies)",
              "NAME");
  add_setting(check, sets, "--bound", "explore.bound", "Preemptions or delays, for strategies that bound them", "N");
  add_setting(check, sets, "--seed", "explore.seed", "What random strategies start from", "N");
  add_setting(check, sets, "--pct-depth", "explore.pct_depth", "Depth of the bugs that pct looks for", "N");
  add_setting(check, sets, "--select", "explore.select", "Names of the objects that surw samples uniformly",
              "PATTERNS");
  add_setting(check, sets, "--workers", "explore.workers", "Processes that explore together, up to 64", "N");
  add_setting(check, sets, "--max-executions", "explore.max_executions", "Stop after so many executions", "N");
  add_setting(check, sets, "--max-seconds", "explore.max_seconds", "Stop after so much time", "SECONDS");
  add_setting(check, sets, "--max-memory", "explore.max_memory", "Stop at so much memory, such as 8GiB", "SIZE");
  add_setting(check, sets, "--backtracking", "explore.backtracking", "How an earlier state comes back",
              "snapshot|reexecute");
  check.add_flag_callback(
      "--isolate",
      [&sets] {
        sets.push_back({"explore.isolate", "true", "--isolate"});
      },
      "Explore in a child process, so that a wild write cannot harm the checker");
  check.add_flag("--progress-json", command.progress_json,
                 "Print how far the exploration is as one JSON object a second, on standard error");
  check.add_flag_callback(
      "--livelocks",
      [&sets] {
        sets.push_back({"explore.livelocks", "true", "--livelocks"});
      },
      "Look for executions that never end, under stateful; the default");
  check.add_flag_callback(
      "--no-livelocks",
      [&sets] {
        if (std::ranges::find(sets, "--livelocks", &scenario::Override::label) != sets.end()) {
          throw CLI::ValidationError("--livelocks and --no-livelocks exclude each other");
        }
        sets.push_back({"explore.livelocks", "false", "--no-livelocks"});
      },
      "Do not look for them");
  check.add_flag("--all", command.all, "Do not stop at a violation: explore to the end");
  check.add_flag("--until-violation", command.until_violation,
                 "Stop at the first violation, and sample without a limit "
                 "until then");
  add_set(check, sets,
          "Replaces a value of the scenario: a parameter of its model, or explore.KEY, expect.KEY; may be repeated");
  check.add_option("--checkpoint", command.checkpoint, "Keep the exploration in a file, to resume it after a crash")
      ->type_name("FILE");
  check
      .add_option_function<std::string>(
          "--checkpoint-every",
          [&command](const std::string& text) {
            command.checkpoint_every = seconds_from_text(text);
            if (!command.checkpoint_every) {
              throw CLI::ValidationError("--checkpoint-every: " + scenario::in_quotes(text) +
                                         " is no duration; write one such as 500ms, 30s, 2m or 1h");
            }
          },
          "How often to write that file")
      ->type_name("DURATION")
      ->default_str("30s");
  check.add_flag("--resume", command.resume, "Go on with the exploration that the file of --checkpoint holds");
  check.add_option("--out", command.out, "Where traces are written")->capture_default_str()->type_name("DIR");
  check.add_flag("--force", command.force, "Overwrite files that racewalk did not write");
  add_format(check, command.format);
  check.footer(
      "Exit status: 0 as expected, 1 not as expected, 2 bad usage or input, 3 inconclusive.\n\n"
      "Examples:\n"
      "  racewalk check scenarios/kb885278.toml scenarios/kb885278-hotfix.toml\n"
      "  racewalk check scenarios/kb885278.toml --set sending_threads=3 --set requests=2\n"
      "  racewalk check scenarios/kb885278.toml --strategy random_walk --seed 7 --format json");
}

void add_replay(CLI::App& app, ReplayCommand& command) {
  CLI::App& replay = *app.add_subcommand("replay", "Runs a recorded schedule again");
  replay.add_option("trace", command.trace, "Trace file")->type_name("TRACE");
  add_format(replay, command.format);
  replay.footer(
      "Prints the same events and the same verdict, or names the step that diverged (exit status 2).\n\n"
      "Example:\n  racewalk replay racewalk-out/kb885278.no-sharing-violation.trace");
}

void add_diagram(CLI::App& app, DiagramCommand& command, std::string& kind) {
  CLI::App& diagram = *app.add_subcommand("diagram", "Draws a recorded execution");
  diagram.add_option("trace", command.trace, "Trace file")->type_name("TRACE");
  diagram.add_option("--kind", kind, "What to draw")
      ->capture_default_str()
      ->check(one_of({"sequence"}))
      ->type_name("sequence");
  diagram.add_option("--format", command.format, "How; from the name of the output file unless stated, or else dot")
      ->check(one_of({"dot", "svg", "png", "text"}))
      ->type_name("dot|svg|png|text");
  diagram.add_option("--output", command.output, "Where to write it; standard output unless stated")->type_name("FILE");
  diagram.add_flag("--force", command.force, "Overwrite a file that racewalk did not write");
  diagram.footer(
      "svg and png need Graphviz (package graphviz).\n\n"
      "Examples:\n"
      "  racewalk diagram racewalk-out/kb885278.no-sharing-violation.trace --output race.svg\n"
      "  racewalk diagram racewalk-out/kb885278.no-sharing-violation.trace | dot -Tpdf > race.pdf");
}

void add_sweep(CLI::App& app, SweepCommand& command) {
  CLI::App& sweep = *app.add_subcommand("sweep", "Explores a scenario for many values of its parameters");
  sweep.add_option("scenario", command.scenario, "Scenario file")->type_name("SCENARIO");
  sweep
      .add_option("--vary", command.vary,
                  "A parameter of the model, or explore.KEY, and its values; repeated: all combinations. The first is "
                  "the x axis of the plot, the second has a line for each value, the others a panel")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE,...");
  auto& sets = command.overrides;
  add_setting(sweep, sets, "--executions", "explore.max_executions", "How many each run samples; 1000 unless stated",
              "N");
  add_setting(sweep, sets, "--strategy", "explore.strategy",
              "How executions are chosen (racewalk list strategies); the scenario's if it samples, or else random_walk",
              "NAME");
  add_setting(sweep, sets, "--seed", "explore.seed", "What random strategies start from, in every run", "N");
  add_setting(sweep, sets, "--pct-depth", "explore.pct_depth", "Depth of the bugs that pct looks for", "N");
  add_setting(sweep, sets, "--max-seconds", "explore.max_seconds", "End each run after so much time", "SECONDS");
  add_set(sweep, sets, "Replaces a value of the scenario in every run; may be repeated");
  sweep.add_option("--output", command.output, "Where to write the plot, as SVG")->type_name("FILE");
  sweep.add_flag("--force", command.force, "Overwrite a file that racewalk did not write");
  add_format(sweep, command.format);
  sweep.footer(
      "Prints how many executions fail, and their share with its 95 % confidence interval; under a strategy that\n"
      "explores everything, the verdict and what it cost. What the scenario expects is not compared.\n"
      "Exit status: 0 done, 2 bad usage or input, 3 interrupted.\n\n"
      "Examples:\n"
      "  racewalk sweep scenarios/kb885278.toml --vary sending_threads=1,2,3,4\n"
      "  racewalk sweep scenarios/kb885278.toml --vary requests=1,2,3 --vary sending_threads=1,2,4 --executions 2000 "
      "\\\n"
      "    --seed 7 --output sweep.svg\n"
      "  racewalk sweep scenarios/kb885278-s1.toml --vary explore.strategy=random_walk,pct,pos");
}

void add_list(CLI::App& app, ListCommand& command) {
  CLI::App& list = *app.add_subcommand("list", "Lists models, scenarios and strategies");
  list.add_option("kind", command.kind, "What to list; all of them unless stated")
      ->check(one_of({"models", "scenarios", "strategies"}))
      ->type_name("models|scenarios|strategies");
  list.add_option("--scenarios", command.scenarios, "Where scenario files are")
      ->default_str("scenarios")
      ->type_name("DIR");
  add_format(list, command.format);
  list.footer("Example:\n  racewalk list models");
}

void add_describe(CLI::App& app, DescribeCommand& command) {
  CLI::App& describe = *app.add_subcommand("describe", "Shows a model's parameters, properties and goals");
  describe.add_option("model", command.model, "Name of the model (racewalk list models)")->type_name("MODEL");
  describe.add_flag("--schema", command.schema,
                    "Print the JSON Schema of scenario files, for editors; without MODEL, of all models");
  add_format(describe, command.format, {"schema", "; --schema prints the JSON Schema of scenario files"});
  describe.footer("Examples:\n  racewalk describe sms\n  racewalk describe --schema > scenario.schema.json");
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// What the command does not know: an option that is misspelt, or an argument too many.
std::string unexpected(const CLI::App& command, const std::string& argument) {
  if (!argument.starts_with('-')) return "unexpected argument " + scenario::in_quotes(argument);
  const std::string option = argument.substr(0, argument.find('='));
  const std::vector<std::string> names = option_names(command);
  const bool prints_json = std::ranges::find(names, "--format") != names.end() && command.get_name() != "diagram";
  if (option == "--json" && prints_json) {
    return command.get_name() + " has no option \"--json\"; did you mean \"--format json\"?";
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto near = scenario::nearest(option, views);
  std::string text = command.get_name() + " has no option " + scenario::in_quotes(option);
  return text + (near ? "; did you mean " + scenario::in_quotes(*near) + "?"
                      : "; see racewalk " + command.get_name() + " --help");
}

// What the parser says, in one line: "--out: 1 required DIR missing" with what to write.
std::string one_line(const CLI::ParseError& error) {
  const std::string text = error.what();
  const std::string line = text.substr(0, text.find('\n'));
  constexpr std::string_view required = ": 1 required ", missing = " missing";
  const std::size_t at = line.find(required);
  if (at == std::string::npos || !line.ends_with(missing)) return line;
  const std::string option = line.substr(0, at);
  const std::size_t type = at + required.size();
  return option + " needs a value: " + option + " " + line.substr(type, line.size() - missing.size() - type);
}

// What was left over, without the "--" behind which nothing is an option.
std::vector<std::string> remaining(const CLI::App& app) {
  std::vector<std::string> words = app.remaining();
  std::erase(words, "--");
  return words;
}

// `racewalk help check` asks for `racewalk check --help`.
std::vector<const char*> with_help_as_option(std::span<const char* const> arguments) {
  std::vector<const char*> words(arguments.begin(), arguments.end());
  if (words.size() < 2 || std::string_view(words[1]) != "help") return words;
  words.erase(words.begin() + 1);
  words.push_back("--help");
  return words;
}

Exit print_and_end(const std::string& text) {
  const auto printed = print(text);
  return printed ? Exit::as_expected : bad_usage(printed.error().to_text());
}

constexpr std::string_view command_names[] = {"check", "replay", "diagram", "sweep", "list", "describe"};

// What is wrong with the words that the parser left over; empty if nothing.
std::string leftover(const CLI::App& app) {
  const auto named = app.get_subcommands();
  const auto extra = remaining(app);
  if (named.empty() && !extra.empty() && !extra.front().starts_with('-')) {
    return "there is no command " + scenario::in_quotes(extra.front()) +
           scenario::suggestion(extra.front(), command_names);
  }
  if (!extra.empty()) return unexpected(app, extra.front());
  if (named.empty()) return "name a command: " + scenario::joined(command_names) + "; see racewalk --help";
  if (named.size() > 1) return "name one command, not " + named[0]->get_name() + " and " + named[1]->get_name();
  const auto extra_of_command = remaining(*named.front());
  return extra_of_command.empty() ? std::string() : unexpected(*named.front(), extra_of_command.front());
}

}  // namespace

Exit run(std::span<const char* const> given) {
  const std::vector<const char*> arguments = with_help_as_option(given);
  CLI::App app("Walks the interleavings of concurrent programs, and shows the one that breaks a property.", "racewalk");
  CheckCommand check_command;
  ReplayCommand replay_command;
  DiagramCommand diagram_command;
  SweepCommand sweep_command;
  ListCommand list_command;
  DescribeCommand describe_command;
  std::string diagram_kind = "sequence";
  app.formatter(std::make_shared<HelpPage>());
  app.set_version_flag("--version", "racewalk " RACEWALK_VERSION);
  add_check(app, check_command);
  add_replay(app, replay_command);
  add_diagram(app, diagram_command, diagram_kind);
  add_sweep(app, sweep_command);
  add_list(app, list_command);
  add_describe(app, describe_command);
  app.footer(
      "racewalk COMMAND --help tells more about a command.\n\n"
      "Example:\n  racewalk check scenarios/kb885278.toml");
  app.allow_extras();
  for (CLI::App* command : app.get_subcommands({})) command->allow_extras();
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::CallForHelp&) {
    const std::string_view first = arguments[1];
    if (!first.starts_with('-') && std::ranges::find(command_names, first) == std::ranges::end(command_names)) {
      return bad_usage("there is no command " + scenario::in_quotes(first) +
                       scenario::suggestion(first, command_names));
    }
    return print_and_end(app.help() + "\n");
  } catch (const CLI::CallForVersion& version) {
    return print_and_end(std::string(version.what()) + "\n");
  } catch (const CLI::ParseError& error) {
    return bad_usage(one_line(error));
  }
  if (const std::string wrong = leftover(app); !wrong.empty()) return bad_usage(wrong);
  const std::string command = app.get_subcommands().front()->get_name();
  if (command == "check") return check(check_command);
  if (command == "replay") return replay(replay_command);
  if (command == "diagram") return diagram(diagram_command);
  if (command == "sweep") return sweep(sweep_command);
  if (command == "list") return list(list_command);
  return describe(describe_command);
}

}  // namespace sim::cli
