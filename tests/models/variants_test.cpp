// The ways to select and claim a request. Their scenarios are run by tests of their own; here is what a scenario cannot
// say: what is not violated beside what is, and how long it takes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "sim.hpp"
#include "sms/model.hpp"
#include "sms/parameters.hpp"
#include "sms/scheduler.hpp"
#include "sms/selection.hpp"
#include "tests/explore/agreement.hpp"

namespace models::sms {
namespace {

namespace fs = std::filesystem;
using Values = std::vector<std::pair<std::string, sim::ParameterValue>>;
using agreement::violated_in;

sim::Report explore(const Values& values) {
  sim::Parameters parameters = sim::Parameters::defaults(parameter_table());
  for (const auto& [name, value] : values) parameters.set(name, value);
  EXPECT_EQ(validate(parameters), std::nullopt);
  const sim::ModelInfo model = info();
  const sim::Report report = sim::explore([&] { sim::run_model(model, parameters); },
                                          {.strategy = sim::Strategy::stateful, .stop_at_first_violation = false});
  EXPECT_TRUE(report.complete);
  return report;
}

const sim::ParameterValue one = std::int64_t{1}, two = std::int64_t{2}, five = std::int64_t{5};

// 18: no stale status is written, whatever else happens.
TEST(Variants, fencing_leaves_no_stale_write) {
  const auto report = explore({{"selection", "lease-fenced"},
                               {"sending_threads", two},
                               {"connection_failures", one},
                               {"retry_delay", five},
                               {"on_sharing_violation", "retry"},
                               {"retries", one}});
  EXPECT_EQ(violated_in(report),
            (std::set<std::string>{"no-double-send", "no-sharing-violation", "no-failure-after-success"}));
  EXPECT_GT(report.goals.at("lease-expired"), 0U);
}

// 17 is a matter of time: a lease that outlasts the retry delay does not expire.
TEST(Variants, a_lease_longer_than_the_retry_delay_does_not_expire) {
  const auto report = explore({{"selection", "lease"},
                               {"sending_threads", two},
                               {"connection_failures", one},
                               {"retry_delay", two},
                               {"heartbeat_timeout", five}});
  EXPECT_EQ(violated_in(report), std::set<std::string>());
  EXPECT_GT(report.goals.at("connection-failed"), 0U);
  EXPECT_FALSE(report.goals.contains("lease-expired"));
}

// 16 and 22: a process that is started after a crash has looked through the outbox, however it waits.
TEST(Variants, a_restarted_process_comes_to_rest_however_it_waits) {
  for (const char* wait : {"ideal", "armed-before-scan", "armed-after-scan-polling"}) {
    const Values values = {
        {"selection", "critical-section"}, {"sending_threads", one}, {"wait", wait}, {"crash", "in-selection"}};
    EXPECT_EQ(violated_in(explore(values)), std::set<std::string>{"no-abandoned-request"}) << wait;
    Values recovers = values;
    recovers.emplace_back("recovery", true);
    EXPECT_EQ(violated_in(explore(recovers)), std::set<std::string>()) << wait;
  }
}

// 22: that the Scheduler makes a request pending again is a change of the outbox.
TEST(Variants, a_retry_notifies_the_sender_that_waits_for_changes) {
  for (const char* wait : {"ideal", "armed-before-scan"}) {
    const auto report = explore({{"selection", "critical-section"},
                                 {"sending_threads", one},
                                 {"wait", wait},
                                 {"on_sharing_violation", "retry"},
                                 {"dead_site", true}});
    EXPECT_EQ(violated_in(report), std::set<std::string>()) << wait;
    EXPECT_GT(report.goals.at("connection-failed"), 0U);
  }
}

// 23: a late request is known as soon as a sender can see it, though its routing request is not there yet.
TEST(Variants, a_late_request_may_be_sent_before_its_routing_request_is_created) {
  const auto report =
      explore({{"selection", "critical-section"}, {"sending_threads", one}, {"late_requests", one}, {"routing", true}});
  EXPECT_EQ(violated_in(report), std::set<std::string>());
  EXPECT_GT(report.goals.at("late-request-created"), 0U);
}

// 20: one send at a time, however many sites there are.
TEST(Variants, a_lock_held_across_the_send_serialises_every_site) {
  const Values two_sites = {{"sending_threads", two}, {"requests", two}, {"destinations", two}, {"block_pause", one}};
  const auto with = [&](const char* selection) {
    Values values = two_sites;
    values.emplace_back("selection", selection);
    return explore(values);
  };
  const auto serialised = with("lock-across-send"), parallel = with("critical-section");
  EXPECT_FALSE(serialised.goals.contains("two-sends-at-once"));
  EXPECT_GT(parallel.goals.at("two-sends-at-once"), 0U);
  ASSERT_EQ(serialised.outcomes.size(), 1U);
  ASSERT_EQ(parallel.outcomes.size(), 1U);
  EXPECT_EQ(serialised.outcomes.begin()->first, "minutes=2");
  EXPECT_EQ(parallel.outcomes.begin()->first, "minutes=1");
}

std::string contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// What a scenario expects, as the table has it: "holds", or "violated: `a`, `b`".
std::string expectation(const std::string& scenario) {
  const std::string expect = scenario.substr(scenario.find("[expect]"));
  if (expect.find("verdict = \"holds\"") != std::string::npos) return "holds";
  const std::size_t begin = expect.find("properties = ["), end = expect.find(']', begin);
  const std::string list = expect.substr(begin, end - begin);
  std::string text = "violated:";
  const std::regex name("\"([a-z-]+)\"");
  for (std::sregex_iterator at(list.begin(), list.end(), name), last; at != last; ++at) {
    text += (text.back() == ':' ? " `" : ", `") + (*at)[1].str() + "`";
  }
  return text;
}

// 15: numbers of late requests begin at 36, behind all usual ones.
TEST(Variants, a_claim_in_memory_tells_late_requests_from_usual_ones) {
  const sim::Report report = sim::explore([] {
    Settings settings;
    settings.selection = SelectionKind::memory_claim;
    settings.requests = 5;
    settings.variant.late_requests = 1;
    Site site(settings);
    const std::unique_ptr<Selection> selection = make_selection(settings.selection);
    {
      const sim::InitialState setting_up;
      create_disk(site);
      create_requests(site);
      const std::string late = unclaimed_path(first_urgent_request);
      const auto file = site.files.create_file(late, sim::vfs::Access::write, sim::vfs::Share::none,
                                               sim::vfs::Disposition::create_new);
      const std::string contents = file_contents({request_id(first_urgent_request), "PS1", "PS1", "00000006", 16});
      (void)site.files.write(*file, 0, std::as_bytes(std::span(contents)));
      (void)site.files.close(*file);
    }
    std::set<unsigned> claimed;
    for (unsigned i = 0; i <= settings.requests; ++i) claimed.insert(selection->claim(site).request);
    sim::check(claimed == std::set<unsigned>{0, 1, 2, 3, 4, first_urgent_request}, "all-claimed");
  });
  EXPECT_EQ(report.verdict, sim::Verdict::holds);
}

TEST(Variants, are_in_the_table_as_their_scenarios_expect) {
  const std::string table = contents(RACEWALK_ROOT "/docs/reference/sms-variants.md");
  std::set<int> numbers;
  for (const auto& entry : fs::directory_iterator(RACEWALK_ROOT "/scenarios")) {
    const std::string name = entry.path().stem().string();
    if (!name.starts_with("variant-")) continue;
    numbers.insert(std::stoi(name.substr(8, 2)));
    const std::size_t at = table.find("| `" + name + "` |");
    ASSERT_NE(at, std::string::npos) << name;
    const std::string row = table.substr(at, table.find('\n', at) - at);
    EXPECT_NE(row.find("| " + expectation(contents(entry.path())) + " |"), std::string::npos) << row;
  }
  EXPECT_EQ(numbers.size(), 26U);
}

// Of the articles and of the ways to claim; the textbook programs have none.
TEST(Scenarios, of_a_violation_have_a_recorded_trace_and_those_of_a_proof_have_goals) {
  std::set<std::string> traced;
  for (const auto& trace : fs::directory_iterator(RACEWALK_ROOT "/scenarios/traces")) {
    const std::string name = trace.path().filename().string();
    traced.insert(name.substr(0, name.find('.')));
  }
  for (const auto& entry : fs::directory_iterator(RACEWALK_ROOT "/scenarios")) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".toml" || name.starts_with("classic-")) continue;
    const std::string scenario = contents(entry.path());
    if (scenario.find("verdict = \"violated\"") != std::string::npos) {
      EXPECT_TRUE(traced.contains(name)) << name;
    } else {
      const std::size_t goals = scenario.find("\nreaches = [");
      ASSERT_NE(goals, std::string::npos) << name;
      const bool is_kindred = name.starts_with("kindred-");  // They have goals of their own.
      EXPECT_TRUE(is_kindred || scenario.find("\"request-completed\"", goals) != std::string::npos) << name;
    }
  }
}

}  // namespace
}  // namespace models::sms
