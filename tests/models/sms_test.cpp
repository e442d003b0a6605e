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
  const Report report = sim::explore([&] { sim::run_model(model, parameters); }, options);
  // What happens in any of these tests was not excluded.
  for (const sim::Violation& violation : report.violations) {
    EXPECT_FALSE(excludes(parameters, violation.property)) << violation.property;
  }
  for (const auto& [goal, count] : report.goals) EXPECT_FALSE(excludes(parameters, goal)) << goal;
  return report;
}

/// What needs a parameter that is usually absent; the scenarios of the variants set them.
const std::set<std::string> absent = {"no-duplicate-request", "no-starvation",     "processes-overlap",
                                      "crash-injected",       "mutex-abandoned",   "connection-failed",
                                      "lease-expired",        "request-cancelled", "late-request-created"};

/// What the parameters exclude, each with the parameter to change, besides what is absent.
std::set<std::string> excluded(const Parameters& parameters) {
  std::set<std::string> names;
  const sim::ModelInfo model = info();
  for (const auto& facts : {model.properties, model.goals}) {
    for (const sim::NamedFact& fact : facts) {
      const auto why = excludes(parameters, fact.name);
      if (why && !absent.contains(std::string(fact.name))) {
        names.insert(std::string(fact.name) + " by " + why->parameter);
      }
    }
  }
  return names;
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
  EXPECT_TRUE(report.goals.contains("two-sends-at-once"));  // Of one request.
}

TEST(SmsModel, one_sending_thread_cannot_race) {
  const Report report = explore(
      with({{"selection", "unsynchronised"}, {"sending_threads", std::int64_t{1}}, {"requests", std::int64_t{2}}}));
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_TRUE(report.complete);
  EXPECT_GT(report.goals.at("request-completed"), 0U);
  EXPECT_FALSE(report.goals.contains("selection-contended"));
  EXPECT_FALSE(report.goals.contains("two-sends-at-once"));
}

TEST(SmsModel, critical_section_holds_and_reaches_its_goals) {
  const Report report = explore(with({{"selection", "critical-section"}, {"sending_threads", std::int64_t{2}}}));
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_TRUE(report.complete);
  EXPECT_TRUE(report.goals.contains("selection-contended"));
  EXPECT_TRUE(report.goals.contains("request-completed"));
  EXPECT_FALSE(report.goals.contains("two-sends-at-once"));
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

TEST(SmsModel, a_retry_never_marks_a_request_invalid) {
  const Report report = explore(with({{"selection", "unsynchronised"},
                                      {"sending_threads", std::int64_t{2}},
                                      {"on_sharing_violation", "retry"},
                                      {"retries", std::int64_t{0}}}));
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(violated(report),
            (std::set<std::string>{"no-double-claim", "no-double-send", "no-failure-after-success", "no-lost-status",
                                   "no-orphan", "no-sharing-violation", "nothing-written-after-delete"}));
}

TEST(SmsModel, excludes_what_its_parameters_leave_no_room_for) {
  using Names = std::set<std::string>;
  const ParameterValue one = std::int64_t{1}, two = std::int64_t{2};
  EXPECT_EQ(excluded(with({})), Names());
  EXPECT_EQ(excluded(with({{"sending_threads", one}, {"requests", two}})),
            (Names{"no-double-claim by sending_threads", "no-failure-after-success by sending_threads",
                   "selection-contended by sending_threads", "two-sends-at-once by sending_threads"}));
  EXPECT_EQ(
      excluded(with({{"on_sharing_violation", "retry"}})),
      (Names{"no-completed-request-invalid by on_sharing_violation", "no-invalid-request by on_sharing_violation"}));
  // Two threads may send one request, which is the bug; with the hotfix it is sent once.
  EXPECT_EQ(excluded(with({{"requests", one}, {"selection", "unsynchronised"}})), Names());
  EXPECT_EQ(excluded(with({{"requests", one}, {"selection", "critical-section"}})),
            Names{"two-sends-at-once by requests"});
  EXPECT_EQ(excluded(with({{"requests", two}, {"product", "sms-2003-sp2"}})), Names());
  EXPECT_FALSE(excludes(with({{"watch", "no-orphan"}}), "no-orphan"));
  EXPECT_FALSE(excludes(with({{"watch", "no-orphan"}}), "deadlock"));
  EXPECT_EQ(excluded(with({{"watch", "no-orphan"}})).size(), 9U);
  EXPECT_EQ(excludes(with({{"watch", "no-orphan"}}), "no-double-send")->reason,
            "watch = \"no-orphan\" watches that property alone; set watch to \"all\" or to this one");
}

TEST(SmsModel, more_destinations_than_requests_are_refused) {
  EXPECT_EQ(validate(with({{"destinations", std::int64_t{2}}})),
            "destinations = 2 is more than requests = 1: every destination needs a request");
  EXPECT_EQ(validate(with({{"destinations", std::int64_t{2}}, {"requests", std::int64_t{2}}})), std::nullopt);
}

}  // namespace
}  // namespace models::sms
