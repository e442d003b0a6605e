#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/tool.hpp"

namespace sim::cli {
namespace {

using Json = nlohmann::json;
using testing::Test;

class Check : public Tool {};

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

/// How many states there are depends on the compiler: each number becomes "#".
std::string without_numbers(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      result += c;
    } else if (!result.ends_with('#')) {
      result += '#';
    }
  }
  return result;
}

TEST_F(Check, prints_a_counterexample_of_each_expected_property_headline_first) {
  const Outcome outcome = run({"check", "lost.toml"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const std::string effort = outcome.out.substr(outcome.out.find("goals reached:"));
  EXPECT_EQ(outcome.out.substr(0, outcome.out.size() - effort.size()), R"(lost: violated, as expected
Two threads lose an update

violated: no-lost-update          seed 1, 7 steps, 2 preemptions, schedule 1 2 1 1 2 2 0
1 instead of 2
step  main                      adder 1                   adder 2
1                               atomic_load counter -> 0
2                                                         atomic_load counter -> 0
3                               atomic_store counter 1
4                               atomic_load counter -> 1
5                                                         atomic_store counter 1
6                                                         atomic_load counter -> 1
7 >   atomic_load counter -> 1
counter.log:
  read 0
  read 0
  wrote 1
  wrote 1
trace: racewalk-out/lost.no-lost-update.trace
replay: racewalk replay racewalk-out/lost.no-lost-update.trace

violated: no-stale-total          seed 1, 5 steps, 4 preemptions, schedule 1 2 1 2 1
two threads ended, and the counter is 1
step  adder 1                   adder 2
1     atomic_load counter -> 0
2                               atomic_load counter -> 0
3     atomic_store counter 1
4                               atomic_store counter 1
5     atomic_load counter -> 1
end >  after the last step
counter.log:
  read 0
  read 0
  wrote 1
  wrote 1
trace: racewalk-out/lost.no-stale-total.trace
replay: racewalk replay racewalk-out/lost.no-stale-total.trace

)");
  EXPECT_TRUE(without_numbers(effort).starts_with(
      "goals reached: all-ended (#)\nexplored: # states, # transitions, # executions in #"))
      << effort;
  EXPECT_TRUE(contains(effort, "\nstrategy: stateful, breadth-first, seed 1\n")) << effort;
  EXPECT_EQ(files(),
            "big.toml fixed.toml lost.toml racewalk-out/lost.no-lost-update.trace "
            "racewalk-out/lost.no-stale-total.trace");
}

TEST_F(Check, says_that_a_claim_holds_and_what_was_explored) {
  const Outcome outcome = run({"check", "fixed.toml"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(without_numbers(outcome.out)
                  .starts_with("fixed: holds, complete, as expected\ngoals reached: all-ended (#)\n"
                               "explored: # states, # transitions, # execution in #"))
      << outcome.out;
  EXPECT_EQ(files(), "big.toml fixed.toml lost.toml");  // Nothing to write, no folder.
}

TEST_F(Check, prints_one_json_object) {
  const Outcome outcome = run({"check", "lost.toml", "fixed.toml", "--format", "json", "--seed", "7", "--out", "t"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const Json report = Json::parse(outcome.out);
  EXPECT_EQ(report["format"], "racewalk-report");
  EXPECT_EQ(report["version"], 1);
  ASSERT_EQ(report["scenarios"].size(), 2u);
  const Json& lost = report["scenarios"][0];
  EXPECT_EQ(lost["scenario"], "lost");
  EXPECT_EQ(lost["model"], "counter");
  EXPECT_EQ(lost["parameters"], Json::parse(R"({"atomic": false, "rounds": 1, "threads": 2})"));
  EXPECT_EQ(lost["strategy"], "stateful");
  EXPECT_EQ(lost["seed"], 7);
  EXPECT_EQ(lost["verdict"], "violated");
  EXPECT_EQ(lost["as_expected"], true);
  EXPECT_EQ(lost["complete"], false);
  EXPECT_EQ(lost["executions"], 2);
  EXPECT_EQ(lost["blocked_executions"], 0);
  EXPECT_GT(lost["transitions"], 0);
  EXPECT_GT(lost["states"], 0);
  EXPECT_GT(lost["seconds"], 0);
  EXPECT_EQ(lost["violations"], Json::parse(R"([
      {"property": "no-lost-update", "detail": "1 instead of 2", "steps": 7, "preemptions": 2,
       "trace": "t/lost.no-lost-update.trace"},
      {"property": "no-stale-total", "detail": "two threads ended, and the counter is 1", "steps": 5, "preemptions": 4,
       "trace": "t/lost.no-stale-total.trace"}])"));
  EXPECT_TRUE(exists("t/lost.no-lost-update.trace"));
  const Json& fixed = report["scenarios"][1];
  EXPECT_EQ(fixed["verdict"], "holds");
  EXPECT_EQ(fixed["complete"], true);
  EXPECT_EQ(fixed["violations"], Json::array());
  EXPECT_GT(fixed["goals"]["all-ended"], 0);
}

TEST_F(Check, shows_an_execution_that_never_ends_as_a_prefix_and_a_cycle) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "the first round of the loop leaves other dead bytes in instrumented frames than later ones";
#endif
  write("lamp.toml",
        "name = \"lamp\"\nmodel = \"lamp\"\n[explore]\nstrategy = \"stateful\"\norder = \"breadth-first\"\n"
        "[expect]\nverdict = \"violated\"\nproperties = [\"livelock\"]\n");
  const Outcome outcome = run({"check", "lamp.toml"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out.substr(0, outcome.out.find("\nexplored:")), R"(lamp: violated, as expected

violated: livelock          seed 1, 3 steps, 0 preemptions, schedule 1 | 1 1
waiter goes on for ever, while this waits: main in thread_join
step   waiter
1      atomic_store light false
cycle  what follows repeats for ever
2      atomic_load light -> false
3      thread_yield
trace: racewalk-out/lamp.livelock.trace
replay: racewalk replay racewalk-out/lamp.livelock.trace
)");
  EXPECT_TRUE(contains(read("racewalk-out/lamp.livelock.trace"), R"("schedule":"1 | 1 1","cycle":1,)"));
  const Outcome replayed = run({"replay", "racewalk-out/lamp.livelock.trace"});
  EXPECT_EQ(replayed.status, 0) << replayed.err;
  EXPECT_TRUE(contains(replayed.out, "\ncycle  what follows repeats for ever\n")) << replayed.out;
  EXPECT_TRUE(contains(replayed.out, "\nreplayed: violated livelock, as recorded\n")) << replayed.out;
  const Json again = Json::parse(run({"replay", "racewalk-out/lamp.livelock.trace", "--format", "json"}).out);
  EXPECT_EQ(again["cycle"], 1);
  const Json report = Json::parse(run({"check", "lamp.toml", "--format", "json"}).out);
  EXPECT_EQ(report["scenarios"][0]["violations"][0]["cycle"], 1);
}

TEST_F(Check, looks_for_livelocks_unless_told_not_to) {
  write("lamp.toml", "name = \"lamp\"\nmodel = \"lamp\"\n[explore]\nstrategy = \"stateful\"\n");
  EXPECT_EQ(run({"check", "lamp.toml"}).status, 1);
  EXPECT_EQ(run({"check", "lamp.toml", "--no-livelocks"}).status, 0);
  EXPECT_EQ(run({"check", "lamp.toml", "--set", "explore.livelocks=false"}).status, 0);
  EXPECT_EQ(run({"check", "lamp.toml", "--livelocks"}).status, 1);
  const Outcome refused = run({"check", "lamp.toml", "--strategy", "dfs", "--livelocks"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.err, "racewalk: --livelocks: livelocks are found by strategy \"stateful\", not by \"dfs\"\n");
}

TEST_F(Check, exits_1_if_a_property_is_violated_that_is_not_listed) {
  const Outcome outcome = run({"check", "fixed.toml", "--set", "atomic=false"});
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  EXPECT_EQ(first_line(outcome.out), "fixed: violated, not as expected");
  const Outcome both = run({"check", "lost.toml", "--set", "expect.properties=no-lost-update", "--all"});
  EXPECT_EQ(both.status, 1);
  EXPECT_TRUE(
      both.out.starts_with("lost: violated, not as expected\nTwo threads lose an update\n"
                           "  no-stale-total is violated, which is not expected\n"))
      << both.out;
}

TEST_F(Check, exits_1_if_what_is_expected_is_missing_although_all_was_explored) {
  const Outcome property = run({"check", "lost.toml", "--set", "atomic=true"});
  EXPECT_EQ(property.status, 1);
  EXPECT_TRUE(contains(property.out, "\n  no-lost-update holds, but its violation is expected\n")) << property.out;
  const Outcome goal = run({"check", "fixed.toml", "--set", "expect.reaches=all-ended,never"});
  EXPECT_EQ(goal.status, 1);
  EXPECT_TRUE(contains(goal.out, "\n  the goal never was not reached\n")) << goal.out;
  const Outcome count = run({"check", "fixed.toml", "--strategy", "dfs", "--set", "expect.executions=21"});
  EXPECT_EQ(count.status, 1);
  EXPECT_TRUE(contains(count.out, "\n  21 executions are expected, not 6\n")) << count.out;
  EXPECT_EQ(run({"check", "fixed.toml", "--strategy", "dfs", "--set", "expect.executions=6"}).status, 0);
}

TEST_F(Check, exits_3_if_a_budget_ran_out_before_anything_was_decided) {
  const Outcome outcome = run({"check", "big.toml", "--max-executions", "10"});
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("big: inconclusive\n  the budget of 10 executions ran out (max_executions)\n"))
      << outcome.out;
  EXPECT_EQ(run({"check", "big.toml", "--max-seconds", "0.2"}).status, 3);
  EXPECT_EQ(run({"check", "fixed.toml", "--strategy", "random_walk"}).status, 3);
  EXPECT_EQ(run({"check", "big.toml", "--max-executions", "10", "--set", "expect.verdict=inconclusive"}).status, 0);
  EXPECT_EQ(run({"check", "big.toml", "fixed.toml", "--max-executions", "10", "--set", "atomic=false"}).status, 1);
}

TEST_F(Check, finds_by_sampling_until_there_is_a_violation) {
  const Outcome outcome = run({"check", "lost.toml", "--strategy", "random_walk", "--until-violation"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(first_line(outcome.out), "lost: violated, as expected");
}

TEST_F(Check, samples_without_a_limit_until_there_is_a_violation) {
  const Outcome unlimited =
      run({"check", "fixed.toml", "--strategy", "random_walk", "--until-violation"}, {.interrupt_after_seconds = 1});
  EXPECT_TRUE(unlimited.out.starts_with("fixed: inconclusive\n  interrupted\n")) << unlimited.out;
  const Outcome limited =
      run({"check", "fixed.toml", "--strategy", "random_walk", "--until-violation", "--max-executions", "10"});
  EXPECT_TRUE(contains(limited.out, "the budget of 10 executions ran out")) << limited.out;
}

TEST_F(Check, tells_how_likely_a_failure_is) {
  const std::vector<std::string> command = {"check",       "lost.toml",        "--strategy",
                                            "random_walk", "--max-executions", "400"};
  const auto with = [&command](const std::string& option, const std::string& value = {}) {
    std::vector<std::string> more = command;
    more.push_back(option);
    if (!value.empty()) more.push_back(value);
    return more;
  };
  const Outcome all = run(with("--all"));
  EXPECT_TRUE(contains(all.out, " of 400 executions, ")) << all.out;
  EXPECT_FALSE(contains(all.out, "--all samples on"));
  const Outcome first = run(with("--until-violation"));
  EXPECT_TRUE(contains(first.out, "\nfailing: 1 of ")) << first.out;
  EXPECT_TRUE(contains(first.out, "; overstated, because it stopped there: --all samples on\n")) << first.out;
  const Outcome none = run({"check", "fixed.toml", "--strategy", "random_walk", "--max-executions", "400"});
  EXPECT_TRUE(contains(none.out, "\nfailing: 0 of 400 executions, 0 % (95 % confidence: 0 % to 0.951 %)\n"))
      << none.out;

  std::vector<std::string> as_json = with("--all");
  as_json.insert(as_json.end(), {"--format", "json"});
  const Json report = Json::parse(run(as_json).out)["scenarios"][0];
  const double share = report["failing_executions"].get<double>() / 400;
  EXPECT_DOUBLE_EQ(report["failure_rate"]["share"].get<double>(), share);
  EXPECT_LT(report["failure_rate"]["low"].get<double>(), share);
  EXPECT_GT(report["failure_rate"]["high"].get<double>(), share);
  EXPECT_EQ(report["failure_rate"]["confidence"], 0.95);
  const Json exact = Json::parse(run({"check", "fixed.toml", "--format", "json"}).out)["scenarios"][0];
  EXPECT_TRUE(exact["failure_rate"].is_null());
}

TEST_F(Check, tells_for_how_many_preemptions_a_scenario_holds) {
  const Outcome outcome = run({"check", "fixed.toml", "--strategy", "preemption_bounded", "--bound", "0"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(first_line(outcome.out), "fixed: holds for at most 0 preemptions, complete, as expected");
  EXPECT_TRUE(
      contains(outcome.out, "\nbound: holds for at most 0 preemptions; executions with 0, 1, ... preemptions: 2\n"))
      << outcome.out;
  const Outcome all = run({"check", "fixed.toml", "--strategy", "delay_bounded"});
  EXPECT_EQ(first_line(all.out), "fixed: holds, complete, as expected");
  EXPECT_TRUE(contains(
      all.out, "\nbound: holds for at most 3 delays; executions with 0, 1, ... delays: 1, 2, 2, 1; none needs more\n"))
      << all.out;
  const Outcome lost = run({"check", "lost.toml", "--strategy", "preemption_bounded"});
  EXPECT_EQ(first_line(lost.out), "lost: violated, as expected");
  EXPECT_TRUE(
      contains(lost.out, "\nbound: holds for at most 0 preemptions; executions with 0, 1, ... preemptions: 2, "))
      << lost.out;

  const Json report =
      Json::parse(run({"check", "fixed.toml", "--strategy", "delay_bounded", "--bound", "1", "--format", "json"}).out);
  EXPECT_EQ(report["scenarios"][0]["bound"], Json::parse(R"({"of": "delays", "holds": 1, "exhausted": false,
                                                            "completed": 2, "executions": [1, 2]})"));
  const Json exact = Json::parse(run({"check", "fixed.toml", "--format", "json"}).out)["scenarios"][0];
  EXPECT_TRUE(exact["bound"].is_null());
}

TEST_F(Check, passes_depth_and_selection_on) {
  const auto sample = [this](const std::string& strategy, const std::string& option, const std::string& value) {
    const Outcome outcome = run({"check", "lost.toml", "--strategy", strategy, option, value, "--max-executions", "200",
                                 "--all", "--force", "--format", "json"});
    return Json::parse(outcome.out)["scenarios"][0];
  };
  const std::string unknown = "no object has a name like absent (select)";
  EXPECT_TRUE(contains(sample("surw", "--select", "absent").at("reason"), unknown));
  EXPECT_EQ(sample("surw", "--select", "count*").at("reason"), "the budget of 200 executions ran out (max_executions)");
  EXPECT_EQ(sample("pct", "--pct-depth", "1").at("failing_executions"), 0);
  EXPECT_GT(sample("pct", "--pct-depth", "2").at("failing_executions"), 0);
}

TEST_F(Check, gives_the_same_output_for_the_same_seed) {
  const auto sample = [this](const std::string& seed) {
    const Outcome outcome = run({"check", "lost.toml", "--strategy", "random_walk", "--seed", seed});
    return outcome.out.substr(0, outcome.out.find("explored:"));
  };
  EXPECT_EQ(sample("7"), sample("7"));
}

TEST_F(Check, fits_into_the_width_of_the_terminal) {
  for (const std::size_t width : {70, 80, 200}) {
    const Outcome outcome = run({"check", "lost.toml"}, {.environment = {"COLUMNS=" + std::to_string(width)}});
    std::istringstream lines(outcome.out.substr(0, outcome.out.find("trace:")));
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
    EXPECT_LE(widest, width);
  }
}

TEST_F(Check, has_no_colour_in_a_file) {
  EXPECT_FALSE(contains(run({"check", "lost.toml"}, {.environment = {"TERM=xterm"}}).out, "\x1b"));
}

TEST_F(Check, stops_at_an_interrupt_with_a_partial_report) {
  const Outcome outcome = run({"check", "big.toml", "fixed.toml"}, {.interrupt_after_seconds = 0.5});
  EXPECT_EQ(outcome.status, 3) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("big: inconclusive\n  interrupted\ngoals reached: all-ended (")) << outcome.out;
  EXPECT_EQ(outcome.err, "racewalk: interrupted; the scenarios after big were not explored\n");
  const Outcome json = run({"check", "big.toml", "--format", "json"}, {.interrupt_after_seconds = 0.5});
  EXPECT_EQ(json.status, 3);
  EXPECT_EQ(Json::parse(json.out)["scenarios"][0]["reason"], "interrupted");
}

TEST_F(Check, explores_the_same_by_reexecution) {
  const auto counts = [this](const std::string& how) {
    const Json report =
        Json::parse(run({"check", "fixed.toml", "--strategy", "dfs", "--backtracking", how, "--format", "json"})
                        .out)["scenarios"][0];
    return std::pair(report["executions"].get<int>(), report["verdict"].get<std::string>());
  };
  EXPECT_EQ(counts("snapshot"), counts("reexecute"));
}

}  // namespace
}  // namespace sim::cli
