// Laws over random topologies, request sets, limits, faults and schedules of the model sms. RC_PARAMS sets how many,
// for example RC_PARAMS="max_success=1000 seed=7"; docs/how-to/explore-random-topologies.md. A topology whose states
// fit into a small budget is explored completely; of others, random schedules are drawn.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "cli/names.hpp"
#include "models/random_schedules.hpp"
#include "models/random_sites.hpp"
#include "scenario/scenario.hpp"
#include "sms/parameters.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/temporary_folder.hpp"

using namespace random_sites;

namespace {

// RapidCheck reads it at its first use.
#ifdef RACEWALK_ASAN
const int default_parameters = setenv("RC_PARAMS", "max_success=15 seed=1", 0);
#else
const int default_parameters = setenv("RC_PARAMS", "max_success=100 seed=1", 0);
#endif

constexpr Effort effort{.memory_bytes = 3'000'000, .executions = 200};
constexpr Effort effort_until{.memory_bytes = 64'000'000, .executions = 5'000};
constexpr std::uint64_t memory_for_shortest = 256'000'000;

/// What exploring many topologies came to.
struct Tally {
  unsigned complete = 0, sampled = 0;
  std::map<std::string, unsigned> goals;  ///< In how many topologies each was reached.
  // Of the last topology that failed: RapidCheck shrinks to it.
  Topology topology = {};
  std::set<std::string> violated = {};

  void add(const sim::Report& report) {
    ++(report.complete ? complete : sampled);
    for (const auto& [goal, count] : report.goals) ++goals[goal];
  }

  std::string text() const {
    std::ostringstream out;
    out << complete + sampled << " topologies, " << complete << " explored completely, of " << sampled
        << " random schedules drawn\n";
    for (const auto& [goal, count] : goals) out << "  " << goal << " in " << count << "\n";
    return out.str();
  }
};

/// The law of the hotfix: no property is violated but what the selection function has no part in.
auto violates_nothing(const Subject& subject, Tally& tally) {
  return [&subject, &tally] {
    const Topology topology = *topologies_of(subject).as("topology");
    const Schedules drawn = *schedules().as("schedules, if it is too large for all");
    const sim::Report report = explore(topology, drawn, effort);
    tally.add(report);
    RC_TAG(report.complete ? "all schedules" : "random schedules");
    std::set<std::string> wrong;
    for (const std::string& name : agreement::violated_in(report)) {
      RC_ASSERT(!models::sms::excludes(topology.parameters, name));
      if (!not_of_selection(topology).contains(name)) wrong.insert(name);
    }
    if (!wrong.empty()) {
      tally.topology = topology;
      tally.violated = wrong;
    }
    RC_ASSERT(wrong.empty());
  };
}

std::string scenario_of(const Tally& tally) {
  if (tally.violated.empty()) return {};
  const auto found = shortest(tally.topology, tally.violated, memory_for_shortest);
  return found ? "\nracewalk check finds it in this scenario:\n\n" + found->scenario : std::string();
}

/// A file that `racewalk check` runs, in a folder of its own.
class ScenarioFile {
 public:
  explicit ScenarioFile(const std::string& text) { std::ofstream(folder_.file("random-sites.toml")) << text; }

  /// Exit status and what it printed.
  std::pair<int, std::string> check() const {
    const std::string command =
        "cd '" + folder_.path().string() + "' && " RACEWALK_PROGRAM " check random-sites.toml 2>&1";
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    std::string out;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
    const int status = ::pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out};
  }

 private:
  TemporaryFolder folder_;
};

/// What RapidCheck makes of a selection function with a mistake, offered in the place of the hotfix's.
Tally shrunk(const Subject& subject, std::uint64_t seed) {
  Tally tally;
  rc::detail::TestParams parameters;
  parameters.seed = seed;
  const auto result =
      rc::detail::checkTestable(violates_nothing(subject, tally), rc::detail::TestMetadata(), parameters);
  EXPECT_TRUE(result.is<rc::detail::FailureResult>());
  return tally;
}

/// A selection function with a mistake, and from where RapidCheck starts to look for it.
struct Planted {
  const char* selection;
  std::uint64_t seed;
};
#ifdef RACEWALK_ASAN
constexpr Planted planted[] = {{"check-then-lock", 1}};
#else
constexpr Planted planted[] = {
    {"check-then-lock", 1}, {"check-then-lock", 2}, {"lock-released-early", 1}, {"rename-shared", 1}};
#endif

/// The topology to which each of them shrinks.
Topology two_threads(const char* selection) {
  Topology topology{sim::Parameters::defaults(models::sms::parameter_table())};
  topology.parameters.set("selection", std::string(selection));
  topology.parameters.set("sending_threads", std::int64_t{2});
  return topology;
}

std::string how_to() {
  std::ostringstream text;
  text << std::ifstream(RACEWALK_ROOT "/docs/how-to/explore-random-topologies.md").rdbuf();
  return text.str();
}

void expect_violated(const Found& found) {
  const auto [status, out] = ScenarioFile(found.scenario).check();
  EXPECT_EQ(status, 0) << found.scenario << out;
  EXPECT_TRUE(out.starts_with("random-sites: violated, as expected\n")) << out;
  EXPECT_NE(out.find("violated: " + found.property), std::string::npos) << out;
  EXPECT_NE(out.find(std::to_string(found.steps) + " steps"), std::string::npos) << out;
}

}  // namespace

