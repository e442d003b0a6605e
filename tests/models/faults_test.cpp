// The faults that scenarios may declare: each strikes where it can, their number is bounded, and nothing strikes that
// was not declared. The scenarios of the folder scenarios/ are run by tests of their own.
// Long because each kind of fault is met in the same small sites.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "sim.hpp"
#include "sms/faults.hpp"
#include "sms/model.hpp"
#include "sms/parameters.hpp"
#include "tests/explore/agreement.hpp"
#include "vfs/file_system.hpp"

namespace models::sms {
namespace {

namespace fs = std::filesystem;
using sim::Parameters;
using sim::Report;
using sim::Strategy;
using Values = std::vector<std::pair<std::string, sim::ParameterValue>>;
using agreement::violated_in;

const sim::ParameterValue none = std::int64_t{0}, one = std::int64_t{1}, two = std::int64_t{2};

Parameters with(const Values& values, const Values& faults) {
  Parameters parameters = Parameters::defaults(parameter_table());
  for (const auto& [name, value] : values) parameters.set(name, value);
  for (const auto& [name, value] : faults) {
    parameters.set_fault(*std::ranges::find(fault_table(), name, &sim::ParameterSpec::name), value);
  }
  return parameters;
}

Report explore(const Parameters& parameters, Strategy strategy = Strategy::stateful) {
  EXPECT_EQ(validate(parameters), std::nullopt);
  const sim::ModelInfo model = info();
  const Report report = sim::explore([&] { sim::run_model(model, parameters); },
                                     {.strategy = strategy, .stop_at_first_violation = false});
  EXPECT_TRUE(report.complete);
  for (const sim::Violation& violation : report.violations) {
    EXPECT_FALSE(excludes(parameters, violation.property)) << violation.property;
  }
  for (const auto& [goal, count] : report.goals) EXPECT_FALSE(excludes(parameters, goal)) << goal;
  return report;
}

/// Of what has millions of states.
Report sample(const Parameters& parameters) {
  EXPECT_EQ(validate(parameters), std::nullopt);
  const sim::ModelInfo model = info();
  return sim::explore([&] { sim::run_model(model, parameters); },
                      {.strategy = Strategy::random_walk, .max_executions = 300, .stop_at_first_violation = false});
}

/// Where each kind of fault can strike.
struct Case {
  std::string name;
  Values parameters;
};

Values small(Values more = {}) {
  Values values = {{"selection", "critical-section"}, {"sending_threads", one}};
  for (auto& value : more) {
    std::erase_if(values, [&](const auto& other) { return other.first == value.first; });
    values.push_back(std::move(value));
  }
  return values;
}

const Values recovers = {{"recovery", true}, {"receiver_deduplicates", true}};
const std::vector<Case> cases = {{"crash_thread", small(recovers)},
                                 {"crash_process", small(recovers)},
                                 {"torn_srq", small(recovers)},
                                 {"empty_srq", small(recovers)},
                                 {"disk_full_local", small({{"late_requests", one}})},
                                 {"disk_full_remote", small()},
                                 {"drop_before_write", small()},
                                 {"drop_after_write", small(recovers)},
                                 {"unreachable_site", small()},
                                 {"rename_fails", small()},
                                 {"cancel", small({{"selection", "checked-completion"}})},
                                 {"delete", small({{"selection", "checked-completion"}})},
                                 {"stale_pck", small({{"blocks", two}})}};

std::string goal_named(std::string name) {
  std::ranges::replace(name, '_', '-');
  return "fault-" + name;
}

TEST(Faults, strike_where_they_are_declared_and_within_the_budget) {
  for (const Case& it : cases) {
    const Report report = explore(with(it.parameters, {{it.name, true}}));
    EXPECT_EQ(violated_in(report), std::set<std::string>()) << it.name;
    EXPECT_GT(report.goals.at(goal_named(it.name)), 0U) << it.name;
    EXPECT_GT(report.goals.at("request-completed"), 0U) << it.name;
    for (const auto& [goal, count] : report.goals) {
      EXPECT_TRUE(!goal.starts_with("fault-") || goal == goal_named(it.name)) << it.name << ": " << goal;
    }
    const Report exhausted = explore(with(it.parameters, {{it.name, true}, {"max_faults", none}}));
    EXPECT_EQ(violated_in(exhausted), std::set<std::string>()) << it.name;
    EXPECT_FALSE(exhausted.goals.contains(goal_named(it.name))) << it.name;
    EXPECT_LT(exhausted.states, report.states) << it.name;
  }
}

/// Two threads, each of which meets two kinds of faults, and a disk that takes from the same budget.
void meet_faults(std::uint32_t most) {
  FaultSettings settings;
  for (const FaultKind kind : {FaultKind::cancel, FaultKind::stale_pck, FaultKind::disk_full_local}) {
    settings.kinds |= 1U << static_cast<unsigned>(kind);
  }
  settings.most = most;
  Faults faults(settings);
  sim::vfs::FileSystem files;
  SIM_CHECK(files.mount("C:", {.faults = faults.on_disk()}).has_value());
  sim::atomic<unsigned> struck{0, "struck"};
  const auto meet = [&](FaultKind kind, std::uint32_t ways) {
    sim::this_thread::yield();
    if (faults.strike(kind, ways) != 0) struck.fetch_add(1);
  };
  sim::thread other("other", [&] { meet(FaultKind::stale_pck, 2); });
  meet(FaultKind::cancel, 1);
  sim::check(faults.strike(FaultKind::remove) == 0, "not-declared");
  const auto file =
      files.create_file("C:\\F", sim::vfs::Access::write, sim::vfs::Share::none, sim::vfs::Disposition::create_new);
  const std::byte content[] = {std::byte{1}};
  if (!files.write(*file, 0, content)) struck.fetch_add(1);
  other.join();
  sim::check(struck.load() <= most, "within-budget");
  sim::observe("struck", struck.load());
}

TEST(Faults, take_from_one_budget_whatever_strategy_explores) {
  const std::map<std::uint32_t, std::set<std::string>> expected = {
      {0, {"struck=0"}},
      {1, {"struck=0", "struck=1"}},
      {2, {"struck=0", "struck=1", "struck=2"}},
      {3, {"struck=0", "struck=1", "struck=2", "struck=3"}}};
  for (const auto& [most, outcomes] : expected) {
    for (const Strategy strategy : {Strategy::dfs, Strategy::optimal_dpor, Strategy::source_dpor, Strategy::stateful}) {
      const Report report = sim::explore([most = most] { meet_faults(most); }, {.strategy = strategy});
      EXPECT_EQ(report.verdict, sim::Verdict::holds);
      std::set<std::string> seen;
      for (const auto& [outcome, executions] : report.outcomes) seen.insert(outcome);
      EXPECT_EQ(seen, outcomes) << most;
      EXPECT_EQ(report.goals.contains("fault-cancel"), most > 0);
      EXPECT_EQ(report.goals.contains("fault-disk-full-local"), most > 0);
    }
  }
}

// Reduction loses no fault and no violation of the whole model.
TEST(Faults, give_one_verdict_by_reduction_and_by_states) {
  const std::vector<std::pair<Values, Values>> tiny = {
      {small(), {{"rename_fails", true}}},
      {small(), {{"unreachable_site", true}}},
      {small({{"selection", "checked-completion"}}), {{"delete", true}}},
      {small({{"blocks", two}}), {{"stale_pck", true}, {"verify_length", false}}}};
  for (const auto& [values, faults] : tiny) {
    const Parameters parameters = with(values, faults);
    const Report states = explore(parameters), reduced = explore(parameters, Strategy::optimal_dpor);
    EXPECT_EQ(violated_in(states), violated_in(reduced)) << faults.front().first;
    std::set<std::string> of_states, of_reduction;
    for (const auto& [goal, count] : states.goals) of_states.insert(goal);
    for (const auto& [goal, count] : reduced.goals) of_reduction.insert(goal);
    EXPECT_EQ(of_states, of_reduction) << faults.front().first;
    EXPECT_EQ(reduced.blocked_executions, 0U);
  }
}

// The second crash is of a thread that exists only because of the first. The scenarios fault-crash-process-twice and
// fault-crash-twice explore the rest.
TEST(Faults, crash_a_service_that_was_started_again) {
  const Values twice = {{"crash_thread", true}, {"max_faults", two}};
  const Report report = explore(with(small(recovers), twice));
  EXPECT_EQ(violated_in(report), std::set<std::string>());
  EXPECT_GT(report.goals.at("crash-again"), 0U);
  const Report once = explore(with(small(recovers), {{"crash_thread", true}}));
  EXPECT_FALSE(once.goals.contains("crash-again"));
  const Report power =
      explore(with(small(recovers), {{"empty_srq", true}, {"crash_thread", true}, {"max_faults", two}}));
  EXPECT_EQ(violated_in(power), std::set<std::string>());
  EXPECT_GT(power.goals.at("crash-in-recovery"), 0U);
}

/// The smallest hierarchy with a primary site that sends, under a fault there or at the central site.
Parameters in_hierarchy(std::int64_t depth, const Values& more, const Values& faults) {
  Values values = small({{"hierarchy.depth", depth}, {"recovery", true}, {"receiver_deduplicates", true}});
  values.insert(values.end(), more.begin(), more.end());
  return with(values, faults);
}

TEST(Faults, strike_the_central_site_of_a_hierarchy) {
  for (const char* fault : {"crash_thread", "crash_process", "torn_srq", "empty_srq", "disk_full_remote",
                            "drop_before_write", "drop_after_write", "unreachable_site", "rename_fails"}) {
    const Report report = explore(in_hierarchy(1, {}, {{fault, true}}));
    EXPECT_EQ(violated_in(report), std::set<std::string>()) << fault;
    EXPECT_GT(report.goals.at(goal_named(fault)), 0U) << fault;
    EXPECT_GT(report.goals.at("request-completed"), 0U) << fault;
  }
  for (const char* fault : {"cancel", "delete"}) {
    const Report report = explore(in_hierarchy(1, {{"selection", "checked-completion"}}, {{fault, true}}));
    EXPECT_EQ(violated_in(report), std::set<std::string>()) << fault;
    EXPECT_GT(report.goals.at(goal_named(fault)), 0U) << fault;
  }
}

// A sample: three levels have millions of states.
TEST(Faults, strike_a_primary_site) {
  for (const char* fault : {"crash_thread", "crash_process", "torn_srq", "empty_srq", "disk_full_remote",
                            "drop_before_write", "drop_after_write", "unreachable_site", "rename_fails"}) {
    const Parameters parameters =
        in_hierarchy(2, {{"routing", true}}, {{fault, true}, {"site", "primary"}, {"max_faults", two}});
    const Report report = sample(parameters);
    EXPECT_EQ(violated_in(report), std::set<std::string>()) << fault;
    EXPECT_GT(report.goals.at(goal_named(fault)), 0U) << fault;
    EXPECT_EQ(report.goals.at("request-completed"), 600U) << fault;  // At both sites, whatever struck.
  }
}

// Without recovery only the dead thread is missing, and another may end as well: none of the two is left waiting. (No
// selection lock, which a dead thread would keep.)
TEST(Faults, crash_two_threads_of_one_service) {
  const Report report = sample(with(small({{"selection", "unsynchronised"}, {"sending_threads", two}}),
                                    {{"crash_thread", true}, {"max_faults", two}}));
  EXPECT_TRUE(violated_in(report).contains("no-abandoned-request"));
  EXPECT_FALSE(violated_in(report).contains("deadlock"));
  EXPECT_FALSE(report.goals.contains("crash-again"));
}

// A thread that was struck between another one's crash and its coming was dead when its own came, and counted as one of
// the service that had been started again. Both strike within the first 34 choices.
TEST(Faults, do_not_strike_a_service_that_is_about_to_end) {
  const sim::Parameters parameters =
      with(small({{"selection", "rename-exclusive"}, {"sending_threads", two}, {"requests", two}}),
           {{"crash_thread", true}, {"crash_process", true}, {"max_faults", two}});
  const sim::ModelInfo model = info();
  sim::Options options{.strategy = Strategy::stateful, .stop_at_first_violation = false};
  options.order = sim::Order::breadth_first;
  options.max_steps = 34;
  const Report report = sim::explore([&] { sim::run_model(model, parameters); }, options);
  EXPECT_EQ(violated_in(report), std::set<std::string>{"no-abandoned-request"});
  EXPECT_GT(report.goals.at("fault-crash-process"), 0U);
}

TEST(Faults, exclude_a_second_crash_that_cannot_come) {
  const auto why = [](const Values& values, const Values& faults, const char* goal) {
    const auto exclusion = excludes(with(values, faults), goal);
    return exclusion ? exclusion->parameter : "";
  };
  const Values twice = {{"crash_process", true}, {"max_faults", two}};
  EXPECT_EQ(why({}, {{"crash_process", true}}, "crash-again"), "faults.max_faults");
  EXPECT_EQ(why({}, twice, "crash-again"), "");
  EXPECT_EQ(why({}, twice, "crash-in-recovery"), "faults.max_faults");
  EXPECT_EQ(why({{"recovery", true}}, twice, "crash-in-recovery"), "");
  EXPECT_EQ(why({}, {{"crash_thread", true}, {"max_faults", two}}, "crash-again"), "faults.max_faults");
}

// Found by random topologies: a request that is made pending again keeps its name, and nobody heard of it.
TEST(Faults, leave_a_sender_that_waits_for_changes_able_to_hear_of_a_retry) {
  const Report report =
      explore(with(small({{"late_requests", one}, {"dead_site", true}}), {{"notification_overflow", true}}));
  EXPECT_FALSE(violated_in(report).contains("deadlock"));
  EXPECT_GT(report.goals.at("fault-notification-overflow"), 0U);
}

// Found by random topologies: what the Scheduler writes anew after a power loss is pending again, and nobody heard of
// it.
TEST(Faults, leave_a_sender_that_waits_for_changes_able_to_hear_of_a_repair) {
  Values values = small(recovers);
  values.emplace_back("wait", "armed-before-scan");
  const Report report = explore(with(values, {{"empty_srq", true}}));
  EXPECT_EQ(violated_in(report), std::set<std::string>());
  EXPECT_GT(report.goals.at("fault-empty-srq"), 0U);
}

TEST(Faults, of_several_kinds_share_max_faults) {
  const Values both = {{"drop_after_write", true}, {"rename_fails", true}};
  const Report report = explore(with(small(recovers), both));
  EXPECT_EQ(violated_in(report), std::set<std::string>());
  EXPECT_GT(report.goals.at("fault-drop-after-write"), 0U);
  EXPECT_GT(report.goals.at("fault-rename-fails"), 0U);
  // A second attempt meets the same fault only if the budget is larger.
  Values patient = small(recovers);
  patient.emplace_back("retries", one);
  const auto strikes = [&](sim::ParameterValue most) {
    Values faults = {{"unreachable_site", true}, {"max_faults", std::move(most)}};
    return explore(with(patient, faults)).goals.at("fault-unreachable-site");
  };
  EXPECT_GT(strikes(two), strikes(one));
}

TEST(Faults, that_were_not_declared_change_nothing) {
  const auto count = [](const Values& faults) { return explore(with(small(), faults)).states; };
  const std::uint64_t plain = count({});
  EXPECT_EQ(count({{"max_faults", one}}), plain);  // The default: nothing is declared.
  EXPECT_TRUE(with(small(), {{"crash_process", false}, {"max_faults", one}}).faults().empty());
}

std::string refusal(const Values& values, const Values& faults) {
  return validate(with(values, faults)).value_or("");
}

TEST(Faults, are_refused_where_they_cannot_strike) {
  EXPECT_EQ(refusal({}, {{"max_faults", two}}),
            "faults.max_faults = 2 means nothing without a fault; declare one, or remove it");
  EXPECT_EQ(refusal({{"hierarchy.depth", one}, {"blocks", two}}, {{"stale_pck", true}}),
            "faults.stale_pck = true is for one site; set hierarchy.depth to 0, or remove the fault");
  EXPECT_EQ(refusal({{"hierarchy.depth", one}}, {{"disk_full_local", true}}),
            "faults.disk_full_local = true is for one site; set hierarchy.depth to 0, or remove the fault");
  EXPECT_EQ(refusal({{"hierarchy.depth", one}}, {{"rename_fails", true}, {"site", "primary"}}),
            "faults.site = \"primary\" needs hierarchy.depth = 2: without a level below them, primary sites send "
            "nothing");
  EXPECT_EQ(refusal({}, {{"rename_fails", true}, {"site", "primary"}}),
            "faults.site = \"primary\" needs hierarchy.depth = 2: without a level below them, primary sites send "
            "nothing");
  EXPECT_EQ(refusal({{"hierarchy.depth", two}}, {{"rename_fails", true}, {"site", "primary"}}), "");
  EXPECT_EQ(refusal({{"selection", "lease"}}, {{"rename_fails", true}, {"torn_srq", true}}),
            "faults.torn_srq = true ends the service, whose leases are watched from outside of it; choose another "
            "selection");
  EXPECT_EQ(refusal({{"selection", "lease-fenced"}}, {{"rename_fails", true}}), "");
  const sim::ParameterValue three = std::int64_t{3};
  const Values large = {{"hierarchy.depth", two}, {"hierarchy.children", three}, {"requests", three}};
  EXPECT_EQ(
      refusal(large, {{"rename_fails", true}}),
      "faults.rename_fails = true with max_faults = 1, hierarchy.children = 3 and requests = 3 may start more than 64 "
      "threads, which is all there is room for; reduce one of them");
  EXPECT_EQ(refusal({{"hierarchy.depth", two}, {"hierarchy.children", three}}, {{"rename_fails", true}}), "");
  EXPECT_EQ(refusal({{"endless", true}, {"late_requests", one}, {"retry_delay", none}}, {{"rename_fails", true}}),
            "faults.rename_fails = true is bounded in each execution, and endless = true has executions without end; "
            "remove one of them");
  EXPECT_EQ(refusal({{"crash", "anywhere"}}, {{"torn_srq", true}}),
            "faults.torn_srq = true has crashes and processes of its own; set crash to \"never\" and processes to 1");
  EXPECT_EQ(refusal({}, {{"rename_fails", true}, {"keeps_handles", two}}),
            "faults.keeps_handles = 2 needs a session that drops; declare drop_before_write or drop_after_write");
  EXPECT_EQ(refusal({}, {{"rename_fails", true}, {"verify_length", false}}),
            "faults.verify_length = false needs something to resume; declare stale_pck");
  EXPECT_EQ(refusal({}, {{"rename_fails", true}, {"rescan_on_overflow", false}}),
            "faults.rescan_on_overflow = false needs a notification; declare notification_overflow");
  EXPECT_EQ(refusal({}, {{"disk_full_local", true}}),
            "faults.disk_full_local = true needs something that is created while the service runs; set late_requests "
            "to 1 or more");
  EXPECT_EQ(refusal({}, {{"stale_pck", true}}),
            "faults.stale_pck = true needs a package that can be sent in part; set blocks to 2 or more");
  EXPECT_EQ(refusal({{"late_requests", one}, {"wait", "armed-after-scan"}}, {{"notification_overflow", true}}),
            "faults.notification_overflow = true has a way to wait of its own, for one process; set wait to \"ideal\", "
            "and declare no crash");
}

TEST(Faults, are_goals_only_where_they_are_declared) {
  const auto why = [](const Values& faults) { return excludes(with({}, faults), "fault-cancel"); };
  ASSERT_TRUE(why({}));
  EXPECT_EQ(why({})->parameter, "faults.cancel");
  ASSERT_TRUE(why({{"cancel", true}, {"max_faults", none}}));
  EXPECT_EQ(why({{"cancel", true}, {"max_faults", none}})->parameter, "faults.max_faults");
  EXPECT_FALSE(why({{"cancel", true}}));
}

std::string contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// The faults that a scenario declares.
std::set<std::string> declared(const std::string& scenario) {
  std::set<std::string> names;
  const std::size_t begin = scenario.find("[faults]"), end = scenario.find("[explore]");
  if (begin == std::string::npos) return names;
  const std::string section = scenario.substr(begin, end - begin);
  const std::regex row("([a-z_]+) = true");
  for (std::sregex_iterator at(section.begin(), section.end(), row), last; at != last; ++at) {
    names.insert((*at)[1].str());
  }
  return names;
}

// No vacuous proof: who declares a fault names it among what must be reached, and each fault has a proof.
TEST(Faults, have_scenarios_that_name_them_as_goals) {
  std::set<std::string> proved;
  for (const auto& entry : fs::directory_iterator(RACEWALK_ROOT "/scenarios")) {
    const std::string name = entry.path().stem().string();
    if (!name.starts_with("fault-")) continue;
    const std::string scenario = contents(entry.path());
    const bool holds = scenario.find("verdict = \"holds\"") != std::string::npos;
    const std::string reaches = scenario.substr(scenario.find("reaches = ["));
    EXPECT_FALSE(declared(scenario).empty()) << name;
    for (const std::string& fault : declared(scenario)) {
      EXPECT_NE(reaches.find("\"" + goal_named(fault) + "\""), std::string::npos) << name;
      if (holds) proved.insert(fault);
    }
    EXPECT_TRUE(!holds || reaches.find("\"request-completed\"") != std::string::npos) << name;
    bool traced = false;
    for (const auto& trace : fs::directory_iterator(RACEWALK_ROOT "/scenarios/traces")) {
      traced = traced || trace.path().filename().string().starts_with(name + ".");
    }
    EXPECT_EQ(traced, !holds) << name;
  }
  std::set<std::string> kinds;
  for (const Case& it : cases) kinds.insert(it.name);
  kinds.insert("notification_overflow");  // Proved by its scenario alone: it takes seconds.
  EXPECT_EQ(kinds.size(), fault_kinds);
  EXPECT_EQ(proved, kinds);
}

}  // namespace
}  // namespace models::sms
