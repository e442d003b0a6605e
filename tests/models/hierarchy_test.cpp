#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim.hpp"
#include "sms/hierarchy.hpp"
#include "sms/model.hpp"
#include "tests/explore/agreement.hpp"

namespace models::sms {
namespace {

using agreement::violated_in;
using sim::Event;
using sim::Parameters;
using sim::ParameterValue;
using sim::Report;
using sim::Strategy;
using sim::Trace;
using sim::Verdict;

Parameters with(std::int64_t children, std::int64_t depth,
                const std::vector<std::pair<std::string, ParameterValue>>& values = {}) {
  Parameters parameters = Parameters::defaults(parameter_table());
  parameters.set("hierarchy.children", children);
  parameters.set("hierarchy.depth", depth);
  parameters.set("sending_threads", std::int64_t{2});
  for (const auto& [name, value] : values) parameters.set(name, value);
  return parameters;
}

Report explore(const Parameters& parameters, const sim::Options& options) {
  const sim::ModelInfo model = info();
  return sim::explore([&] { sim::run_model(model, parameters); }, options);
}

Report sample(const Parameters& parameters, std::uint64_t executions = 300) {
  return explore(parameters,
                 {.strategy = Strategy::random_walk, .max_executions = executions, .stop_at_first_violation = false});
}

TEST(Hierarchy, has_its_sites_level_by_level) {
  const Hierarchy hierarchy(Settings::from(with(2, 2)));
  ASSERT_EQ(hierarchy.sites().size(), 7U);
  const auto& sites = hierarchy.sites();
  EXPECT_EQ(sites[0]->place.parent, nullptr);
  for (std::size_t i = 1; i < 7; ++i) {
    EXPECT_EQ(sites[i]->place.number, i - 1);
    EXPECT_EQ(sites[i]->place.level, i < 3 ? 1U : 2U);
    EXPECT_EQ(sites[i]->place.parent, sites[(i - 1) / 2].get());
    EXPECT_EQ(sites[i]->sends(), i < 3);
  }
  EXPECT_EQ(sites[1]->place.first_child, 2U);
  EXPECT_EQ(sites[2]->place.first_child, 4U);
}

TEST(Hierarchy, deals_requests_out_to_all_sites_of_the_lowest_level) {
  const Hierarchy hierarchy(Settings::from(with(3, 2, {{"requests", std::int64_t{3}}})));
  std::set<unsigned> reached;
  for (unsigned request = 0; request < 9; ++request) {
    const unsigned next = hierarchy.central().destination_of(request);
    EXPECT_EQ(next, request % 3);
    const unsigned last = hierarchy.sites()[next + 1]->destination_of(request);
    EXPECT_EQ(hierarchy.sites()[last + 1]->place.parent, hierarchy.sites()[next + 1].get());
    EXPECT_EQ(hierarchy.central().final_destination_of(request), last);
    reached.insert(last);
  }
  EXPECT_EQ(reached, (std::set<unsigned>{3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST(Hierarchy, hotfix_holds_completely_in_the_smallest_one) {
  for (const std::int64_t depth : {1, 2}) {
    const Parameters parameters =
        with(1, depth, {{"hotfix", true}, {"routing", true}, {"sending_threads", std::int64_t{depth == 1 ? 2 : 1}}});
    const Report report = explore(parameters, {.strategy = Strategy::stateful});
    EXPECT_EQ(report.verdict, Verdict::holds) << depth;
    EXPECT_TRUE(report.complete) << report.reason;
    EXPECT_TRUE(report.goals.contains("request-completed"));
  }
}

TEST(Hierarchy, packages_reach_the_lowest_level_through_requests_of_the_sites_between) {
  // One thread a site, so that every order ends alike.
  const Parameters parameters = with(2, 2, {{"sending_threads", std::int64_t{1}}, {"requests", std::int64_t{2}}});
  const sim::ModelInfo model = info();
  const auto program = [&] {
    sim::run_model(model, parameters);
    sim::check(false, "end");  // Asks for the trace of an execution that violates nothing else.
  };
  const Report report = sim::explore(program, {.strategy = Strategy::random_walk, .max_executions = 1});
  ASSERT_EQ(violated_in(report), std::set<std::string>{"end"});
  const Trace& trace = report.violations[0].trace;
  std::set<std::string> delivered;
  unsigned created_at_primaries = 0, routed = 0;
  for (const Event& event : trace.events()) {
    const std::string thread = trace.thread_names()[event.thread];
    const std::string object = trace.object_name(event.operation.object);
    if (event.text.ends_with(".SNI -> ok")) delivered.insert(thread.substr(0, 4) + object.substr(object.size() - 12));
    if (thread == "PS1 scheduler" && event.text.starts_with("create_new")) ++created_at_primaries;
    if (event.operation.kind == sim::OperationKind::file_delete && object.ends_with(".rtr")) ++routed;
  }
  EXPECT_EQ(delivered,
            (std::set<std::string>{"send2_K1Q0P0.TMP", "send2_K1R0P0.TMP", "send2_K1S0P0.TMP", "send2_K1T0P0.TMP",
                                   "PS1 2_K1Q0P0.TMP", "PS1 2_K1S0P0.TMP", "PS2 2_K1R0P0.TMP", "PS2 2_K1T0P0.TMP"}));
  EXPECT_EQ(created_at_primaries, 2U);
  EXPECT_EQ(routed, 4U);
}

TEST(Hierarchy, race_shows_at_every_site_that_sends) {
  for (const char* site : {"central", "primary"}) {
    const Report report = sample(with(2, 2, {{"requests", std::int64_t{2}}, {"watched_site", site}}), 100);
    EXPECT_TRUE(violated_in(report).contains("no-double-claim")) << site;
    EXPECT_TRUE(violated_in(report).contains("no-double-send")) << site;
    EXPECT_FALSE(violated_in(report).contains("thread-limit")) << site;
  }
}

TEST(Hierarchy, log_files_bear_the_names_of_their_sites) {
  const Report report = sample(with(1, 2, {{"watched_site", "primary"}, {"watch", "no-double-claim"}}));
  ASSERT_FALSE(report.violations.empty());
  std::set<std::string> files;
  for (const Event& event : report.violations[0].trace.events()) {
    for (const std::string& note : event.notes) files.insert(note.substr(0, note.find(':')));
  }
  for (const char* file : {"sender.log", "sched.log", "PS1-sender.log", "PS1-sched.log", "PS1-despool.log"}) {
    EXPECT_TRUE(files.contains(file)) << file;
  }
}

TEST(Hierarchy, one_thread_never_fails_and_children_make_it_more_likely) {
  const ParameterValue one = std::int64_t{1};
  EXPECT_EQ(sample(with(4, 1, {{"sending_threads", one}})).failing_executions, 0U);
  const Report few = sample(with(1, 1)), many = sample(with(8, 1));
  EXPECT_GT(many.failure_rate->low, few.failure_rate->high);  // Beyond what chance explains.
}

TEST(Hierarchy, hotfix_holds_in_a_sample_of_large_ones) {
  EXPECT_EQ(sample(with(8, 1, {{"hotfix", true}, {"sending_threads", std::int64_t{4}}}), 100).failing_executions, 0U);
  EXPECT_EQ(sample(with(3, 2, {{"hotfix", true}}), 100).failing_executions, 0U);
}

TEST(Hierarchy, refuses_what_it_has_no_room_for) {
  const ParameterValue two = std::int64_t{2};
  EXPECT_EQ(validate(with(2, 0)), "hierarchy.children = 2 needs levels to be on; set hierarchy.depth to 1 or 2");
  EXPECT_EQ(validate(with(4, 2)),
            "hierarchy.children = 4 with hierarchy.depth = 2 makes more sites than there is room for; set "
            "hierarchy.children to 3 or less");
  EXPECT_EQ(validate(with(2, 1, {{"destinations", two}, {"requests", two}})),
            "in a hierarchy the destinations are its sites; leave destinations at 1, not 2");
  EXPECT_EQ(validate(with(8, 1, {{"requests", std::int64_t{5}}})),
            "hierarchy.children = 8 and requests = 5 make more than 36 requests; reduce one of them");
  EXPECT_EQ(validate(with(2, 1, {{"watched_site", "primary"}})),
            "watched_site = \"primary\" needs hierarchy.depth = 2: without a level below them, primary sites send "
            "nothing");
  EXPECT_EQ(validate(with(3, 2, {{"watched_site", "primary"}})), std::nullopt);
  EXPECT_EQ(validate(with(8, 1, {{"requests", std::int64_t{4}}})), std::nullopt);
}

}  // namespace
}  // namespace models::sms
