// A schedule determines an execution; one that does not fit is told from one that does.
#include <gtest/gtest.h>

#include "tests/explore/agreement.hpp"
#include "tests/litmus/known_programs.hpp"

using namespace sim;
using agreement::stateful;
using agreement::to_the_end;
using agreement::violated_in;
using agreement::violation_of;

namespace {

Report replay_text(void (*program)(), const std::string& schedule) {
  return replay(program, *Schedule::from_text(schedule));
}

void chooser() {
  atomic<int> x{0, "x"};
  thread a("a", [&] { x.store(static_cast<int>(choose(3))); });
  thread b("b", [&] { check(x.load() != 2, "not-two"); });
  a.join();
  b.join();
}

}  // namespace

TEST(Replay, of_a_found_schedule_violates_the_same_property) {
  for (const Options& options : {to_the_end(Strategy::dfs), stateful(), stateful(Order::breadth_first)}) {
    const Report report = explore(chooser, options);
    const Violation found = violation_of(report, "not-two");
    EXPECT_EQ(found.schedule.to_text(), "=2 1 2");
    const Report again = replay(chooser, found.schedule);
    EXPECT_EQ(again.verdict, Verdict::violated);
    EXPECT_TRUE(again.reason.empty()) << again.reason;
    ASSERT_EQ(again.violations.size(), 1u);
    EXPECT_EQ(again.violations[0].property, "not-two");
    EXPECT_EQ(again.violations[0].trace.events().size(), found.trace.events().size());
  }
}

TEST(Replay, of_a_complete_schedule_holds_if_nothing_is_violated) {
  const Report report = replay_text(chooser, "=1 1 2");
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_TRUE(report.reason.empty());
}

TEST(Replay, of_a_schedule_that_does_not_fit_names_the_step) {
  const std::pair<std::string, std::string> cases[] = {
      {"=1 1", "the schedule ends before step 3, where the program goes on"},
      {"", "the schedule ends before step 1, where the program goes on"},
      {"=1 1 2 2 1", "the program ends after step 3, but the schedule has 5 steps"},
      {"1 1 2", "step 1: the schedule names a thread, but the program asks for a value"},
      {"=1 =1 2", "step 2: the schedule chooses a value, but the program is at a scheduling point"},
      {"=7 1 2", "step 1: the schedule chooses 7, but there are only 3 alternatives"},
      {"=1 1 1", "step 3: the schedule runs thread 1, which cannot run here"},
      {"=1 9 2", "step 2: the schedule runs thread 9, which does not exist here"},
      {"=1 4000000000 2", "step 2: the schedule runs thread 4000000000, which does not exist here"},
  };
  for (const auto& [schedule, reason] : cases) {
    const Report report = replay_text(chooser, schedule);
    EXPECT_EQ(report.verdict, Verdict::inconclusive) << schedule;
    EXPECT_EQ(report.reason, reason) << schedule;
    EXPECT_FALSE(report.complete);
    EXPECT_TRUE(report.violations.empty());
  }
}

TEST(Replay, of_a_longer_execution_than_max_steps_is_not_cut) {
  Options options = to_the_end(Strategy::dfs);
  options.max_steps = 2;
  EXPECT_EQ(replay(known::store_buffering, *Schedule::from_text("1 2 1 2"), options).verdict, Verdict::holds);
}

TEST(Replay, records_events_with_names_values_and_footprints) {
  const Recording recording = record(chooser, *Schedule::from_text("=2 1 2"));
  std::string text;
  for (const Event& event : recording.trace.events()) {
    if (executes_at_once(event.operation.kind) && event.operation.kind != OperationKind::choice) continue;
    text += std::string(recording.trace.thread_names()[event.thread]) + " " +
            std::string(to_text(event.operation.kind)) + " " + recording.trace.object_name(event.operation.object) +
            " " + event.text + "; ";
  }
  EXPECT_EQ(text, "a choice  -> 2; a atomic_store x 2; b atomic_load x -> 2; ");
  EXPECT_EQ(recording.trace.preemptions, 0u);
}

TEST(Replay, of_any_schedule_is_the_same_trace_every_time) {
  const Options options = to_the_end(Strategy::dfs);
  const Report report = explore(known::philosophers<3>, options);
  const Schedule schedule = violation_of(report, "deadlock").schedule;
  const Recording first = record(known::philosophers<3>, schedule);
  const Recording second = record(known::philosophers<3>, schedule);
  ASSERT_EQ(first.trace.events().size(), second.trace.events().size());
  for (std::size_t i = 0; i < first.trace.events().size(); ++i) {
    EXPECT_EQ(first.trace.events()[i].operation, second.trace.events()[i].operation);
    EXPECT_EQ(first.trace.events()[i].value, second.trace.events()[i].value);
    EXPECT_EQ(first.trace.events()[i].footprint, second.trace.events()[i].footprint);
  }
}

TEST(BreadthFirst, finds_a_shortest_schedule_of_each_property) {
  const auto program = [] {
    atomic<int> x{0};
    thread a([&] {
      for (int i = 0; i < 6; ++i) x.fetch_add(1);
    });
    thread b([&] {
      const int seen = x.load();
      expect(seen < 2, "below-two");
      expect(seen < 5, "below-five");
    });
    a.join();
    b.join();
  };
  const Report report = explore(program, stateful(Order::breadth_first));
  EXPECT_EQ(violation_of(report, "below-two").schedule.to_text(), "1 1 2");
  EXPECT_EQ(violation_of(report, "below-five").schedule.to_text(), "1 1 1 1 1 2");
  EXPECT_EQ(violated_in(explore(program, to_the_end(Strategy::dfs))), violated_in(report));
}

TEST(Recording, of_a_program_that_is_not_self_contained_says_so) {
  int runs = 0;
  const auto program = [&runs] { check(++runs % 2 == 0, "even-run"); };
  Options options = to_the_end(Strategy::dfs);
  options.check_self_contained = false;
  const Report report = explore(program, options);
  EXPECT_NE(violation_of(report, "even-run").detail.find("the program is not self-contained"), std::string::npos);
}

TEST(Replay, finds_a_data_race_behind_another_violation) {
  const auto program = [] {
    shared<int> plain;
    thread a([&] {
      expect(false, "first");
      plain.store(1);
    });
    thread b([&] { plain.store(2); });
    a.join();
    b.join();
  };
  const Options options{.stop_at_first_violation = false};
  const Report report = explore(program, options);
  const auto race = std::ranges::find(report.violations, "data-race", &Violation::property);
  ASSERT_NE(race, report.violations.end());
  const Report again = replay(program, race->schedule, options);
  ASSERT_EQ(again.violations.size(), 2u);
  EXPECT_EQ(again.violations[0].property, "first");
  EXPECT_EQ(again.violations[1].property, "data-race");
}
