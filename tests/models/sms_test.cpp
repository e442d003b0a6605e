#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim.hpp"
#include "sms/model.hpp"
#include "sms/parameters.hpp"

namespace models::sms {
namespace {

using sim::Options;
using sim::Parameters;
using sim::ParameterValue;
using sim::Report;
using sim::Strategy;
using sim::Verdict;

Parameters with(std::vector<std::pair<std::string, ParameterValue>> values) {
  Parameters parameters = Parameters::defaults(parameter_table());
  for (auto& [name, value] : values) parameters.set(name, value);
  return parameters;
}

Report explore(const Parameters& parameters,
               Options options = {.strategy = Strategy::stateful, .stop_at_first_violation = false}) {
  const sim::ModelInfo model = info();
  return sim::explore([&] { sim::run_model(model, parameters); }, options);
}

std::set<std::string> violated(const Report& report) {
  std::set<std::string> names;
  for (const sim::Violation& violation : report.violations) names.insert(violation.property);
  return names;
}

TEST(SmsModel, unsynchronised_selection_shows_every_symptom) {
  const Report report = explore(with({{"selection", "unsynchronised"}, {"sending_threads", std::int64_t{2}}}));
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(violated(report),
            (std::set<std::string>{"no-completed-request-invalid", "no-double-claim", "no-double-send",
                                   "no-failure-after-success", "no-invalid-request", "no-lost-status", "no-orphan",
                                   "no-sharing-violation", "nothing-written-after-delete"}));
}

TEST(SmsModel, one_sending_thread_cannot_race) {
  const Report report = explore(with({{"selection", "unsynchronised"}, {"sending_threads", std::int64_t{1}}}));
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_TRUE(report.complete);
  EXPECT_GT(report.goals.at("request-completed"), 0U);
}

TEST(SmsModel, critical_section_holds_and_reaches_its_goals) {
  const Report report = explore(with({{"selection", "critical-section"}, {"sending_threads", std::int64_t{2}}}));
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_TRUE(report.complete);
  EXPECT_TRUE(report.goals.contains("selection-contended"));
  EXPECT_TRUE(report.goals.contains("request-completed"));
}

TEST(SmsModel, critical_section_holds_with_retries_and_two_blocks) {
  const Report report = explore(with({{"selection", "critical-section"},
                                      {"sending_threads", std::int64_t{2}},
                                      {"blocks", std::int64_t{2}},
                                      {"on_sharing_violation", "retry"}}));
  EXPECT_EQ(report.verdict, Verdict::holds);
}

TEST(SmsModel, retry_instead_of_invalid_still_sends_twice) {
  const Report report = explore(with({{"selection", "unsynchronised"},
                                      {"sending_threads", std::int64_t{2}},
                                      {"on_sharing_violation", "retry"},
                                      {"watch", "no-double-send"}}),
                                {.strategy = Strategy::stateful});
  EXPECT_EQ(violated(report), std::set<std::string>{"no-double-send"});
}

TEST(SmsModel, product_names_its_selection_function) {
  for (const auto& [product, verdict] : {std::pair{"sms-2.0-sp5", Verdict::violated},
                                         {"sms-2003", Verdict::violated},
                                         {"sms-2003-sp1", Verdict::violated},
                                         {"sms-2003-sp2", Verdict::holds}}) {
    const Report report =
        explore(with({{"product", product}, {"sending_threads", std::int64_t{2}}}), {.strategy = Strategy::stateful});
    EXPECT_EQ(report.verdict, verdict) << product;
  }
}

TEST(SmsModel, counterexample_shows_the_articles_log_line) {
  Options options{.strategy = Strategy::stateful};
  options.order = sim::Order::breadth_first;
  const Report report =
      explore(with({{"sending_threads", std::int64_t{2}}, {"watch", "no-sharing-violation"}}), options);
  ASSERT_EQ(report.violations.size(), 1U);
  const std::string wanted =
      R"(Cannot create/open the remote file \\SMSServer\SMS_SITE\2_K1Q0P0.PCK, Win32 error = 32)";
  const auto says_so = [&](const sim::Event& event) {
    return std::ranges::any_of(event.notes,
                               [&](const std::string& note) { return note.find(wanted) != std::string::npos; });
  };
  EXPECT_TRUE(std::ranges::any_of(report.violations[0].trace.events(), says_so));
}

TEST(SmsModel, random_walks_find_the_race_and_replay_it) {
  const Parameters parameters = with({{"sending_threads", std::int64_t{2}}});
  const Report report = explore(parameters, {.strategy = Strategy::random_walk, .seed = 7, .max_executions = 10'000});
  ASSERT_EQ(report.verdict, Verdict::violated);
  const sim::ModelInfo model = info();
  const Report again = sim::replay([&] { sim::run_model(model, parameters); }, report.violations[0].schedule);
  ASSERT_EQ(again.verdict, Verdict::violated);
  EXPECT_EQ(again.violations[0].property, report.violations[0].property);
}

TEST(SmsModel, snapshots_and_re_execution_agree) {
  const Parameters parameters = with({{"sending_threads", std::int64_t{1}}, {"selection", "critical-section"}});
  Options options{.strategy = Strategy::stateful};
  options.identity = sim::StateIdentity::logical;  // Bytes of dead frames differ with the way to a state.
  const Report snapshots = explore(parameters, options);
  options.backtracking = sim::Backtracking::reexecute;
  const Report reexecuted = explore(parameters, options);
  EXPECT_EQ(snapshots.states, reexecuted.states);
  EXPECT_EQ(snapshots.transitions, reexecuted.transitions);
  EXPECT_EQ(snapshots.verdict, reexecuted.verdict);
}

TEST(SmsModel, breadth_first_goes_deep_where_snapshots_are_scarce) {
  const Parameters parameters = with({{"sending_threads", std::int64_t{2}}});
  Options options{.strategy = Strategy::stateful, .stop_at_first_violation = false};
  options.order = sim::Order::breadth_first;
  options.stop_after = {"no-double-claim", "no-sharing-violation"};
  const Report plenty = explore(parameters, options);
  options.snapshot_budget_bytes = 500'000;  // Prefixes are re-executed, past violations that were found before.
  const Report scarce = explore(parameters, options);
  EXPECT_GT(scarce.reexecutions, 0U);
  for (const sim::Violation& shortest : plenty.violations) {
    const auto other = std::ranges::find(scarce.violations, shortest.property, &sim::Violation::property);
    ASSERT_NE(other, scarce.violations.end()) << shortest.property;
    EXPECT_GE(other->schedule.size(), shortest.schedule.size());
    EXPECT_FALSE(other->trace.events().empty());
  }
}

TEST(SmsModel, more_destinations_than_requests_are_refused) {
  EXPECT_EQ(validate(with({{"destinations", std::int64_t{2}}})),
            "destinations = 2 is more than requests = 1: every destination needs a request");
  EXPECT_EQ(validate(with({{"destinations", std::int64_t{2}}, {"requests", std::int64_t{2}}})), std::nullopt);
}

}  // namespace
}  // namespace models::sms