TEST(RandomSites, draw_each_row_of_the_table_or_say_why_not) {
  std::multiset<std::string_view> rows, decided;
  for (const sim::ParameterSpec& spec : models::sms::parameter_table()) rows.insert(spec.name);
  for (const DrawnRow& row : drawn_rows()) decided.insert(row.name);
  for (const RowLeftOut& row : rows_left_out()) decided.insert(row.name);
  EXPECT_EQ(decided, rows);
  const std::string document = how_to();
  for (const RowLeftOut& row : rows_left_out()) {
    EXPECT_NE(document.find("`" + std::string(row.name) + "`"), std::string::npos) << row.name << ": " << row.reason;
  }
}

// Without exploring them: each kind is drawn, at several sites too, and with what the hotfix needs beside it.
TEST(RandomSites, draw_every_fault_with_its_remedy) {
  EXPECT_EQ(drawn_faults().size(), models::sms::fault_kinds);
  std::set<std::string> drawn, in_hierarchies;
  const auto gen = topologies_of(hotfix());
  rc::Random random(1);
  for (unsigned i = 0; i < 2'000; ++i) {
    const Topology topology = gen(random.split(), 0).value();
    for (const auto& [name, value] : topology.parameters.faults()) {
      drawn.insert(name);
      if (topology.parameters.integer("hierarchy.depth") > 0) in_hierarchies.insert(name);
    }
    const auto settings = models::sms::Settings::from(topology.parameters);
    EXPECT_TRUE(!settings.faults.restarts() || settings.variant.recovery) << topology;
  }
  for (const DrawnFault& fault : drawn_faults()) EXPECT_TRUE(drawn.contains(std::string(fault.name))) << fault.name;
  EXPECT_TRUE(drawn.contains("max_faults") && drawn.contains("site"));
  EXPECT_EQ(in_hierarchies.size(), models::sms::fault_kinds - 3 + 2);  // What they say of three: it is for one site.
}

// The law below draws few of each kind.
TEST(Hotfix, with_its_remedy_violates_nothing_under_any_fault) {
  Subject subject = hotfix();
  subject.always_faulty = true;
  Tally tally;
  EXPECT_TRUE(rc::check("the hotfix is safe under faults", violates_nothing(subject, tally))) << scenario_of(tally);
  std::cout << tally.text();
  unsigned met = 0;
  for (const auto& [goal, count] : tally.goals) met += goal.starts_with("fault-") ? 1 : 0;
#ifndef RACEWALK_ASAN  // There are fewer topologies.
  EXPECT_EQ(met, models::sms::fault_kinds);
#endif
}

