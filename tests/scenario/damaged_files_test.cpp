// Whatever happens to a file on its way, reading it ends with a value or with an error for people.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "report/trace_writer.hpp"
#include "scenario/scenario.hpp"
#include "scenario/test_vocabulary.hpp"
#include "scenario/trace_file.hpp"

namespace sim::scenario {
namespace {

constexpr std::string_view scenario_text = R"(name = "a"
title = "A title"
model = "counter"
[parameters]
threads = 3
selection = "critical-section"
[explore]
strategy = "stateful"
order = "breadth-first"
max_memory = "8GiB"
[expect]
verdict = "violated"
properties = ["no-lost-update", "deadlock"]
)";

std::string trace_text() {
  const report::TraceHeader header{
      .scenario = "a",
      .title = "A title",
      .model = "counter",
      .parameters = Parameters::defaults(test_vocabulary().models[0].parameters),
      .explore = {{"time", std::string("free")}, {"max_steps", std::int64_t{500}}, {"stack", std::int64_t{65536}}},
      .program = {},
      .property = "no-lost-update",
      .detail = "1 instead of 2"};
  Schedule schedule;
  Trace trace;
  trace.name_thread(1, "T1");
  trace.name_object(7, "counter");
  for (std::uint32_t i = 0; i < 6; ++i) {
    schedule.append_thread(i % 2);
    trace.append({i % 2, i / 2, {OperationKind::atomic_load, 7}, i, "-> 1", {}, {"a note"}});
  }
  return report::trace_file_text(header, schedule, trace);
}

/// `text` after a few accidents: bytes changed, removed, repeated, the end cut off.
std::string damaged(std::string text) {
  const int accidents = *rc::gen::inRange(1, 5);
  for (int i = 0; i < accidents && !text.empty(); ++i) {
    const auto at = static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(text.size())));
    const auto length = static_cast<std::size_t>(*rc::gen::inRange(1, 20));
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        text[at] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

void expect_one_line(const InputError& error) {
  RC_ASSERT(!error.message.empty());
  RC_ASSERT(error.message.find('\n') == std::string::npos);
  RC_ASSERT(error.message.size() < 1000);
}

RC_GTEST_PROP(DamagedScenario, is_read_or_refused_in_one_line, ()) {
  const auto result = parse_scenario(damaged(std::string(scenario_text)), "s.toml", test_vocabulary());
  if (!result) expect_one_line(result.error());
}

RC_GTEST_PROP(DamagedTrace, is_read_or_refused_in_one_line, ()) {
  const auto result = parse_trace(damaged(trace_text()), "t.trace", test_vocabulary());
  if (!result) expect_one_line(result.error());
}

RC_GTEST_PROP(Noise, is_refused_in_one_line, (const std::string& noise)) {
  const auto trace = parse_trace(noise, "t.trace", test_vocabulary());
  RC_ASSERT(!trace);
  expect_one_line(trace.error());
  const auto scenario = parse_scenario(noise, "s.toml", test_vocabulary());
  RC_ASSERT(!scenario);
  expect_one_line(scenario.error());
}

TEST(DeepTrace, is_refused_without_being_followed) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  const auto result = parse_trace(
      "{\"format\":\"racewalk-trace\",\"version\":1,\"property\":\"\",\"detail\":\"\",\"threads\":[\"main\"],"
      "\"schedule\":\"\",\"steps\":0,\"scenario\":{\"name\":\"a\",\"model\":\"counter\",\"parameters\":" +
          deep + "}}\n",
      "t.trace", test_vocabulary());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().to_text(),
            "t.trace:1:163: the trace was recorded from another scenario or another version of the model: parameters "
            "must be a "
            "section, [parameters], not a list");
}

TEST(WideTrace, is_refused_in_time) {
  std::string wide = "{\"format\":\"racewalk-trace\"";
  for (int i = 0; i < 300'000; ++i) wide += ",\"" + std::to_string(i) + "\":0";
  const auto result = parse_trace(wide + "}\n", "t.trace", test_vocabulary());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().to_text(), "t.trace:1:1: the field \"version\" is missing");
}

}  // namespace
}  // namespace sim::scenario
