#include <nlohmann/json.hpp>

#include "cli/tool.hpp"

namespace sim::cli {
namespace {

using Json = nlohmann::json;

class ReplayCommand : public ToolWithTrace {
 protected:
  void SetUp() override {
    ToolWithTrace::SetUp();
    trace_ = read(lost_trace_);
  }

  /// Standard error of replaying the trace with one text in it replaced.
  std::string error_with(const std::string& from, const std::string& to) const {
    std::string edited = trace_;
    const std::size_t at = edited.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at == std::string::npos) return {};
    write("edited.trace", edited.replace(at, from.size(), to));
    const Outcome outcome = run({"replay", "edited.trace"});
    EXPECT_EQ(outcome.status, 2) << outcome.out;
    EXPECT_EQ(outcome.out, "");
    return outcome.err;
  }

  std::string trace_;
};

TEST_F(ReplayCommand, prints_the_same_events_and_the_same_verdict) {
  const Outcome outcome = run({"replay", lost_trace_});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, R"(lost: Two threads lose an update
violated: no-lost-update          7 steps, 2 preemptions, schedule 1 2 1 1 2 2 0
1 instead of 2
step  main                      adder 1                   adder 2
1                               atomic_load counter -> 0
2                                                         atomic_load counter -> 0
3                               atomic_store counter 1
4                               atomic_load counter -> 1
5                                                         atomic_store counter 1
6                                                         atomic_load counter -> 1
7 >   atomic_load counter -> 1
counter.log:
  read 0
  read 0
  wrote 1
  wrote 1
replayed: violated no-lost-update, as recorded
)");
  EXPECT_EQ(run({"replay", "racewalk-out/lost.no-stale-total.trace"}).status, 0);
}

TEST_F(ReplayCommand, needs_nothing_but_the_trace) {
  write("lost.toml", "");
  EXPECT_EQ(run({"replay", lost_trace_}).status, 0);
}

TEST_F(ReplayCommand, prints_json) {
  const Json report = Json::parse(run({"replay", lost_trace_, "--format", "json"}).out);
  EXPECT_EQ(report, Json::parse(R"({"format": "racewalk-replay", "version": 1,
      "trace": "racewalk-out/lost.no-lost-update.trace", "scenario": "lost", "model": "counter", "verdict": "violated",
      "property": "no-lost-update", "detail": "1 instead of 2", "as_recorded": true, "steps": 7, "preemptions": 2})"));
}

TEST_F(ReplayCommand, names_the_step_at_which_an_edited_trace_diverges) {
  EXPECT_EQ(error_with("\"op\":\"atomic_store\",\"object\":\"counter\",\"value\":1",
                       "\"op\":\"atomic_store\",\"object\":\"counter\",\"value\":2"),
            "racewalk: edited.trace:8: the replay diverged at step 3 in \"value\": recorded was \"adder 1\" "
            "atomic_store \"counter\" "
            "with value 2, but now it is \"adder 1\" atomic_store \"counter\" with value 1\n");
  EXPECT_EQ(error_with("{\"thread\":2,\"op\":\"atomic_load\"", "{\"thread\":1,\"op\":\"atomic_load\""),
            "racewalk: edited.trace:7: the replay diverged at step 2 in \"thread\": recorded was \"adder 1\" "
            "atomic_load \"counter\" "
            "with value 0, but now it is \"adder 2\" atomic_load \"counter\" with value 0\n");
  EXPECT_EQ(error_with("\"op\":\"atomic_load\"", "\"op\":\"atomic_lode\""),
            "racewalk: edited.trace:6: the replay diverged at step 1 in \"op\": recorded was \"adder 1\" atomic_lode "
            "\"counter\" "
            "with value 0, but now it is \"adder 1\" atomic_load \"counter\" with value 0\n");
  EXPECT_EQ(error_with("\"object\":\"counter\"", "\"object\":\"count\""),
            "racewalk: edited.trace:6: the replay diverged at step 1 in \"object\": recorded was \"adder 1\" "
            "atomic_load \"count\" "
            "with value 0, but now it is \"adder 1\" atomic_load \"counter\" with value 0\n");
}

