#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "cli/check_report.hpp"
#include "cli/commands.hpp"
#include "cli/exploration.hpp"
#include "cli/names.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/resuming.hpp"
#include "cli/terminal.hpp"
#include "explore/checkpoint.hpp"
#include "scenario/nearest.hpp"

namespace sim::cli {
namespace {

using scenario::Scenario;

Failure<InputError> fail(std::string file, std::string message) {
  return Failure{InputError{std::move(file), 0, 0, std::move(message)}};
}

// Properties may have any name; files may not.
std::string trace_path(const CheckCommand& command, const Scenario& scenario, const std::string& property) {
  std::string name = scenario.name + "." + property + ".trace";
  for (char& c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!plain) c = '_';
  }
  return command.out.ends_with('/') ? command.out + name : command.out + "/" + name;
}

// All scenarios are read before the first is explored, and what must be written can be written.
Result<std::vector<Scenario>, InputError> load(const CheckCommand& command) {
  if (command.scenarios.empty()) {
    return fail({}, "check needs a scenario file, such as: racewalk check scenarios/kb885278.toml");
  }
  if (command.all && command.until_violation) return fail({}, "--all and --until-violation exclude each other");
  if (command.out.empty()) return fail("--out", "the name of the folder is empty");
  if (const auto possible = check_checkpoint(command); !possible) return Failure{possible.error()};
  std::error_code error;
  if (const auto out = std::filesystem::status(command.out, error); exists(out) && !is_directory(out)) {
    return fail(command.out, "this is no folder; name one for the traces with --out");
  }
  std::vector<Scenario> scenarios;
  std::set<std::string> names;
  for (const std::string& path : command.scenarios) {
    auto loaded = scenario::load_scenario(path, vocabulary(), command.overrides);
    if (!loaded) return Failure{loaded.error()};
    if (!names.insert(loaded->name).second) {
      return fail(path, "another scenario of this command is also named " + scenario::in_quotes(loaded->name) +
                            ", so that one would overwrite the other's traces");
    }
    for (const std::string& property : loaded->expect.properties) {
      const auto allowed = may_write(trace_path(command, *loaded, property), command.force);
      if (!allowed) return Failure{allowed.error()};
    }
    scenarios.push_back(std::move(*loaded));
  }
  return scenarios;
}

Options options_for(const CheckCommand& command, const Scenario& scenario, ProgressLine& line) {
  Options options = options_of(scenario);
  const bool violated = scenario.expect.verdict == scenario::ExpectedVerdict::violated;
  options.stop_at_first_violation = command.until_violation || (!command.all && !violated);
  if (violated && !command.all && !command.until_violation) options.stop_after = scenario.expect.properties;
  if (command.until_violation && options.max_executions == 0) options.max_executions = UINT64_MAX;
  set_checkpoint(command, scenario, options);
  options.progress = [&line](const Progress& progress) { line.show(progress); };
  return options;
}

void sort_by_expectation(std::vector<Violation>& violations, const std::vector<std::string>& expected) {
  std::ranges::stable_sort(violations, {}, [&expected](const Violation& violation) {
    return std::ranges::find(expected, violation.property) - expected.begin();
  });
}

Result<Checked, InputError> explore_scenario(const CheckCommand& command, const Scenario& scenario) {
  Checked checked{scenario, {}, {}, {}};
  const ModelInfo& model = model_of(scenario);
  {
    const InterruptGuard guard;
    ProgressLine line(scenario.name, command.progress_json);
    try {
      checked.report = explore([&] { run_model(model, scenario.parameters); }, options_for(command, scenario, line));
    } catch (const std::invalid_argument& error) {
      return fail(scenario.file, error.what());
    } catch (const checkpoint::Error& error) {
      return fail({}, error.what());
    }
  }
  sort_by_expectation(checked.report.violations, scenario.expect.properties);
  checked.judgement = judge(scenario.expect, checked.report, command.until_violation);
  for (const Violation& violation : checked.report.violations) {
    const std::string path = trace_path(command, scenario, violation.property);
    const std::string text = report::trace_file_text(trace_header(scenario, violation.property, violation.detail),
                                                     violation.schedule, violation.trace);
    const auto written = write_file(path, text, command.force);
    if (!written) return Failure{written.error()};
    checked.traces[violation.property] = path;
  }
  return checked;
}

// A violation that nobody expected outweighs a budget that ran out.
Exit worse(Exit a, Exit b) {
  for (const Exit exit : {Exit::bad_input, Exit::not_as_expected, Exit::inconclusive}) {
    if (a == exit || b == exit) return exit;
  }
  return Exit::as_expected;
}

}  // namespace

Exit check(const CheckCommand& command) {
  const auto scenarios = load(command);
  if (!scenarios) {
    print_error(scenarios.error());
    return Exit::bad_input;
  }
  std::vector<Checked> all;
  Exit exit = Exit::as_expected;
  for (const Scenario& scenario : *scenarios) {
    auto checked = explore_scenario(command, scenario);
    if (!checked) {
      print_error(checked.error());
      return Exit::bad_input;
    }
    exit = worse(exit, checked->judgement.exit);
    if (command.format == Format::text) {
      const std::string separator = all.empty() ? "" : "\n";
      const auto printed = print(separator + check_text(*checked, output_width(), output_is_coloured()));
      if (!printed) {
        print_error(printed.error());
        return Exit::bad_input;
      }
    }
    all.push_back(std::move(*checked));
    if (!InterruptGuard::interrupted() || all.size() == scenarios->size()) continue;
    print_error({{}, 0, 0, "interrupted; the scenarios after " + scenario.name + " were not explored"});
    exit = worse(exit, Exit::inconclusive);
    break;
  }
  if (command.format == Format::json) {
    const auto printed = print(check_json(all));
    if (!printed) {
      print_error(printed.error());
      return Exit::bad_input;
    }
  }
  return exit;
}

}  // namespace sim::cli
