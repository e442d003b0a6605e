#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"
#include "scenario/scenario.hpp"

// What the command line said, one structure and one function for each command.
namespace sim::cli {

enum class Format { text, json };

struct CheckCommand {
  std::vector<std::string> scenarios;
  std::vector<scenario::Override> overrides;  ///< `--set`, and the options that stand for one.
  bool all = false;                           ///< Go on after violations, to the end.
  bool progress_json = false;                 ///< One JSON object a second on standard error.
  bool until_violation = false;               ///< Sample without a limit until one is found.
  std::string out = "racewalk-out";
  bool force = false;
  Format format = Format::text;
  std::optional<std::string> checkpoint;   ///< The file.
  std::optional<double> checkpoint_every;  ///< Seconds; 30 unless stated.
  bool resume = false;                     ///< Go on with what that file holds.
};
Exit check(const CheckCommand& command);

struct ReplayCommand {
  std::string trace;
  Format format = Format::text;
};
Exit replay(const ReplayCommand& command);

struct DiagramCommand {
  std::string trace;
  std::string format;  ///< "dot", "svg", "png", "text"; empty: by the name of the output file, or else "dot".
  std::optional<std::string> output;  ///< Standard output unless stated; also "-".
  bool force = false;
};
Exit diagram(const DiagramCommand& command);

struct SweepCommand {
  std::string scenario;
  std::vector<std::string> vary;              ///< "KEY=VALUE,VALUE,...", as typed.
  std::vector<scenario::Override> overrides;  ///< `--set`, and the options that stand for one.
  std::optional<std::string> output;          ///< Where the plot goes; nowhere unless stated.
  bool force = false;
  Format format = Format::text;
};
Exit sweep(const SweepCommand& command);

struct ListCommand {
  std::string kind;                      ///< "models", "scenarios", "strategies"; empty: all of them.
  std::optional<std::string> scenarios;  ///< The folder; "scenarios" unless stated.
  Format format = Format::text;
};
Exit list(const ListCommand& command);

struct DescribeCommand {
  std::string model;
  bool schema = false;
  Format format = Format::text;
};
Exit describe(const DescribeCommand& command);

}  // namespace sim::cli
