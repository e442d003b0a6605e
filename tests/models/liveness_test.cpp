// What must eventually happen in the model `sms`, and what its parameters exclude of it. The scenarios of the endless
// stream and of the dead site are run by tests of their own.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "sim.hpp"
#include "sms/model.hpp"
#include "sms/parameters.hpp"

namespace models::sms {
namespace {

using Values = std::vector<std::pair<std::string, sim::ParameterValue>>;

sim::Parameters with(const Values& values) {
  sim::Parameters parameters = sim::Parameters::defaults(parameter_table());
  for (const auto& [name, value] : values) parameters.set(name, value);
  return parameters;
}

sim::Report explore(const Values& values) {
  const sim::ModelInfo model = info();
  const sim::Parameters parameters = with(values);
  EXPECT_EQ(validate(parameters), std::nullopt);
  return sim::explore([&] { sim::run_model(model, parameters); },
                      {.strategy = sim::Strategy::stateful, .stop_at_first_violation = false});
}

const sim::ParameterValue zero = std::int64_t{0}, one = std::int64_t{1}, two = std::int64_t{2};

// Failures, retries and their end are settled: a request that was given up is nobody's any more.
TEST(Liveness, every_request_is_settled_when_connections_fail_and_retries_run_out) {
  const sim::Report report = explore({{"selection", "critical-section"},
                                      {"sending_threads", two},
                                      {"connection_failures", two},
                                      {"on_sharing_violation", "retry"},
                                      {"retries", one},
                                      {"watch", "every-request-settled"}});
  EXPECT_EQ(report.verdict, sim::Verdict::holds);
  EXPECT_GT(report.goals.at("connection-failed"), 0U);
}

// The Sender dies with a claim, and nobody takes it back.
TEST(Liveness, a_claim_of_the_dead_is_never_settled) {
  const sim::Report report = explore({{"selection", "critical-section"},
                                      {"sending_threads", one},
                                      {"crash", "anywhere"},
                                      {"watch", "every-request-settled"}});
  ASSERT_EQ(report.verdict, sim::Verdict::violated);
  EXPECT_EQ(report.violations.front().property, "every-request-settled");
}

TEST(Liveness, is_refused_where_time_would_pass_for_ever) {
  const auto wrong = validate(with({{"endless", true}, {"late_requests", one}, {"retry_delay", one}}));
  ASSERT_TRUE(wrong.has_value());
  EXPECT_NE(wrong->find("set retry_delay to 0"), std::string::npos) << *wrong;
}

TEST(Liveness, is_refused_where_nothing_goes_on_for_ever) {
  const auto wrong = validate(with({{"endless", true}, {"retry_delay", zero}}));
  ASSERT_TRUE(wrong.has_value());
  EXPECT_NE(wrong->find("late_requests"), std::string::npos) << *wrong;
}

TEST(Liveness, of_requests_is_watched_by_name_alone) {
  EXPECT_EQ(excludes(with({}), property::every_request_settled)->parameter, "watch");
  EXPECT_EQ(excludes(with({{"watch", "every-request-settled"}}), property::every_request_settled), std::nullopt);
  EXPECT_EQ(excludes(with({}), property::no_starvation)->parameter, "patience");
  EXPECT_EQ(excludes(with({{"endless", true}, {"retry_delay", zero}}), property::no_starvation), std::nullopt);
}

}  // namespace
}  // namespace models::sms
