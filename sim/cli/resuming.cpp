#include "cli/resuming.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <utility>

#include "cli/exploration.hpp"
#include "explore/checkpoints.hpp"

namespace sim::cli {
namespace {

Failure<InputError> fail(std::string file, std::string message) {
  return Failure{InputError{std::move(file), 0, 0, std::move(message)}};
}

}  // namespace

std::optional<double> seconds_from_text(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 4> units = {
      {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}}};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || !(number > 0)) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [name, seconds] : units) {
    if (unit == name) return number * seconds;
  }
  return std::nullopt;
}

Result<Ok, InputError> check_checkpoint(const CheckCommand& command) {
  const auto& file = command.checkpoint;
  if (!file) {
    if (command.resume) return fail({}, "--resume needs the file to resume: --checkpoint FILE");
    if (command.checkpoint_every) return fail({}, "--checkpoint-every needs the file to write: --checkpoint FILE");
    return Ok{};
  }
  if (file->empty()) return fail("--checkpoint", "the name of the file is empty");
  if (command.scenarios.size() > 1) {
    return fail({}, "--checkpoint keeps one exploration in its file; name one scenario, and use another command with " +
                        std::string("another file for each of the others"));
  }
  std::error_code error;
  const auto status = std::filesystem::status(*file, error);
  if (exists(status) && !is_regular_file(status)) return fail(*file, "this is no file; name one for the checkpoint");
  if (!exists(status) || command.resume || command.force) return Ok{};
  switch (contents_of_checkpoint(*file)) {
    case CheckpointContents::unfinished:
      return fail(*file,
                  "this checkpoint holds an exploration that has not ended; go on with it with --resume, or "
                  "begin again with --force");
    case CheckpointContents::not_a_checkpoint:
      return fail(*file, "the file exists and is no checkpoint; choose another name, or use --force");
    default:
      return Ok{};
  }
}

void set_checkpoint(const CheckCommand& command, const scenario::Scenario& scenario, Options& options) {
  if (!command.checkpoint) return;
  constexpr double usual = 30;
  options.checkpoint_file = *command.checkpoint;
  options.checkpoint_seconds = command.checkpoint_every.value_or(usual);
  options.resume = command.resume;
  // What has its default is left out: an executable has one table of defaults, and a person reads this.
  options.checkpoint_label = scenario.name + " (" + scenario.model;
  for (const ParameterSpec& row : model_of(scenario).parameters) {
    const ParameterValue& value = scenario.parameters.values().find(row.name)->second;
    if (value != row.fallback) options.checkpoint_label += fmt::format(", {} = {}", row.name, to_text(value));
  }
  for (const auto& [name, value] : scenario.parameters.faults()) {
    options.checkpoint_label += ", faults." + name + " = " + to_text(value);
  }
  options.checkpoint_label += ")";
}

}  // namespace sim::cli
