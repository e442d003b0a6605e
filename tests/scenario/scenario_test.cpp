#include "scenario/scenario.hpp"

#include <gtest/gtest.h>

#include "scenario/test_vocabulary.hpp"

namespace sim::scenario {
namespace {

constexpr std::string_view minimal = "name = \"a\"\nmodel = \"counter\"\n";

Result<Scenario, InputError> parse(std::string_view text, const std::vector<Override>& overrides = {}) {
  return parse_scenario(text, "s.toml", test_vocabulary(), overrides);
}

Result<Scenario, InputError> parse_with(std::vector<std::string> sets, std::string text = std::string(minimal)) {
  std::vector<Override> overrides;
  for (const std::string& set : sets) overrides.push_back(*override_from_text(set));
  return parse(text, overrides);
}

std::string error_of(const Result<Scenario, InputError>& result) {
  return result ? "no error" : result.error().to_text();
}

TEST(Scenario, takes_defaults_for_what_it_does_not_state) {
  const auto scenario = parse(minimal);
  ASSERT_TRUE(scenario) << error_of(scenario);
  EXPECT_EQ(scenario->name, "a");
  EXPECT_EQ(scenario->title, "");
  EXPECT_EQ(scenario->parameters.integer("threads"), 2);
  EXPECT_EQ(scenario->parameters.text("selection"), "unsynchronised");
  EXPECT_EQ(scenario->explore.strategy, "dfs");
  EXPECT_EQ(scenario->explore.seed, 1u);
  EXPECT_EQ(scenario->explore.max_steps, 10'000u);
  EXPECT_FALSE(scenario->explore.bound.has_value());
  EXPECT_EQ(scenario->expect.verdict, ExpectedVerdict::holds);
  EXPECT_TRUE(scenario->expect.properties.empty());
}

TEST(Scenario, reads_every_key) {
  const auto scenario = parse(R"(
name = "kb-1.2_x"
title = "A title"
model = "counter"
[parameters]
threads = 3
atomic = true
selection = "critical-section"
label = "any text"
[faults]
[explore]
strategy = "stateful"
order = "breadth-first"
identity = "logical"
time = "free"
seed = 7
workers = 1
max_executions = 10
max_steps = 20
max_seconds = 1.5
max_memory = "8GiB"
stack = "64KiB"
backtracking = "reexecute"
isolate = true
livelocks = false
[expect]
verdict = "violated"
properties = ["no-lost-update", "deadlock"]
reaches = ["contention"]
executions = 12
)");
  ASSERT_TRUE(scenario) << error_of(scenario);
  EXPECT_EQ(scenario->title, "A title");
  EXPECT_EQ(scenario->parameters.integer("threads"), 3);
  EXPECT_TRUE(scenario->parameters.boolean("atomic"));
  EXPECT_EQ(scenario->parameters.text("label"), "any text");
  const ExploreSettings& explore = scenario->explore;
  EXPECT_EQ(explore.strategy, "stateful");
  EXPECT_EQ(explore.order, "breadth-first");
  EXPECT_EQ(explore.identity, "logical");
  EXPECT_EQ(explore.time, "free");
  EXPECT_EQ(explore.seed, 7u);
  EXPECT_EQ(explore.max_executions, 10u);
  EXPECT_EQ(explore.max_steps, 20u);
  EXPECT_EQ(explore.max_seconds, 1.5);
  EXPECT_EQ(explore.max_memory, 8ull << 30);
  EXPECT_EQ(explore.stack, 65536u);
  EXPECT_EQ(explore.backtracking, "reexecute");
  EXPECT_TRUE(explore.isolate);
  EXPECT_FALSE(explore.livelocks);
  EXPECT_EQ(scenario->expect.verdict, ExpectedVerdict::violated);
  EXPECT_EQ(scenario->expect.properties, (std::vector<std::string>{"no-lost-update", "deadlock"}));
  EXPECT_EQ(scenario->expect.reaches, std::vector<std::string>{"contention"});
  EXPECT_EQ(scenario->expect.executions, 12u);
}

TEST(Scenario, takes_values_from_the_command_line_over_the_file) {
  const auto scenario = parse_with({"threads=4", "atomic=true", "explore.max_memory=2 MiB", "explore.max_seconds=0.5",
                                    "expect.verdict=violated", "expect.properties=no-overflow,deadlock", "threads=5"});
  ASSERT_TRUE(scenario) << error_of(scenario);
  EXPECT_EQ(scenario->parameters.integer("threads"), 5);
  EXPECT_TRUE(scenario->parameters.boolean("atomic"));
  EXPECT_EQ(scenario->explore.max_memory, 2u << 20);
  EXPECT_EQ(scenario->explore.max_seconds, 0.5);
  EXPECT_EQ(scenario->expect.properties, (std::vector<std::string>{"no-overflow", "deadlock"}));
}

TEST(Scenario, drops_what_fitted_the_strategy_that_the_command_line_replaced) {
  const std::string text =
      std::string(minimal) + "[explore]\nstrategy = \"stateful\"\norder = \"breadth-first\"\nidentity = \"logical\"\n";
  const auto scenario = parse_with({"explore.strategy=random_walk"}, text);
  ASSERT_TRUE(scenario) << error_of(scenario);
  EXPECT_EQ(scenario->explore.order, "depth-first");
  EXPECT_EQ(scenario->explore.identity, "memory");
  EXPECT_EQ(
      error_of(parse_with({"explore.strategy=dfs", "explore.order=breadth-first"})),
      "--set explore.order=breadth-first: order = \"breadth-first\" fits only strategy \"stateful\", not \"dfs\"");
}

struct BadInput {
  std::string_view what, text, error;
};

class BadScenario : public testing::TestWithParam<BadInput> {};

TEST_P(BadScenario, is_refused_with_its_place_and_a_remedy) {
  EXPECT_EQ(error_of(parse(GetParam().text)), GetParam().error);
}

const BadInput bad_documents[] = {
    {"empty", "", "s.toml: the file is empty; a scenario needs at least a name and a model"},
    {"blank", " \n\t\n", "s.toml: the file is empty; a scenario needs at least a name and a model"},
    {"malformed", "name = \"a\"\nmodel =\n", "s.toml:2:8: malformed TOML: expected a value, but the line ends"},
    {"invalid_utf8", "name = \"\xff\"", "s.toml:1:8: malformed TOML: the text is not UTF-8; save the file as UTF-8"},
    {"duplicate_key", "name = \"a\"\nname = \"b\"\n",
     "s.toml:2:8: malformed TOML: \"name\" is set a second time; remove one of the two"},
    {"duplicate_section", "[expect]\n[expect]\n",
     "s.toml:2:1: malformed TOML: \"expect\" is set a second time; remove one of the two"},
    {"open_string", "name = \"a\n",
     "s.toml:1:10: malformed TOML: the string does not end in its line; close the quotes, and write control characters "
     "as escapes"},
    {"open_list", "a = [1,\n", "s.toml:1:9: malformed TOML: the file ends in the middle of the array"},
    {"list_without_comma", "a = [1 2]\n", "s.toml:1:8: malformed TOML: expected a comma or ']', not '2'"},
    {"open_header", "[explore\n", "s.toml:1:9: malformed TOML: expected ']', but the line ends"},
    {"two_keys", "a b = 1\n", "s.toml:1:3: malformed TOML: expected '=', not 'b'"},
    {"words_after_a_value", "a = \"x\" y\n", "s.toml:1:9: malformed TOML: expected the end of the line, not 'y'"},
    {"word_as_value", "model = #counter\n", "s.toml:1:9: malformed TOML: expected a value, not '#'"},
    {"unknown_value", "model = sms\n", "s.toml:1:9: malformed TOML: this is no value; a string stands in quotes"},
    {"no_key", "= 1\n", "s.toml:1:1: malformed TOML: expected a key or a [section], not '='"},
    {"no_name", "model = \"counter\"\n",
     "s.toml: the key name is missing; a scenario needs at least a name and a model"},
    {"no_model", "name = \"a\"\n", "s.toml: the key model is missing; a scenario needs at least a name and a model"},
    {"misspelt_model_key", "name = \"a\"\nmodle = \"counter\"\n",
     "s.toml:2:1: unknown key \"modle\"; did you mean "
     "\"model\"?"},
    {"name_with_a_path", "name = \"../a\"\nmodel = \"counter\"\n",
     "s.toml:1:8: name is \"../a\"; use at most 100 letters, digits, '-', '_' and '.', beginning with a letter or "
     "digit, "
     "because it names files"},
    {"name_of_another_type", "name = 3\nmodel = \"counter\"\n", "s.toml:1:8: name must be a string, not the integer 3"},
    {"title_with_escapes", "name = \"a\"\ntitle = \"\\u001b[2J\"\nmodel = \"counter\"\n",
     "s.toml:2:9: title must be one line without control characters"},
    {"unknown_model", "name = \"a\"\nmodel = \"countr\"\n",
     "s.toml:2:9: there is no model \"countr\"; did you mean "
     "\"counter\"?"},
    {"unlike_model", "name = \"a\"\nmodel = \"zzz\"\n",
     "s.toml:2:9: there is no model \"zzz\"; known: counter, "
     "philosophers"},
    {"unknown_section", "name = \"a\"\nmodel = \"counter\"\n[paramters]\n",
     "s.toml:3:2: unknown key \"paramters\"; did you mean \"parameters\"?"},
    {"section_as_value", "name = \"a\"\nmodel = \"counter\"\nexpect = 3\n",
     "s.toml:3:10: expect must be a section, [expect], not the integer 3"},
    {"key_above_its_section", "name = \"a\"\nmodel = \"counter\"\nstrategy = \"dfs\"\n",
     "s.toml:3:1: unknown key \"strategy\"; it belongs in [explore], as explore.strategy"},
};
INSTANTIATE_TEST_SUITE_P(Document, BadScenario, testing::ValuesIn(bad_documents),
                         [](const auto& row) { return std::string(row.param.what); });

// Each follows the two lines of the minimal scenario.
const BadInput bad_sections[] = {
    {"unknown_parameter", "[parameters]\n  thread = 1\n",
     "s.toml:4:3: model \"counter\" has no parameter \"thread\"; did you mean \"threads\"?"},
    {"parameter_of_another_type", "[parameters]\nthreads = \"2\"\n",
     "s.toml:4:11: threads must be an integer, not the string \"2\""},
    {"boolean_of_another_type", "[parameters]\natomic = 1\n",
     "s.toml:4:10: atomic must be true or false, not the integer "
     "1"},
    {"parameter_below_range", "[parameters]\nthreads = 0\n",
     "s.toml:4:11: threads is 0, outside its range of 1 to 8 threads"},
    {"parameter_above_range", "[parameters]\nthreads = 9\n",
     "s.toml:4:11: threads is 9, outside its range of 1 to 8 threads"},
    {"parameter_value", "[parameters]\nselection = \"critical_section\"\n",
     "s.toml:4:13: selection has no value \"critical_section\"; did you mean \"critical-section\"?"},
    {"parameter_date", "[parameters]\nthreads = 1979-05-27\n",
     "s.toml:4:11: threads must be an integer, not a date or time"},
    {"fault", "[faults]\ncrash = true\n", "s.toml:4:1: model \"counter\" has no fault \"crash\""},
    {"fault_of_another_model", "[faults]\nfork_falls = true\n",
     "s.toml:4:1: model \"counter\" has no fault \"fork_falls\""},
    {"model_rule", "[parameters]\nthreads = 8\natomic = true\n", "s.toml:3:1: atomic counters take at most 7 threads"},
    {"unknown_strategy", "[explore]\nstrategy = \"Dfs\"\n",
     "s.toml:4:12: there is no strategy \"Dfs\"; did you mean \"dfs\"?"},
    {"unavailable_strategy", "[explore]\nstrategy = \"pct\"\n",
     "s.toml:4:12: strategy \"pct\" is not in this version; available: dfs, stateful, random_walk, preemption_bounded, "
     "surw"},
    {"bound_without_use", "[explore]\nbound = 2\n", "s.toml:4:9: strategy \"dfs\" takes no bound"},
    {"no_bound", "[explore]\nstrategy = \"preemption_bounded\"\n",
     "s.toml:4:12: strategy \"preemption_bounded\" needs a bound"},
    {"order_without_states", "[explore]\norder = \"breadth-first\"\n",
     "s.toml:4:9: order = \"breadth-first\" fits only strategy \"stateful\", not \"dfs\""},
    {"identity_without_states", "[explore]\nidentity = \"logical\"\n",
     "s.toml:4:12: identity = \"logical\" fits only strategy \"stateful\", not \"dfs\""},
    {"depth_without_pct", "[explore]\npct_depth = 2\n",
     "s.toml:4:13: pct_depth = 2 fits only strategy \"pct\", not \"dfs\""},
    {"selection_without_surw", "[explore]\nselect = \"x*\"\n",
     "s.toml:4:10: select = \"x*\" fits only strategy \"surw\", not \"dfs\""},
    {"livelocks_without_states", "[explore]\nlivelocks = true\n",
     "s.toml:4:13: livelocks are found by strategy \"stateful\", not by \"dfs\""},
    {"no_workers", "[explore]\nworkers = 0\n", "s.toml:4:11: workers is 0, outside its range of 1 to 64 workers"},
    {"many_workers", "[explore]\nworkers = 2\n",
     "s.toml:4:11: strategy \"dfs\" explores with one worker; leave workers at 1, or use one of: stateful"},
    {"workers_that_go_broad", "[explore]\nstrategy = \"stateful\"\nworkers = 2\norder = \"breadth-first\"\n",
     "s.toml:6:9: several workers explore depth first; leave workers at 1, or order at \"depth-first\""},
    {"negative_seed", "[explore]\nseed = -1\n", "s.toml:4:8: seed is -1, outside its range of 0 and more"},
    {"infinite_time", "[explore]\nmax_seconds = inf\n",
     "s.toml:4:15: max_seconds is inf, outside its range of 0 to 1000000000 seconds"},
    {"size_unit", "[explore]\nmax_memory = \"8GB\"\n",
     "s.toml:4:14: max_memory must be a size such as \"8GiB\", or a number of bytes, not \"8GB\""},
    {"huge_size", "[explore]\nmax_memory = \"99999999TiB\"\n",
     "s.toml:4:14: max_memory must be a size such as \"8GiB\", or a number of bytes, not \"99999999TiB\""},
    {"small_stack", "[explore]\nstack = 1000\n", "s.toml:4:9: stack is 1000, outside its range of 16 KiB to 32 MiB"},
    {"key_of_another_section", "[explore]\nverdict = \"holds\"\n",
     "s.toml:4:1: unknown key \"verdict\" in [explore]; it belongs in [expect], as expect.verdict"},
    {"unknown_verdict", "[expect]\nverdict = \"hold\"\n",
     "s.toml:4:11: verdict has no value \"hold\"; did you mean \"holds\"?"},
    {"violated_without_properties", "[expect]\nverdict = \"violated\"\n",
     "s.toml:4:11: verdict = \"violated\" needs properties: those that must be violated, headline first; \"counter\" "
     "has "
     "no-lost-update, no-overflow, deadlock, data-race"},
    {"holds_with_properties", "[expect]\nverdict = \"holds\"\nproperties = [\"deadlock\"]\n",
     "s.toml:5:14: properties lists what must be violated, which verdict = \"holds\" excludes; remove one of them"},
    {"unknown_property", "[expect]\nverdict = \"violated\"\nproperties = [\"no-lost-updates\"]\n",
     "s.toml:5:15: model \"counter\" has no property \"no-lost-updates\"; did you mean \"no-lost-update\"?"},
    {"property_twice", "[expect]\nverdict = \"violated\"\nproperties = [\"deadlock\", \"deadlock\"]\n",
     "s.toml:5:27: property \"deadlock\" is listed twice"},
    {"properties_of_another_type", "[expect]\nproperties = [1]\n",
     "s.toml:4:14: properties must be a list of strings, not a list with the integer 1 in it"},
    {"unknown_goal", "[expect]\nreaches = [\"contentoin\"]\n",
     "s.toml:4:12: model \"counter\" has no goal \"contentoin\"; did you mean \"contention\"?"},
    {"impossible_property",
     "[parameters]\nthreads = 1\n[expect]\nverdict = \"violated\"\n"
     "properties = [\"no-overflow\",\n  \"no-lost-update\"]\n",
     "s.toml:8:3: property \"no-lost-update\" cannot be violated: threads = 1 is alone; set threads to 2 or more"},
    {"impossible_goal", "[expect]\nreaches = [\"all-done\", \"contention\"]\n[parameters]\nthreads = 1\n",
     "s.toml:4:24: goal \"contention\" cannot be reached: threads = 1 is alone; set threads to 2 or more"},
    {"negative_executions", "[expect]\nexecutions = -1\n",
     "s.toml:4:14: executions is -1, outside its range of 0 and more executions"},
};

class BadSection : public testing::TestWithParam<BadInput> {};

TEST_P(BadSection, is_refused_with_its_place_and_a_remedy) {
  EXPECT_EQ(error_of(parse(std::string(minimal) + std::string(GetParam().text))), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(Section, BadSection, testing::ValuesIn(bad_sections),
                         [](const auto& row) { return std::string(row.param.what); });

TEST(GroupedParameters, are_keys_of_a_table_and_dotted_on_the_command_line) {
  const std::string top = "name = \"a\"\nmodel = \"philosophers\"\n[parameters]\n";
  const auto seats = [](const Result<Scenario, InputError>& scenario) {
    return scenario ? scenario->parameters.integer("table.seats") : -1;
  };
  EXPECT_EQ(seats(parse(top)), 3);
  EXPECT_EQ(seats(parse(top + "table = { seats = 5, round = false }\n")), 5);
  EXPECT_EQ(seats(parse(top + "table.seats = 6\n")), 6);
  EXPECT_EQ(seats(parse_with({"table.seats=7"}, top + "table = { seats = 5 }\n")), 7);
  EXPECT_EQ(seats(parse_with({"parameters.table.seats=8"}, top)), 8);
}

TEST(GroupedParameters, are_refused_with_their_place_and_a_remedy) {
  const std::string top = "name = \"a\"\nmodel = \"philosophers\"\n[parameters]\n";
  const std::string unknown = "model \"philosophers\" has no parameter \"table.seat\"; did you mean \"table.seats\"?";
  EXPECT_EQ(error_of(parse(top + "table = 3\n")),
            "s.toml:4:9: table must be a table with the keys seats, round, not the integer 3");
  EXPECT_EQ(error_of(parse(top + "table = { seat = 5 }\n")), "s.toml:4:11: " + unknown);
  EXPECT_EQ(error_of(parse(top + "table = { seats = 1 }\n")),
            "s.toml:4:19: table.seats is 1, outside its range of 2 to 9");
  EXPECT_EQ(error_of(parse_with({"table.seat=5"}, top)), "--set table.seat=5: " + unknown);
  const std::string section = error_of(parse_with({"tables.seats=5"}, top));
  EXPECT_TRUE(section.starts_with("--set tables.seats=5: there is no section \"tables\"")) << section;
}

TEST(Faults, are_declared_in_their_section_and_on_the_command_line) {
  const std::string top = "name = \"a\"\nmodel = \"philosophers\"\n";
  const auto faults = [](const Result<Scenario, InputError>& scenario) {
    EXPECT_TRUE(scenario) << error_of(scenario);
    std::string text;
    if (!scenario) return text;
    for (const auto& [name, value] : scenario->parameters.faults()) text += name + "=" + sim::to_text(value) + " ";
    return text;
  };
  EXPECT_EQ(faults(parse(top)), "");
  EXPECT_EQ(faults(parse(top + "[faults]\nfork_falls = true\nmax_faults = 2\n")), "fork_falls=true max_faults=2 ");
  EXPECT_EQ(faults(parse(top + "[faults]\nfork_falls = false\nmax_faults = 1\n")), "");
  EXPECT_EQ(faults(parse_with({"faults.fork_falls=true"}, top)), "fork_falls=true ");
  EXPECT_EQ(faults(parse_with({"faults.fork_falls=false"}, top + "[faults]\nfork_falls = true\n")), "");
  EXPECT_FALSE(parse(top)->parameters.values().contains("fork_falls"));
}

TEST(Faults, are_refused_with_their_place_and_a_remedy) {
  const std::string top = "name = \"a\"\nmodel = \"philosophers\"\n";
  const std::string list = "; its faults are fork_falls, max_faults";
  EXPECT_EQ(error_of(parse(top + "[faults]\nspoon = true\n")),
            "s.toml:4:1: model \"philosophers\" has no fault \"spoon\"" + list);
  EXPECT_EQ(error_of(parse_with({"faults.fork_fall=true"}, top)),
            "--set faults.fork_fall=true: model \"philosophers\" has no fault \"fork_fall\"; did you mean "
            "\"fork_falls\"?" +
                list);
  EXPECT_EQ(error_of(parse(top + "[faults]\nfork_falls = 1\n")),
            "s.toml:4:14: fork_falls must be true or false, not the integer 1");
  EXPECT_EQ(error_of(parse(top + "[faults]\nmax_faults = 9\n")),
            "s.toml:4:14: max_faults is 9, outside its range of 0 to 4 faults");
  EXPECT_EQ(error_of(parse(top + "[parameters]\n[faults]\nmax_faults = 2\n")),
            "s.toml:5:14: faults.max_faults = 2 bounds no fault");
  EXPECT_EQ(error_of(parse_with({"faults.max_faults=2"}, top)),
            "--set faults.max_faults=2: faults.max_faults = 2 bounds no fault");
  const std::string reaching = top + "[faults]\nfork_falls = true\n[expect]\nreaches = [\"fork-fell\"]\n";
  EXPECT_EQ(error_of(parse_with({"faults.fork_falls=false"}, reaching)),
            "--set faults.fork_falls=false: goal \"fork-fell\" cannot be reached: no fork falls; set faults.fork_falls "
            "to true");
}

TEST(Override, is_refused_with_the_option_and_a_remedy) {
  EXPECT_EQ(error_of(parse_with({"threads=0"})), "--set threads=0: threads is 0, outside its range of 1 to 8 threads");
  EXPECT_EQ(error_of(parse_with({"threads=two"})), "--set threads=two: threads must be an integer, not \"two\"");
  EXPECT_EQ(error_of(parse_with({"thraeds=2"})),
            "--set thraeds=2: model \"counter\" has no parameter \"thraeds\"; did you mean \"threads\"?");
  EXPECT_EQ(error_of(parse_with({"strategy=dfs"})),
            "--set strategy=dfs: model \"counter\" has no parameter \"strategy\"; it belongs in [explore], as "
            "explore.strategy");
  EXPECT_EQ(error_of(parse_with({"explor.seed=1"})),
            "--set explor.seed=1: there is no section \"explor\"; did you mean \"explore\"?");
  EXPECT_EQ(error_of(parse_with({"explore.sed=1"})),
            "--set explore.sed=1: unknown key \"sed\" in [explore]; did you mean \"seed\"?");
  EXPECT_EQ(error_of(parse_with({"threads=8", "atomic=true"})),
            "--set atomic=true: atomic counters take at most 7 threads");
  const std::string reason = " cannot be reached: threads = 1 is alone; set threads to 2 or more";
  EXPECT_EQ(error_of(parse_with({"threads=1"}, std::string(minimal) + "[expect]\nreaches = [\"contention\"]\n")),
            "--set threads=1: goal \"contention\"" + reason);
  EXPECT_EQ(error_of(parse_with({"expect.reaches=contention"}, std::string(minimal) + "[parameters]\nthreads = 1\n")),
            "--set expect.reaches=contention: goal \"contention\"" + reason);
  EXPECT_TRUE(parse_with({"threads=2"}, std::string(minimal) + "[parameters]\nthreads = 1\n[expect]\n"
                                                               "reaches = [\"contention\"]\n"));
  EXPECT_EQ(override_from_text("threads").error().to_text(),
            "--set threads: write it as key=value, such as --set explore.strategy=dfs");
  EXPECT_FALSE(override_from_text("=3"));
}

}  // namespace
}  // namespace sim::scenario
