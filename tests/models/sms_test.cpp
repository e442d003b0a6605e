#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim.hpp"
#include "sms/model.hpp"
#include "sms/parameters.hpp"
#include "tests/explore/agreement.hpp"

namespace models::sms {
namespace {

using agreement::violated_in;
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

/// What the parameters exclude beyond what the defaults exclude, each with the parameter to change.
std::set<std::string> excluded(const Parameters& parameters) {
  std::set<std::string> names;
  const sim::ModelInfo model = info();
  for (const auto& facts : {model.properties, model.goals}) {
    for (const sim::NamedFact& fact : facts) {
      if (excludes(with({}), fact.name)) continue;
      if (const auto why = excludes(parameters, fact.name)) {
        names.insert(std::string(fact.name) + " by " + why->parameter);
      }
    }
  }
  return names;
}

TEST(SmsModel, unsynchronised_selection_shows_every_symptom) {
  const Report report = explore(with({{"selection", "unsynchronised"}, {"sending_threads", std::int64_t{2}}}));
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(violated_in(report),
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
  EXPECT_EQ(violated_in(report), std::set<std::string>{"no-double-send"});
}

TEST(SmsModel, product_and_hotfix_name_the_selection_function) {
  for (const auto& [product, hotfix, verdict] : {std::tuple{"sms-2.0-sp5", false, Verdict::violated},
                                                 {"sms-2.0-sp5", true, Verdict::holds},
                                                 {"sms-2003", false, Verdict::violated},
                                                 {"sms-2003", true, Verdict::holds},
                                                 {"sms-2003-sp1", false, Verdict::violated},
                                                 {"sms-2003-sp1", true, Verdict::holds},
                                                 {"sms-2003-sp2", false, Verdict::holds}}) {
    const Parameters parameters =
        with({{"product", product}, {"hotfix", hotfix}, {"sending_threads", std::int64_t{2}}});
    EXPECT_EQ(validate(parameters), std::nullopt);
    const Report report = explore(parameters, {.strategy = Strategy::stateful});
    EXPECT_EQ(report.verdict, verdict) << product << (hotfix ? " with the hotfix" : "");
    EXPECT_EQ(report.complete, verdict == Verdict::holds);
  }
}

TEST(SmsModel, hotfix_fits_affected_products_alone) {
  EXPECT_EQ(validate(with({{"product", "sms-2003-sp2"}, {"hotfix", true}})),
            "product = \"sms-2003-sp2\" has the fix, and there is no hotfix for it; set hotfix to false");
  EXPECT_EQ(validate(with({{"selection", "unsynchronised"}, {"hotfix", true}})),
            "hotfix = true installs the hotfix's selection function, and selection = \"unsynchronised\" names one; set "
            "selection to \"product\", or hotfix to false");
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
  EXPECT_EQ(violated_in(report),
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

TEST(SmsModel, ways_to_a_symptom_are_watched_by_name_alone) {
  const ParameterValue routed = true;
  for (const char* name :
       {"no-second-fails-on-deleted", "no-second-fails-while-first-sends", "no-first-invalidates-second"}) {
    EXPECT_EQ(excludes(with({}), name)->parameter, "watch") << name;
    EXPECT_EQ(excludes(with({{"watch", name}}), name), std::nullopt) << name;
    EXPECT_EQ(excludes(with({{"watch", name}, {"sending_threads", std::int64_t{1}}}), name)->parameter,
              "sending_threads");
  }
  for (const char* name : {"no-rtr-waits-for-invalid", "no-rtr-waits-for-orphan"}) {
    EXPECT_EQ(excludes(with({{"routing", routed}}), name)->parameter, "watch") << name;
    EXPECT_EQ(excludes(with({{"watch", name}}), name)->parameter, "routing") << name;
    EXPECT_EQ(excludes(with({{"watch", name}, {"routing", routed}}), name), std::nullopt) << name;
  }
  EXPECT_EQ(excludes(with({}), "every-rtr-processed")->parameter, "routing");
  EXPECT_EQ(excludes(with({{"routing", routed}}), "every-rtr-processed"), std::nullopt);
}

TEST(SmsModel, more_destinations_than_requests_are_refused) {
  EXPECT_EQ(validate(with({{"destinations", std::int64_t{2}}})),
            "destinations = 2 is more than requests = 1: every destination needs a request");
  EXPECT_EQ(validate(with({{"destinations", std::int64_t{2}}, {"requests", std::int64_t{2}}})), std::nullopt);
}

// A state of the program and a choice determine the next state, wherever the state came from.
TEST(SmsModel, the_number_of_states_does_not_depend_on_the_order_or_on_the_number_of_workers) {
  const Parameters parameters = with({{"selection", "critical-section"}, {"sending_threads", std::int64_t{2}}});
  Options options = {.strategy = Strategy::stateful, .stop_at_first_violation = false};
  const Report one = explore(parameters, options);
  EXPECT_TRUE(one.complete) << one.reason;
  for (unsigned workers = 2; workers <= 3; ++workers) {
    options.workers = workers;
    const Report several = explore(parameters, options);
    EXPECT_EQ(several.states, one.states) << workers << " workers";
    EXPECT_EQ(several.transitions, one.transitions) << workers << " workers";
  }
  options.workers = 1;
  options.order = sim::Order::breadth_first;
  const Report broad = explore(parameters, options);
  EXPECT_EQ(broad.states, one.states);
  EXPECT_EQ(broad.transitions, one.transitions);
}

}  // namespace
}  // namespace models::sms
