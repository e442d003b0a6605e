#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exploration.hpp"
#include "cli/names.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/sweep_report.hpp"
#include "cli/terminal.hpp"
#include "scenario/nearest.hpp"

namespace sim::cli {
namespace {

using scenario::Override;
using scenario::Scenario;

constexpr std::uint64_t usual_executions = 1000;
constexpr std::size_t most_runs = 1000;

Failure<InputError> fail(std::string place, std::string message) {
  return Failure{InputError{std::move(place), 0, 0, std::move(message)}};
}

// "key=1,2,4"
Result<Varied, InputError> varied_from_text(const std::string& text) {
  const std::string place = "--vary " + text;
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    return fail(place, "name a key and its values: --vary KEY=VALUE,VALUE,...");
  }
  Varied varied{text.substr(0, equals), {}};
  if (varied.key.starts_with("expect.")) {
    return fail(place, "a sweep compares with no expectation; vary a parameter of the model, or explore.KEY");
  }
  for (std::size_t at = equals + 1; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string value = text.substr(at, comma - at);
    if (value.empty()) return fail(place, "a value is empty; separate values by single commas");
    if (std::ranges::find(varied.values, value) != varied.values.end()) {
      return fail(place, fmt::format("the value {} is listed twice", scenario::in_quotes(value)));
    }
    varied.values.push_back(value);
    at = comma + 1;
  }
  return varied;
}

// "parameters.threads" is "threads".
std::string_view plain(std::string_view key) {
  constexpr std::string_view section = "parameters.";
  return key.starts_with(section) ? key.substr(section.size()) : key;
}

Result<std::vector<Varied>, InputError> read_varied(const SweepCommand& command) {
  std::vector<Varied> all;
  std::size_t runs = 1;
  for (const std::string& text : command.vary) {
    auto varied = varied_from_text(text);
    if (!varied) return Failure{varied.error()};
    for (const Varied& other : all) {
      if (plain(other.key) == plain(varied->key)) {
        return fail("--vary " + text, "the key is varied twice; list all its values in one --vary");
      }
    }
    for (const Override& set : command.overrides) {
      if (plain(set.key) == plain(varied->key)) {
        return fail("--vary " + text, "the key is also set, by " + set.label + "; remove one of them");
      }
    }
    runs *= varied->values.size();
    if (runs > most_runs) {
      return fail("--vary " + text,
                  fmt::format("that makes more than {} runs; vary fewer keys, or list fewer values", most_runs));
    }
    all.push_back(std::move(*varied));
  }
  if (all.empty()) return fail({}, "sweep needs a key to vary, such as: --vary sending_threads=1,2,4");
  return all;
}

// What a scenario claims is no business of a sweep, and may not even be possible at every point.
void drop_expectation(std::vector<Override>& overrides) {
  overrides.push_back({"expect.verdict", "holds", "sweep"});
  overrides.push_back({"expect.properties", "", "sweep"});
  overrides.push_back({"expect.reaches", "", "sweep"});
}

bool is_sampled(const Scenario& scenario) {
  const auto strategy = strategy_from_text(scenario.explore.strategy);
  return strategy && is_sample(*strategy);
}

// All scenarios are read before the first is explored.
Result<Swept, InputError> plan(const SweepCommand& command) {
  if (command.scenario.empty()) {
    return fail({},
                "sweep needs a scenario file, such as: racewalk sweep scenarios/kb885278.toml --vary "
                "sending_threads=1,2,4");
  }
  const auto samples_nothing = [](const Override& it) { return it.key == "explore.max_executions" && it.value == "0"; };
  if (const auto nothing = std::ranges::find_if(command.overrides, samples_nothing);
      nothing != command.overrides.end()) {
    return fail({}, nothing->label +
                        ": each run of a sweep needs a number of executions, from 1; leave it out for 1000, or say "
                        "--max-seconds");
  }
  auto varied = read_varied(command);
  if (!varied) return Failure{varied.error()};
  std::vector<Override> base;
  drop_expectation(base);
  const auto names_strategy = [](const std::string& key) { return key == "explore.strategy"; };
  const bool says_how = std::ranges::any_of(command.overrides, names_strategy, &Override::key) ||
                        std::ranges::any_of(*varied, names_strategy, &Varied::key);
  if (!says_how) {
    // A file that proves something is sampled here; one that samples says how.
    std::vector<Override> alone = base;
    const auto own = scenario::load_scenario(command.scenario, vocabulary(), alone);
    if (!own) return Failure{own.error()};
    if (!is_sampled(*own)) base.push_back({"explore.strategy", "random_walk", "--strategy random_walk"});
  }
  base.insert(base.end(), command.overrides.begin(), command.overrides.end());
  Swept swept{std::move(*varied), {}, false};
  std::vector<std::size_t> at(swept.varied.size(), 0);
  for (bool more = true; more;) {
    std::vector<Override> overrides = base;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const auto& [key, values] = swept.varied[i];
      overrides.push_back({key, values[at[i]], fmt::format("--vary {}={}", key, values[at[i]])});
    }
    auto loaded = scenario::load_scenario(command.scenario, vocabulary(), overrides);
    if (!loaded) return Failure{loaded.error()};
    if (is_sampled(*loaded) && loaded->explore.max_executions == 0 && loaded->explore.max_seconds == 0) {
      loaded->explore.max_executions = usual_executions;
    }
    swept.points.push_back({at, std::move(*loaded), {}});
    more = false;
    for (std::size_t i = at.size(); i-- > 0 && !more;) {
      more = ++at[i] < swept.varied[i].values.size();
      if (!more) at[i] = 0;
    }
  }
  return swept;
}

