#include <nlohmann/json.hpp>

#include "cli/tool.hpp"

namespace sim::cli {
namespace {

using nlohmann::json;

class SweepCommand : public Tool {
 protected:
  json points(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {"sweep", "lost.toml", "--format", "json"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Outcome outcome = run(all);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out)["points"];
  }
};

TEST_F(SweepCommand, prints_a_row_for_each_combination_the_last_key_fastest) {
  const Outcome outcome =
      run({"sweep", "lost.toml", "--vary", "threads=1,2", "--vary", "rounds=1,3", "--executions", "400"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(
      outcome.out.starts_with("lost: random_walk, 400 executions each, seed 1\n"
                              "Two threads lose an update\n\n"
                              "threads   rounds   failing    of    share    95 % confidence\n"
                              "      1        1         0   400      0 %     0 % to 0.951 %\n"
                              "      1        3         0   400      0 %     0 % to 0.951 %\n"
                              "      2        1       "))
      << outcome.out;
  EXPECT_TRUE(contains(outcome.out, "\nviolated: no-lost-update, no-stale-total\n")) << outcome.out;
  EXPECT_EQ(files(), "big.toml fixed.toml lost.toml");  // No traces.
}

TEST_F(SweepCommand, one_thread_never_fails_and_two_do) {
  const json all = points({"--vary", "threads=1,2"});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["values"], json::parse(R"({"threads": 1})"));
  EXPECT_EQ(all[0]["failing_executions"], 0);
  EXPECT_EQ(all[0]["failure_rate"]["low"], 0);
  EXPECT_EQ(all[0]["executions"], 1000);
  EXPECT_GT(all[1]["failing_executions"], 0);
  EXPECT_EQ(all[1]["executions"], 1000);  // Beyond the first violation.
  EXPECT_EQ(all[1]["violated"], json::parse(R"(["no-lost-update", "no-stale-total"])"));
}

TEST_F(SweepCommand, gives_the_same_numbers_for_the_same_seed) {
  const auto without_times = [this](const std::string& seed) {
    json all = points({"--vary", "threads=2,3", "--executions", "200", "--seed", seed});
    for (json& point : all) point.erase("seconds");
    return all;
  };
  EXPECT_EQ(without_times("7"), without_times("7"));
  EXPECT_NE(without_times("7"), without_times("8"));
}

TEST_F(SweepCommand, varies_how_is_explored_and_tells_the_cost_of_proofs) {
  const json sampled = points({"--vary", "explore.strategy=random_walk,pct,pos", "--executions", "100"});
  ASSERT_EQ(sampled.size(), 3U);
  EXPECT_EQ(sampled[1]["strategy"], "pct");
  const Outcome outcome =
      run({"sweep", "lost.toml", "--vary", "rounds=1,2", "--strategy", "dfs", "--output", "cost.svg"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(contains(outcome.out, "rounds    verdict   states   executions"));
  EXPECT_TRUE(contains(outcome.out, "     1   violated        0           20 ")) << outcome.out;
  EXPECT_TRUE(contains(read("cost.svg"), ">executions</text>"));
}

TEST_F(SweepCommand, draws_a_plot_with_error_bars) {
  const std::vector<std::string> command = {"sweep",        "lost.toml",  "--vary",   "threads=1,2,3",
                                            "--vary",       "rounds=1,2", "--vary",   "atomic=false,true",
                                            "--executions", "100",        "--output", "new/plot.svg"};
  const Outcome outcome = run(command);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.ends_with("\nplot: new/plot.svg\n")) << outcome.out;
  const std::string svg = read("new/plot.svg");
  EXPECT_TRUE(svg.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- Written by racewalk -->\n<svg "));
  for (const char* text : {">threads</text>", ">rounds = 1</text>", ">rounds = 2</text>", ">atomic = false</text>",
                           ">atomic = true</text>", ">0 %</text>", ">share of executions that fail</text>"}) {
    EXPECT_TRUE(contains(svg, text)) << text;
  }
  EXPECT_EQ(run(command).status, 0);  // Its own file may be replaced.
  write("new/plot.svg", "mine");
  EXPECT_EQ(run(command).status, 2);
  EXPECT_EQ(read("new/plot.svg"), "mine");
}

TEST_F(SweepCommand, does_not_ask_for_what_the_scenario_expects) {
  // At threads = 1 an expected violation of no-stale-total would be refused.
  EXPECT_EQ(run({"check", "lost.toml", "--set", "threads=1", "--set", "expect.properties=no-stale-total"}).status, 2);
  EXPECT_EQ(run({"sweep", "lost.toml", "--vary", "threads=1"}).status, 0);
}

TEST_F(SweepCommand, refuses_what_it_cannot_vary_with_a_remedy) {
  const auto error_of = [this](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "sweep");
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  };
  EXPECT_EQ(error_of({}),
            "racewalk: sweep needs a scenario file, such as: racewalk sweep scenarios/kb885278.toml --vary "
            "sending_threads=1,2,4\n");
  EXPECT_EQ(error_of({"lost.toml"}), "racewalk: sweep needs a key to vary, such as: --vary sending_threads=1,2,4\n");
  EXPECT_EQ(error_of({"lost.toml", "--vary", "threads"}),
            "racewalk: --vary threads: name a key and its values: --vary KEY=VALUE,VALUE,...\n");
  EXPECT_EQ(error_of({"lost.toml", "--vary", "threads=1,,2"}),
            "racewalk: --vary threads=1,,2: a value is empty; separate values by single commas\n");
  EXPECT_EQ(error_of({"lost.toml", "--vary", "threads=1,2,1"}),
            "racewalk: --vary threads=1,2,1: the value \"1\" is listed twice\n");
  EXPECT_EQ(error_of({"lost.toml", "--vary", "threads=1", "--vary", "parameters.threads=2"}),
            "racewalk: --vary parameters.threads=2: the key is varied twice; list all its values in one --vary\n");
  EXPECT_EQ(error_of({"lost.toml", "--vary", "threads=1,2", "--set", "threads=3"}),
            "racewalk: --vary threads=1,2: the key is also set, by --set threads=3; remove one of them\n");
  EXPECT_EQ(error_of({"lost.toml", "--vary", "expect.verdict=holds"}),
            "racewalk: --vary expect.verdict=holds: a sweep compares with no expectation; vary a parameter of the "
            "model, or explore.KEY\n");
  EXPECT_EQ(error_of({"lost.toml", "--vary", "threads=2,9"}),
            "racewalk: --vary threads=9: threads is 9, outside its range of 1 to 8 threads\n");
  EXPECT_EQ(error_of({"lost.toml", "--vary", "thread=2"}),
            "racewalk: --vary thread=2: model \"counter\" has no parameter \"thread\"; did you mean \"threads\"?\n");
  EXPECT_EQ(error_of({"lost.toml", "--vary", "threads=2", "--executions", "0"}),
            "racewalk: --executions 0: each run of a sweep needs a number of executions, from 1; leave it out for "
            "1000, or say --max-seconds\n");
  EXPECT_EQ(error_of({"lost.toml", "--vary", "threads=2", "--output", "plot.png"}),
            "racewalk: plot.png: the plot is SVG; name a file that ends with .svg\n");
  EXPECT_EQ(error_of({"missing.toml", "--vary", "threads=2"}).substr(0, 44),
            "racewalk: missing.toml: there is no such sce");
}

}  // namespace
}  // namespace sim::cli
