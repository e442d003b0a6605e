#include <ostream>

#include "cli/tool.hpp"

namespace sim::cli {
namespace {

struct BadUsage {
  std::string name;
  std::vector<std::string> arguments;
  std::string error;  ///< All of standard error, without "racewalk: " and the end of the line.
};

void PrintTo(const BadUsage& usage, std::ostream* out) {
  *out << usage.name;
}

class BadInput : public Tool, public testing::WithParamInterface<BadUsage> {};

TEST_P(BadInput, is_one_line_and_exit_status_2) {
  write("empty.toml", "");
  write("noise.toml", std::string(10 * 1024 * 1024, '\xe7'));
  write("broken.toml", "name = \"a\"\nmodel = \n");
  const std::string before = files();
  const Outcome outcome = run(GetParam().arguments);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "racewalk: " + GetParam().error + "\n");
  EXPECT_EQ(files(), before);
}

const std::string half_a_check = "check needs a scenario file, such as: racewalk check scenarios/kb885278.toml";

const BadUsage usages[] = {
    {"no_command", {}, "name a command: check, replay, diagram, sweep, list, describe; see racewalk --help"},
    {"unknown_command", {"chek", "lost.toml"}, "there is no command \"chek\"; did you mean \"check\"?"},
    {"unknown_option",
     {"check", "lost.toml", "--stratgy", "dfs"},
     "check has no option \"--stratgy\"; did you mean \"--strategy\"?"},
    {"unlike_option", {"check", "lost.toml", "--xyz"}, "check has no option \"--xyz\"; see racewalk check --help"},
    {"later_option",
     {"check", "lost.toml", "--junit", "f"},
     "check has no option \"--junit\"; see racewalk check --help"},
    {"option_of_no_command", {"--versoin"}, "racewalk has no option \"--versoin\"; did you mean \"--version\"?"},
    {"option_without_value", {"check", "lost.toml", "--out"}, "--out needs a value: --out DIR"},
    {"repeated_option_without_value", {"check", "lost.toml", "--set"}, "--set needs a value: --set KEY=VALUE"},
    {"json_without_format",
     {"check", "lost.toml", "--json"},
     "check has no option \"--json\"; did you mean \"--format json\"?"},
    {"option_behind_two_dashes", {"check", "--", "--all"}, "--all: there is no such scenario file"},
    {"help_of_unknown_command", {"help", "chek"}, "there is no command \"chek\"; did you mean \"check\"?"},
    {"contrary_flags",
     {"check", "lost.toml", "--livelocks", "--no-livelocks"},
     "--livelocks and --no-livelocks exclude each other"},
    {"scenario_for_a_trace",
     {"replay", "lost.toml"},
     "lost.toml:1:1: this is no racewalk trace: its first line is not a trace header; to explore a scenario, use "
     "`racewalk check`"},
    {"argument_too_many", {"replay", "a.trace", "b.trace"}, "unexpected argument \"b.trace\""},
    {"unknown_format",
     {"check", "lost.toml", "--format", "jsn"},
     "--format: there is no \"jsn\"; did you mean \"json\"?"},
    {"unknown_kind", {"diagram", "a.trace", "--kind", "tree"}, "--kind: there is no \"tree\"; known: sequence"},
    {"exclusive_options",
     {"check", "lost.toml", "--all", "--until-violation"},
     "--all and --until-violation exclude each other"},
    {"no_scenario", {"check"}, half_a_check},
    {"no_trace", {"replay"}, "replay needs a trace file, as `racewalk check` writes them"},
    {"no_model", {"describe"}, "describe needs the name of a model: counter, lamp"},
    {"unknown_model", {"describe", "countr"}, "there is no model \"countr\"; did you mean \"counter\"?"},
    {"no_workers",
     {"check", "lost.toml", "--workers", "0"},
     "--workers 0: workers is 0, outside its range of 1 to 64 workers"},
    {"many_workers",
     {"check", "lost.toml", "--workers", "4", "--strategy", "dfs"},
     "--workers 4: strategy \"dfs\" explores with one worker; leave workers at 1, or use one of: stateful, "
     "optimal_dpor"},
    {"workers_that_go_broad",
     {"check", "lost.toml", "--workers", "4", "--set", "explore.order=breadth-first"},
     "--workers 4: several workers explore depth first; leave workers at 1, or order at \"depth-first\""},
    {"depth_that_does_not_fit",
     {"check", "lost.toml", "--pct-depth", "5"},
     "--pct-depth 5: pct_depth = 5 fits only strategy \"pct\", not \"stateful\""},
    {"depth_out_of_range",
     {"check", "lost.toml", "--strategy", "pct", "--pct-depth", "0"},
     "--pct-depth 0: pct_depth is 0, outside its range of 1 to 1000"},
    {"selection_that_does_not_fit",
     {"check", "lost.toml", "--strategy", "pos", "--select", "counter"},
     "--select counter: select = \"counter\" fits only strategy \"surw\", not \"pos\""},
    {"bound_that_does_not_fit",
     {"check", "lost.toml", "--bound", "2"},
     "--bound 2: strategy \"stateful\" takes no bound"},
    {"size",
     {"check", "lost.toml", "--max-memory", "8GB"},
     "--max-memory 8GB: max_memory must be a size such as \"8GiB\", or a number of bytes, not \"8GB\""},
    {"set_without_value",
     {"check", "lost.toml", "--set", "threads"},
     "--set threads: write it as key=value, such as --set explore.strategy=dfs"},
    {"set_unknown",
     {"check", "lost.toml", "--set", "thread=2"},
     "--set thread=2: model \"counter\" has no parameter \"thread\"; did you mean \"threads\"?"},
    {"set_out_of_range",
     {"check", "lost.toml", "--set", "threads=9"},
     "--set threads=9: threads is 9, outside its range of 1 to 8 threads"},
    {"impossible_combination",
     {"check", "lost.toml", "--set", "threads=8", "--set", "rounds=500"},
     "--set rounds=500: threads times rounds must be at most 1000"},
    {"impossible_expectation",
     {"check", "lost.toml", "--set", "threads=1"},
     "--set threads=1: property \"no-stale-total\" cannot be violated: it takes two threads to end; set threads to 2 "
     "or "
     "more"},
    {"contradiction",
     {"check", "lost.toml", "--set", "expect.verdict=holds"},
     "lost.toml:9:14: properties lists what must be violated, which verdict = \"holds\" excludes; remove one of them"},
    {"missing_file",
     {"check", "fixed.toml", "lots.toml"},
     "lots.toml: there is no such scenario file; did you mean \"lost.toml\"?"},
    {"directory", {"check", "."}, ".: this is a directory; name a scenario file"},
    {"empty_file",
     {"check", "empty.toml"},
     "empty.toml: the file is empty; a scenario needs at least a name and a model"},
    {"noise", {"check", "noise.toml"}, "noise.toml: this is no scenario file: it is larger than 1 MiB"},
    {"malformed", {"check", "broken.toml"}, "broken.toml:2:9: malformed TOML: expected a value, but the line ends"},
    {"schema_as_format",
     {"describe", "counter", "--format", "schema"},
     "--format: there is no \"schema\"; known: text, json; --schema prints the JSON Schema of scenario files"},
    {"no_name_of_a_diagram",
     {"diagram", "a.trace", "--output", ""},
     "--output: the name of the file is empty; name one, or - for standard output"},
    {"no_name_of_a_folder_for_traces", {"check", "lost.toml", "--out", ""}, "--out: the name of the folder is empty"},
    {"no_duration",
     {"check", "lost.toml", "--checkpoint", "c", "--checkpoint-every", "5x"},
     "--checkpoint-every: \"5x\" is no duration; write one such as 500ms, 30s, 2m or 1h"},
    {"no_checkpoint",
     {"check", "lost.toml", "--strategy", "dfs", "--checkpoint", "c", "--resume"},
     "c: there is no checkpoint to resume; explore without resuming first"},
    {"resume_nothing", {"check", "lost.toml", "--resume"}, "--resume needs the file to resume: --checkpoint FILE"},
    {"no_name_of_a_checkpoint",
     {"check", "lost.toml", "--checkpoint", ""},
     "--checkpoint: the name of the file is empty"},
    {"other_file_as_checkpoint",
     {"check", "lost.toml", "--strategy", "dfs", "--checkpoint", "fixed.toml"},
     "fixed.toml: the file exists and is no checkpoint; choose another name, or use --force"},
    {"missing_folder", {"list", "scenarios", "--scenarios", "nope"}, "--scenarios nope: there is no such folder"},
    {"missing_folder_of_all", {"list", "--scenarios", "nope"}, "--scenarios nope: there is no such folder"},
    {"no_folder",
     {"list", "--scenarios", "lost.toml"},
     "--scenarios lost.toml: this is no folder; name one with scenario files"},
    {"no_name_of_a_folder", {"list", "--scenarios", ""}, "--scenarios: the name of the folder is empty"},
    {"trace_as_noise",
     {"replay", "noise.toml"},
     "noise.toml:1:1: this is no racewalk trace: its first line is not a trace header; to explore a scenario, use "
     "`racewalk check`"},
    {"scenario_twice",
     {"check", "lost.toml", "lost.toml"},
     "lost.toml: another scenario of this command is also named \"lost\", so that one would overwrite the other's "
     "traces"},
    {"file_as_folder",
     {"check", "lost.toml", "--out", "fixed.toml"},
     "fixed.toml: this is no folder; name one for the traces with --out"},
};

INSTANTIATE_TEST_SUITE_P(Usage, BadInput, testing::ValuesIn(usages), [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace sim::cli