Result<Ok, InputError> check_output(const SweepCommand& command) {
  if (!command.output) return Ok{};
  const std::string& path = *command.output;
  if (path.empty()) return fail("--output", "the name of the file is empty; name one, such as sweep.svg");
  const std::string extension = std::filesystem::path(path).extension().string();
  if (!extension.empty() && extension != ".svg") {
    return fail(path, "the plot is SVG; name a file that ends with .svg");
  }
  return may_write(path, command.force);
}

// Explores one point; false if Ctrl-C came before it was done.
Result<bool, InputError> run(SweepPoint& point, std::size_t number, std::size_t count) {
  const InterruptGuard guard;
  ProgressLine line(fmt::format("{} ({} of {})", point.scenario.name, number, count));
  Options options = options_of(point.scenario);
  options.stop_at_first_violation = false;
  options.progress = [&line](const Progress& progress) { line.show(progress); };
  const ModelInfo& model = model_of(point.scenario);
  try {
    point.report = explore([&] { run_model(model, point.scenario.parameters); }, options);
  } catch (const std::invalid_argument& error) {
    return fail(point.scenario.file, error.what());
  }
  return !InterruptGuard::interrupted();
}

}  // namespace

Exit sweep(const SweepCommand& command) {
  const auto refuse = [](const InputError& error) {
    print_error(error);
    return Exit::bad_input;
  };
  auto swept = plan(command);
  if (!swept) return refuse(swept.error());
  if (const auto allowed = check_output(command); !allowed) return refuse(allowed.error());
  for (std::size_t i = 0; i < swept->points.size() && !swept->interrupted; ++i) {
    const auto done = run(swept->points[i], i + 1, swept->points.size());
    if (!done) return refuse(done.error());
    if (*done) continue;
    swept->interrupted = true;
    swept->points.resize(i);  // A run that was cut short has another sample than the others.
  }
  if (swept->points.empty()) {
    print_error({{}, 0, 0, "interrupted before the first run was done"});
    return Exit::inconclusive;
  }
  const auto printed = print(command.format == Format::json ? sweep_json(*swept) : sweep_text(*swept, output_width()));
  if (!printed) return refuse(printed.error());
  if (command.output) {
    const auto written = write_file(*command.output, sweep_svg(*swept), command.force);
    if (!written) return refuse(written.error());
    if (command.format == Format::text) {
      const auto said = print(fmt::format("plot: {}\n", *command.output));
      if (!said) return refuse(said.error());
    }
  }
  if (!swept->interrupted) return Exit::as_expected;
  print_error({{}, 0, 0, "interrupted; the runs that were not done are missing"});
  return Exit::inconclusive;
}

}  // namespace sim::cli
