// Explorations whose process is killed, at whatever moment, and which another process goes on with.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/tool.hpp"

namespace sim::cli {
namespace {

/// What must be the same, whoever explored it.
nlohmann::json findings_in(const std::string& report) {
  nlohmann::json scenario = nlohmann::json::parse(report).at("scenarios").at(0);
  for (const char* const name : {"seconds", "peak_memory_bytes", "reexecutions"}) scenario.erase(name);
  return scenario;
}

std::set<std::string> properties_in(const nlohmann::json& findings) {
  std::set<std::string> properties;
  for (const nlohmann::json& violation : findings.at("violations")) properties.insert(violation.at("property"));
  return properties;
}

#ifdef RACEWALK_ASAN
const std::string rounds = "3";  // Instrumented, they take as long as 4.
#else
const std::string rounds = "4";
#endif

class Killed : public Tool, public testing::WithParamInterface<const char*> {};

TEST_P(Killed, stateful_exploration_goes_on) {
#ifdef RACEWALK_ASAN
  if (GetParam() == std::string_view("breadth-first")) {
    GTEST_SKIP() << "what runs again leaves other dead bytes in instrumented frames";
  }
#endif
  write("many.toml", "name = \"many\"\nmodel = \"counter\"\n[parameters]\nthreads = 3\nrounds = " + rounds +
                         "\n[explore]\nstrategy = \"stateful\"\norder = \"" + std::string(GetParam()) + "\"\n");
  const std::vector<std::string> check = {"check", "many.toml", "--all", "--format", "json"};
  const Outcome undisturbed = run(check);
  ASSERT_GE(undisturbed.status, 0);
  std::vector<std::string> kept = check;
  kept.insert(kept.end(), {"--checkpoint", "c", "--checkpoint-every", "5ms"});
  Outcome last;
  int kills = 0;
  for (double seconds = 0.05; last.status < 0; seconds *= 1.6) {
    last = run(kept, {.kill_after_seconds = seconds});
    if (last.status < 0) ++kills;
    if (kept.back() != "--resume" && exists("c")) kept.emplace_back("--resume");
  }
  EXPECT_EQ(last.status, undisturbed.status) << last.err;
  EXPECT_EQ(findings_in(last.out), findings_in(undisturbed.out));
  EXPECT_GE(kills, 2);
}

// With two workers, then three, then two, and at last one.
TEST_F(Tool, stateful_exploration_of_killed_workers_goes_on) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "what runs again leaves other dead bytes in instrumented frames";
#endif
  write("many.toml",
        "name = \"many\"\nmodel = \"counter\"\n[parameters]\nthreads = 3\nrounds = 4\n[explore]\nstrategy = "
        "\"stateful\"\n");
  const std::vector<std::string> check = {"check", "many.toml", "--all", "--format", "json"};
  const nlohmann::json undisturbed = findings_in(run(check).out);
  std::vector<std::string> kept = check;
  kept.insert(kept.end(), {"--checkpoint", "c", "--checkpoint-every", "5ms", "--workers", "2"});
  Outcome last;
  int kills = 0;
  for (double seconds = 0.05; last.status < 0; seconds *= 1.6) {
    last = run(kept, {.kill_after_seconds = seconds});
    if (last.status < 0) ++kills;
    kept.resize(check.size() + 4);
    kept.insert(kept.end(), {"--workers", kills < 4 ? std::to_string(2 + kills % 2) : "1"});
    if (exists("c")) kept.emplace_back("--resume");
  }
  const nlohmann::json found = findings_in(last.out);
  for (const char* const name : {"verdict", "complete", "executions", "states", "transitions"}) {
    EXPECT_EQ(found.at(name), undisturbed.at(name)) << name;
  }
  EXPECT_EQ(properties_in(found), properties_in(undisturbed));
  EXPECT_GE(kills, 2);
}

INSTANTIATE_TEST_SUITE_P(Orders, Killed, testing::Values("depth-first", "breadth-first"), [](const auto& row) {
  return std::string(row.param) == "depth-first" ? "depth_first" : "breadth_first";
});

}  // namespace
}  // namespace sim::cli
