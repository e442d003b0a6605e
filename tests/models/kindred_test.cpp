#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim.hpp"
#include "sms/kindred/articles.hpp"
#include "tests/explore/agreement.hpp"

namespace models::sms::kindred {
namespace {

using sim::Options;
using sim::Parameters;
using sim::ParameterValue;
using sim::Report;
using sim::Strategy;
using sim::Verdict;
using Names = std::set<std::string>;
using Values = std::vector<std::pair<std::string_view, ParameterValue>>;
using agreement::violated_in;

/// An article with what its program violates, and the goals that show that its repaired twin does not hold for want of
/// anything happening.
struct Case {
  sim::ModelInfo (*model)();
  Names violated;
  Names reached;
  bool ends = true;  ///< Otherwise it goes on for ever, which only `stateful` can tell.
  Values values = {};
};

void PrintTo(const Case& each, std::ostream* out) {
  *out << each.model().name;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {q137610,
       {"no-partial-package", "package-delivered"},
       {"disk-full", "package-delivered"},
       true,
       {{"retries", std::int64_t{1}}}},
      {q159201, {"livelock"}, {"zero-length-record", "corrupt-request-removed", "other-request-checked"}, false},
      {q161043, {"instruction-executed"}, {"sharing-violation", "instruction-executed"}},
      {q181042, {"no-corrupt-request"}, {"deleted-in-mid-send", "request-completed"}},
      {q227021, {"livelock"}, {"zero-byte-instruction", "next-request-created", "stopped"}, false},
      {q276259, {"no-blank-routing", "no-duplicate-request", "no-retry-storm"}, {"collided", "request-completed"}},
      {q278357,
       {"no-sharing-violation"},
       {"heartbeat-expired", "network-error", "sent-by-the-first", "sent-by-the-second"}},
      {q279498,
       {"livelock", "no-package-in-vain", "no-zero-byte-file"},
       {"instruction-missing", "request-completed"},
       false},
      {q323614, {"no-zero-byte-file"}, {"file-processed", "move-refused"}},
  };
  return all;
}

Report explore(const sim::ModelInfo& model, bool is_repaired, const Values& values, const Options& options) {
  Parameters parameters = Parameters::defaults(model.parameters);
  for (const auto& [name, value] : values) parameters.set(name, value);
  parameters.set("repaired", is_repaired);
  return sim::explore([&] { sim::run_model(model, parameters); }, options);
}

Options to_the_end(Strategy strategy) {
  return {.strategy = strategy, .stop_at_first_violation = false};
}

Names reached_in(const Report& report) {
  Names names;
  for (const auto& [goal, count] : report.goals) names.insert(goal);
  return names;
}

bool is_logged(const Report& report, const std::string& text) {
  for (const sim::Violation& violation : report.violations) {
    for (const sim::Event& event : violation.trace.events()) {
      if (std::ranges::any_of(event.notes, [&](const auto& note) { return note.find(text) != std::string::npos; })) {
        return true;
      }
    }
  }
  return false;
}

class KindredArticle : public testing::TestWithParam<Case> {
 protected:
  std::vector<Strategy> strategies() const {
    if (!GetParam().ends) return {Strategy::stateful};
    return {Strategy::optimal_dpor, Strategy::source_dpor, Strategy::stateful};
  }
  Report run(bool is_repaired, const Options& options) const {
    return explore(GetParam().model(), is_repaired, GetParam().values, options);
  }
};

TEST_P(KindredArticle, violates_what_the_article_describes) {
  for (const Strategy strategy : strategies()) {
    const Report report = run(false, to_the_end(strategy));
    EXPECT_TRUE(report.complete) << to_text(strategy);
    EXPECT_EQ(violated_in(report), GetParam().violated) << to_text(strategy);
  }
}

TEST_P(KindredArticle, holds_where_it_is_repaired_and_reaches_its_goals) {
  for (const Strategy strategy : strategies()) {
    const Report report = run(true, to_the_end(strategy));
    EXPECT_EQ(report.verdict, Verdict::holds) << to_text(strategy);
    EXPECT_TRUE(report.complete) << to_text(strategy);
    EXPECT_EQ(reached_in(report), GetParam().reached) << to_text(strategy);
  }
}

TEST_P(KindredArticle, has_one_execution_for_each_trace) {
  if (!GetParam().ends) GTEST_SKIP() << "has executions that never end";
  for (const bool is_repaired : {false, true}) {
    Options options = to_the_end(Strategy::dfs);
    options.max_executions = 20'000;
    options.count_traces = true;
    const Report every_interleaving = run(is_repaired, options);
    if (!every_interleaving.complete) continue;
    const Report each_trace = run(is_repaired, to_the_end(Strategy::optimal_dpor));
    EXPECT_EQ(each_trace.executions, every_interleaving.traces) << is_repaired;
    EXPECT_EQ(each_trace.blocked_executions, 0U) << is_repaired;
  }
}

TEST_P(KindredArticle, declares_what_it_violates_and_reaches) {
  const sim::ModelInfo model = GetParam().model();
  Names properties = {"livelock"}, goals;
  for (const sim::NamedFact& fact : model.properties) properties.insert(std::string(fact.name));
  for (const sim::NamedFact& fact : model.goals) goals.insert(std::string(fact.name));
  for (const bool is_repaired : {false, true}) {
    const Report report = run(is_repaired, to_the_end(Strategy::stateful));
    EXPECT_TRUE(std::ranges::includes(properties, violated_in(report)));
    EXPECT_TRUE(std::ranges::includes(goals, reached_in(report)));
  }
}

TEST_P(KindredArticle, says_which_article_it_is_and_what_is_documented) {
  const sim::ModelInfo model = GetParam().model();
  const std::string article = "Q" + std::string(model.name.substr(5));
  EXPECT_TRUE(model.title.starts_with(article)) << model.title;
  ASSERT_FALSE(model.parameters.empty());
  EXPECT_EQ(model.parameters.front().name, "repaired");
  EXPECT_TRUE(model.parameters.front().source.starts_with(article + " [D]")) << model.parameters.front().source;
  EXPECT_TRUE(model.parameters.front().description.ends_with("[I].")) << model.parameters.front().description;
  for (const sim::NamedFact& property : model.properties) {
    EXPECT_TRUE(property.description.ends_with("[D].") || property.description.ends_with("[I].")) << property.name;
  }
}

TEST_P(KindredArticle, has_a_scenario_for_either_twin_and_a_recorded_trace) {
  const std::filesystem::path folder = RACEWALK_SCENARIOS;
  const std::string stem = "kindred-q" + std::string(GetParam().model().name.substr(5));
  EXPECT_TRUE(std::filesystem::exists(folder / (stem + ".toml")));
  EXPECT_TRUE(std::filesystem::exists(folder / (stem + "-repaired.toml")));
  const auto is_its_trace = [&](const auto& entry) { return entry.path().filename().string().starts_with(stem + "."); };
  const std::filesystem::directory_iterator traces(folder / "traces");
  EXPECT_TRUE(std::any_of(begin(traces), end(traces), is_its_trace)) << stem;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return std::string(info.param.model().name.substr(4));
}

INSTANTIATE_TEST_SUITE_P(Kindred, KindredArticle, testing::ValuesIn(cases()), name_of);

TEST(KindredArticles, are_all_tested) {
  Names tested, known;
  for (const Case& each : cases()) tested.insert(std::string(each.model().name));
  for (const sim::ModelInfo& model : articles()) known.insert(std::string(model.name));
  EXPECT_EQ(tested, known);
}

// ---- log lines that the articles quote ------------------------------------------------------------------------------

TEST(Q159201, logs_the_size_mismatch) {
  const Report report = explore(q159201(), false, {}, to_the_end(Strategy::stateful));
  EXPECT_TRUE(is_logged(report, "sched.log: Size mismatch in RoutingInfo record.  Got 0, expected 544.~"));
}

TEST(Q181042, logs_that_a_request_is_about_to_write_bad_data) {
  const Report report = explore(q181042(), false, {}, to_the_end(Strategy::optimal_dpor));
  EXPECT_TRUE(is_logged(report, "DBG>> Send request about to write bad data. Component SMS_SCHEDULER~"));
}

TEST(Q278357, logs_the_expired_heartbeat_and_error_32) {
  const Report report = explore(q278357(), false, {}, to_the_end(Strategy::optimal_dpor));
  EXPECT_TRUE(is_logged(report, "Heartbeat is expired.~"));
  EXPECT_TRUE(is_logged(report, "\\2_K1Q0P0.PCK, Win32 error = 32~"));
}

// The article's workaround, no delay beyond the heartbeat timeout, takes it that sending takes no time.
TEST(Q278357, workaround_holds_if_time_passes_only_when_nothing_can_run) {
  const Values workaround = {{"retry_delay", std::int64_t{1}}};
  Options options = to_the_end(Strategy::optimal_dpor);
  const Report urgent = explore(q278357(), false, workaround, options);
  EXPECT_EQ(urgent.verdict, Verdict::holds);
  EXPECT_GT(urgent.goals.at("network-error"), 0U);
  options.time = sim::Time::free;
  EXPECT_EQ(violated_in(explore(q278357(), false, workaround, options)), Names{"no-sharing-violation"});
  EXPECT_EQ(explore(q278357(), true, workaround, options).verdict, Verdict::holds);
}

// What was left of each package keeps out the other one: trying again does not help.
TEST(Q137610, is_violated_however_often_senders_try_again) {
  for (const std::int64_t retries : {0, 1, 3}) {
    const Report report = explore(q137610(), false, {{"retries", retries}}, to_the_end(Strategy::stateful));
    EXPECT_TRUE(report.complete);
    EXPECT_EQ(violated_in(report), (Names{"no-partial-package", "package-delivered"})) << retries;
  }
}

}  // namespace
}  // namespace models::sms::kindred