TEST_F(ReplayCommand, names_the_step_at_which_an_edited_schedule_diverges) {
  EXPECT_EQ(error_with("1 2 1 1 2 2 0", "1 1 2 1 2 2 0"),
            "racewalk: edited.trace:7: the replay diverged at step 2 in \"thread\": recorded was \"adder 2\" "
            "atomic_load \"counter\" "
            "with value 0, but now it is \"adder 1\" atomic_store \"counter\" with value 1\n");
  EXPECT_EQ(error_with("1 2 1 1 2 2 0", "1 2 1 1 1 2 0"),
            "racewalk: edited.trace:11: the replay diverged at step 5: the execution ended before it: step 5: the "
            "schedule runs thread 1, which cannot run here\n");
  EXPECT_EQ(
      error_with("1 2 1 1 2 2 0", "=0 2 1 1 2 2 0"),
      "racewalk: edited.trace:6: the replay diverged at step 1: the execution ended before it: step 1: the schedule "
      "chooses a value, but the program is at a scheduling point\n");
  EXPECT_EQ(
      error_with("1 2 1 1 2 2 0", "1 2 1 1 2 2"),
      "racewalk: edited.trace:15: the replay diverged at step 7: the execution ended before it: the schedule ends "
      "before step 7, where the program goes on\n");
}

TEST_F(ReplayCommand, refuses_a_trace_of_another_scenario) {
  EXPECT_EQ(error_with("\"threads\":2", "\"threads\":3"),
            "racewalk: edited.trace:4: the replay diverged before step 1 in \"thread\": recorded was \"adder 1\" "
            "thread_start with value 1, "
            "but now it is \"main\" thread_spawn with value 3\n");
  EXPECT_EQ(error_with("\"atomic\":false", "\"atomic\":true"),
            "racewalk: edited.trace:6: the replay diverged at step 1 in \"op\": recorded was \"adder 1\" atomic_load "
            "\"counter\" "
            "with value 0, but now it is \"adder 1\" atomic_rmw \"counter\" with value 0\n");
  EXPECT_EQ(
      error_with("\"property\":\"no-lost-update\"", "\"property\":\"deadlock\""),
      "racewalk: edited.trace:1: the replay diverged: recorded was a violation of \"deadlock\", but now it is one of "
      "\"no-stale-total\"\n");
  EXPECT_EQ(
      error_with("\"model\":\"counter\"", "\"model\":\"sms\""),
      "racewalk: edited.trace:1:111: the trace was recorded from another scenario or another version of the model: "
      "there is no model \"sms\"; known: counter, lamp\n");
}

TEST_F(ReplayCommand, refuses_a_trace_that_is_cut_or_of_another_version) {
  EXPECT_EQ(
      error_with("\"version\":1", "\"version\":9"),
      "racewalk: edited.trace:1:38: the trace has format version 9, this racewalk reads version 1; use the version "
      "that recorded it, or record it again with `racewalk check`\n");
  write("cut.trace", trace_.substr(0, trace_.size() - 20));
  const Outcome outcome = run({"replay", "cut.trace"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "racewalk: cut.trace:15:56: the line ends in the middle: the file was truncated\n");
  EXPECT_EQ(error_with("[\"main\",\"adder 1\",\"adder 2\"]", "1000000000"),
            "racewalk: edited.trace:1:300: \"threads\" must be a list of strings\n");
}

TEST_F(ReplayCommand, names_the_field_of_a_step_that_was_edited) {
  EXPECT_EQ(error_with("\"text\":\"-> 0\"", "\"text\":\"-> 7\""),
            "racewalk: edited.trace:6: the replay diverged at step 1 in \"text\": recorded was \"-> 7\", but now it is "
            "\"-> 0\"\n");
  EXPECT_EQ(error_with(",\"text\":\"-> 0\"", ""),
            "racewalk: edited.trace:6: the replay diverged at step 1 in \"text\": recorded was \"\", but now it is "
            "\"-> 0\"\n");
  EXPECT_EQ(error_with("counter.log: read 0", "counter.log: read 1"),
            "racewalk: edited.trace:6: the replay diverged at step 1 in \"notes\": of number 1, recorded was "
            "\"counter.log: read 1\", but now it is \"counter.log: read 0\"\n");
  EXPECT_EQ(error_with("\"counter.log: read 0\"", "\"counter.log: read 0\",\"\""),
            "racewalk: edited.trace:6: the replay diverged at step 1 in \"notes\": recorded were 2, but now there are "
            "1\n");
  const std::string end(100, 'x');  // A difference far behind is shown from shortly before it.
  EXPECT_EQ(error_with("counter.log: read 0", "counter.log: read 0" + end),
            "racewalk: edited.trace:6: the replay diverged at step 1 in \"notes\": of number 1, recorded was "
            "\"counter.log: read 0" +
                end.substr(0, 61) + "...\", but now it is \"counter.log: read 0\"\n");
}

TEST_F(ReplayCommand, names_the_field_of_the_header_that_was_edited) {
  EXPECT_EQ(
      error_with("1 instead of 2", "0 instead of 2"),
      "racewalk: edited.trace:1: the replay diverged in \"detail\": recorded was \"0 instead of 2\", but now it is "
      "\"1 instead of 2\"\n");
  EXPECT_EQ(
      error_with("[\"main\",\"adder 1\"", "[\"main\",\"adder one\""),
      "racewalk: edited.trace:1: the replay diverged in \"threads\": of number 2, recorded was \"adder one\", but "
      "now it is \"adder 1\"\n");
  EXPECT_EQ(error_with("\"adder 2\"]", "\"adder 2\",\"adder 3\"]"),
            "racewalk: edited.trace:1: the replay diverged in \"threads\": recorded were 4, but now there are 3\n");
  EXPECT_EQ(error_with("1 2 1 1 2 2 0", "1 2 1 1 2 2 0 0"),
            "racewalk: edited.trace:1: the replay diverged in \"schedule\": the program ends after step 7, but the "
            "schedule has 8 steps\n");
}

TEST_F(ReplayCommand, tells_a_trace_from_a_scenario) {
  const Outcome outcome = run({"check", lost_trace_});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err,
            "racewalk: " + lost_trace_ + ":1:1: this is a trace, no scenario; `racewalk replay` runs it again\n");
}

