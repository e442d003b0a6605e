#include <nlohmann/json.hpp>

#include "cli/tool.hpp"

namespace sim::cli {
namespace {

using Json = nlohmann::json;

class List : public Tool {};
class Describe : public Tool {};

TEST_F(List, shows_models_scenarios_and_strategies) {
  write("bad.toml", "name = \"bad\"\nmodel = \"countr\"\n");
  const Outcome outcome = run({"list", "--scenarios", "."});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, R"(models:
  counter  Threads that add to a counter
  lamp     A thread that waits in the dark

scenarios:
  ./bad.toml    error: there is no model "countr"; did you mean "counter"?
  ./big.toml    holds: 
  ./fixed.toml  holds: 
  ./lost.toml   violated: Two threads lose an update

strategies:
  dfs                 every interleaving, depth first
  stateful            every state once; breadth-first order finds shortest counterexamples
  source_dpor         one interleaving or more of each equivalence class, by source sets (Abdulla et al., POPL 2014)
  optimal_dpor        exactly one interleaving of each equivalence class (Abdulla et al., POPL 2014)
  preemption_bounded  every interleaving with 0, 1, 2, ... preemptions, up to a bound (Musuvathi and Qadeer, PLDI 2007)
  delay_bounded       every interleaving with 0, 1, 2, ... delays of a round robin, up to a bound (Emmi et al., POPL 2011)
  random_walk         a sample: each choice is drawn at random
  pct                 a sample by random priorities of threads, which change at few points (Burckhardt et al., ASPLOS 2010)
  pos                 a sample by random priorities of events, drawn again after each race (Yuan et al., CAV 2018)
  surw                a sample that is uniform over the interleavings of all, or of selected operations (Zhao et al., ASPLOS 2025)
)");
  EXPECT_EQ(run({"list", "scenarios"}).out, "  there are none in scenarios/; name their folder with --scenarios DIR\n");
  const Json models = Json::parse(run({"list", "models", "--format", "json"}).out);
  EXPECT_EQ(models["models"], Json::parse(R"([{"name": "counter", "title": "Threads that add to a counter"},
                                               {"name": "lamp", "title": "A thread that waits in the dark"}])"));
}

TEST_F(Describe, shows_parameters_properties_and_goals) {
  const Outcome outcome = run({"describe", "counter"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with(R"(counter: Threads that add to a counter

parameters, with their defaults:
  threads = 2
      integer: 1 to 8 threads. Threads that add. Source: made up.
  rounds = 1
      integer: 1 to 1000.
  atomic = false
      boolean: true or false. Add in one step.

properties, besides those of every program:
  no-lost-update
      Every addition counts.
)")) << outcome.out;
}

TEST_F(Describe, prints_json_and_the_schema) {
  const Json model = Json::parse(run({"describe", "counter", "--format", "json"}).out);
  EXPECT_EQ(model["parameters"][0], Json::parse(R"({"name": "threads", "type": "integer", "default": 2, "minimum": 1,
      "maximum": 8, "unit": "threads", "description": "Threads that add.", "source": "made up"})"));
  EXPECT_EQ(model["goals"][0]["name"], "all-ended");
  const Json schema = Json::parse(run({"describe", "counter", "--schema"}).out);
  EXPECT_EQ(schema["properties"]["parameters"]["properties"]["threads"]["maximum"], 8);
  EXPECT_TRUE(Json::parse(run({"describe", "--schema"}).out).contains("allOf"));
}

TEST_F(Describe, tells_version_and_help) {
  EXPECT_TRUE(run({"--version"}).out.starts_with("racewalk "));
  EXPECT_EQ(run({"help"}).out, run({"--help"}).out);
  EXPECT_NE(run({"help"}).out.find("Usage: racewalk COMMAND [OPTIONS]"), std::string::npos);
  for (const std::string command : {"check", "replay", "diagram", "sweep", "list", "describe"}) {
    const Outcome outcome = run({command, "--help"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_NE(outcome.out.find("Usage: racewalk " + command), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("Example"), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.out.find("{false}"), std::string::npos) << outcome.out;
    EXPECT_EQ(run({"help", command}).out, outcome.out);
  }
}

}  // namespace
}  // namespace sim::cli