TEST(RandomSites, are_valid_and_shrink_to_valid_ones_nearer_to_the_smallest) {
  EXPECT_TRUE(rc::check("shrinks are valid and smaller", [] {
    const Subject subject = *rc::gen::element(0, 1) == 0 ? hotfix() : unsynchronised();
    const Topology topology = *topologies_of(subject);
    RC_ASSERT(!models::sms::validate(topology.parameters));
    for (const Topology& next : smaller(subject, topology)) {
      RC_ASSERT(!models::sms::validate(next.parameters));
      RC_ASSERT(distance(subject, next) < distance(subject, topology));
    }
    // Nothing keeps a topology from shrinking to the smallest one, one row at a time.
    RC_ASSERT(smaller(subject, topology).empty() == (distance(subject, topology) == 0));
  }));
}

TEST(RandomSites, are_printed_as_scenarios_that_read_back) {
  EXPECT_TRUE(rc::check("printed = read", [] {
    const Topology topology = *topologies_of(hotfix());
    const std::string text = scenario_text(topology, {"deadlock"});
    const auto read = sim::scenario::parse_scenario(text, "random-sites.toml", sim::cli::vocabulary());
    if (!read) RC_FAIL(read.error().message + "\n" + text);
    RC_ASSERT(read->parameters.values() == topology.parameters.values());
  }));
}

TEST(Hotfix, violates_nothing_in_random_sites) {
  Tally tally;
  EXPECT_TRUE(rc::check("the hotfix is safe", violates_nothing(hotfix(), tally))) << scenario_of(tally);
  std::cout << tally.text();
#ifndef RACEWALK_ASAN  // With sanitizers frames are laid out otherwise, and states match less often.
  EXPECT_GT(tally.complete, 0U);
#endif
  EXPECT_TRUE(tally.goals.contains("selection-contended") && tally.goals.contains("request-completed"));
}

TEST(UnsynchronisedSelection, is_violated_in_random_sites_every_time) {
  Topology last;
  EXPECT_TRUE(rc::check("two threads and a request are enough", [&last] {
    const Topology topology = *topologies_of(unsynchronised()).as("topology");
    const Schedules drawn = *schedules().as("schedules, if it is too large for all");
    const sim::Report report = explore_until(topology, "no-double-claim", drawn, effort_until);
    RC_TAG(report.states != 0 ? "all schedules up to the violation" : "random schedules");
    const bool violated = agreement::violated_in(report).contains("no-double-claim");
    if (!violated) last = topology;
    RC_ASSERT(violated);
  })) << scenario_text(last, {"no-double-claim"});
}

// One request, one destination, no hierarchy, no fault.
TEST(PlantedMistake, is_shrunk_to_the_smallest_topology_and_runs_as_a_scenario) {
  for (const auto& [selection, seed] : planted) {
    SCOPED_TRACE(std::string(selection) + ", seed " + std::to_string(seed));
    const Tally tally = shrunk(in_place_of_the_hotfix(selection), seed);
    EXPECT_EQ(tally.topology, two_threads(selection));
    const auto found = shortest(tally.topology, tally.violated, memory_for_shortest);
    ASSERT_TRUE(found);
    // Which of them a small topology violates within its memory depends on how much a state takes.
    EXPECT_TRUE(tally.violated.contains(found->property)) << found->property;
    expect_violated(*found);
  }
}

// The steps are those that docs/reference/sms-variants.md has of the scenario of variant 2, which is also
// breadth-first.
TEST(PlantedMistake, is_printed_as_the_document_shows) {
  const auto found = shortest(two_threads("check-then-lock"), {"no-double-claim"}, memory_for_shortest);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->steps, 30U);
  EXPECT_NE(how_to().find("```toml\n" + found->scenario + "```\n"), std::string::npos) << found->scenario;
}

TEST(PlantedMistake, is_printed_as_a_sample_where_states_need_too_much_memory) {
  const Topology topology = two_threads("lock-per-object");
  const auto found = shortest(topology, {"no-double-claim"}, 1);
  ASSERT_TRUE(found);
  EXPECT_NE(found->scenario.find("max_executions"), std::string::npos) << found->scenario;
  const auto least = shortest(topology, {"no-double-claim"}, memory_for_shortest);
  ASSERT_TRUE(least);
  EXPECT_EQ(least->steps, 24U);  // Of variant 5.
  EXPECT_GE(found->steps, least->steps);
  expect_violated(*found);
}