TEST_F(ReplayCommand, refuses_what_no_trace_holds) {
  EXPECT_EQ(
      error_with("\"steps\":14", "\"steps\":14,\"author\":\"me\""),
      "racewalk: edited.trace:1:367: unknown field \"author\"; known: format, version, scenario, property, detail, "
      "threads, schedule, cycle, steps, digest\n");
  EXPECT_EQ(error_with("\"op\":\"atomic_load\"", "\"op\":\"atomic_load\",\"valeu\":1"),
            "racewalk: edited.trace:6:32: unknown field \"valeu\"; did you mean \"value\"?\n");
  EXPECT_EQ(
      error_with("\"max_steps\":10000", "\"max_steps\":6"),
      "racewalk: edited.trace:1:336: \"schedule\" has 7 choices, but max_steps = 6 cuts every execution before\n");
}

// Nothing in the execution depends on these.
TEST_F(ReplayCommand, refuses_a_trace_that_was_edited_without_a_difference) {
  const std::string refusal =
      "racewalk: edited.trace:1: the execution is as recorded, but the file was changed after it was written: its "
      "digest does not fit; record it again with `racewalk check`\n";
  EXPECT_EQ(error_with("\"max_steps\":10000", "\"max_steps\":9999"), refusal);
  EXPECT_EQ(error_with("Two threads", "Some threads"), refusal);
  EXPECT_EQ(error_with("{\"thread\":0,\"op\"", "{ \"thread\":0,\"op\""), refusal);
}

// A violation that does not end the execution ends its schedule; another property has none there.
TEST_F(ReplayCommand, refuses_a_part_of_an_execution_as_one_without_violation) {
  trace_ = read("racewalk-out/lost.no-stale-total.trace");
  EXPECT_EQ(error_with("\"property\":\"no-stale-total\"", "\"property\":\"\""),
            "racewalk: edited.trace:1: the replay diverged: no violation was recorded, but now \"no-stale-total\" is "
            "violated\n");
  std::size_t end_of_first_step = 0;
  for (int line = 0; line < 6; ++line) end_of_first_step = trace_.find('\n', end_of_first_step) + 1;
  trace_.resize(end_of_first_step);
  const std::size_t property = trace_.find("\"property\"");
  trace_.replace(property, trace_.find('\n') - property,
                 "\"property\":\"\",\"detail\":\"\",\"threads\":[\"main\",\"adder 1\",\"adder 2\"],\"schedule\":\"1\","
                 "\"steps\":5}");
  EXPECT_EQ(error_with("\"op\"", "\"op\""),
            "racewalk: edited.trace:1: the replay diverged in \"schedule\": the schedule ends before step 2, where the "
            "program goes on\n");
}

TEST_F(ReplayCommand, leaves_a_trace_of_a_library_program_to_that_program) {
  write("library.trace",
        "{\"format\":\"racewalk-trace\",\"version\":1,\"program\":\"my_test\",\"property\":\"p\",\"detail\":\"\","
        "\"threads\":[\"main\"],\"schedule\":\"0\",\"steps\":0}\n");
  const Outcome outcome = run({"replay", "library.trace"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err,
            "racewalk: library.trace:1: this trace was recorded by the program \"my_test\"; replay it there, with "
            "sim::replay and the schedule in its first line\n");
}

}  // namespace
}  // namespace sim::cli
