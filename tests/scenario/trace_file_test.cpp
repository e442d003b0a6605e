#include "scenario/trace_file.hpp"

#include <gtest/gtest.h>

#include "report/trace_writer.hpp"
#include "scenario/test_vocabulary.hpp"

namespace sim::scenario {
namespace {

report::TraceHeader header() {
  return {.scenario = "kb1",
          .title = "A title",
          .model = "counter",
          .parameters = Parameters({{"atomic", false},
                                    {"label", std::string("x")},
                                    {"selection", std::string("critical-section")},
                                    {"threads", std::int64_t{3}}}),
          .explore = {{"time", std::string("free")}, {"max_steps", std::int64_t{500}}, {"stack", std::int64_t{65536}}},
          .program = {},
          .property = "no-lost-update",
          .detail = "1 instead of 2"};
}

Trace trace() {
  Trace result;
  result.name_thread(0, "main");
  result.name_thread(1, "T1");
  result.name_object(7, "counter");
  result.append({0, 0, {OperationKind::thread_spawn, no_object}, 1, {}, {}, {}});
  result.append({1, 0, {OperationKind::atomic_load, 7}, 0, "-> 0", {}, {"sender.log: Found \"it\"\n"}});
  result.append({1, 1, {OperationKind::choice, no_object}, 2, "2 of 3", {}, {}});
  result.append({0, 1, {OperationKind::atomic_store, 7}, ~std::uint64_t{0}, "-1", {}, {}});
  return result;
}

Schedule schedule() {
  Schedule result;
  result.append_thread(1);
  result.append_value(2);
  result.append_thread(0);
  return result;
}

std::string written() {
  return report::trace_file_text(header(), schedule(), trace());
}

std::string error_of(const std::string& text) {
  const auto result = parse_trace(text, "t.trace", test_vocabulary());
  return result ? "no error" : result.error().to_text();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(TraceFile, is_json_lines_with_a_header) {
  EXPECT_EQ(written(),
            R"({"format":"racewalk-trace","version":1,"scenario":{"name":"kb1","title":"A title","model":"counter",)"
            R"("parameters":{"atomic":false,"label":"x","selection":"critical-section","threads":3},)"
            R"("explore":{"time":"free","max_steps":500,"stack":65536}},"property":"no-lost-update",)"
            R"("detail":"1 instead of 2","threads":["main","T1"],"schedule":"1 =2 0","steps":4,)"
            R"("digest":"aaa82a65b0467e91dd8ff147f8e22811"})"
            "\n"
            R"({"thread":0,"op":"thread_spawn","value":1})"
            "\n"
            R"({"thread":1,"op":"atomic_load","object":"counter","value":0,"text":"-> 0",)"
            R"("notes":["sender.log: Found \"it\"\n"]})"
            "\n"
            R"({"thread":1,"op":"choice","value":2,"text":"2 of 3"})"
            "\n"
            R"({"thread":0,"op":"atomic_store","object":"counter","value":18446744073709551615,"text":"-1"})"
            "\n");
}

TEST(TraceFile, reads_back_what_was_written) {
  const auto read = parse_trace(written(), "t.trace", test_vocabulary());
  ASSERT_TRUE(read) << read.error().to_text();
  ASSERT_TRUE(read->scenario.has_value());
  EXPECT_EQ(read->scenario->name, "kb1");
  EXPECT_EQ(read->scenario->title, "A title");
  EXPECT_EQ(read->scenario->model, "counter");
  EXPECT_EQ(read->scenario->parameters.values(), header().parameters.values());
  EXPECT_EQ(read->scenario->explore.time, "free");
  EXPECT_EQ(read->scenario->explore.max_steps, 500u);
  EXPECT_EQ(read->scenario->explore.stack, 65536u);
  EXPECT_EQ(read->property, "no-lost-update");
  EXPECT_EQ(read->detail, "1 instead of 2");
  EXPECT_EQ(read->threads, (std::vector<std::string>{"main", "T1"}));
  ASSERT_EQ(read->schedule.size(), 3u);
  EXPECT_EQ(read->schedule[0].value, 1u);
  EXPECT_FALSE(read->schedule[0].is_value);
  EXPECT_EQ(read->schedule[1].value, 2u);
  EXPECT_TRUE(read->schedule[1].is_value);
  ASSERT_EQ(read->steps.size(), 4u);
  EXPECT_EQ(read->steps[1].thread, 1u);
  EXPECT_EQ(read->steps[1].operation, "atomic_load");
  EXPECT_EQ(read->steps[1].object, "counter");
  EXPECT_EQ(read->steps[1].text, "-> 0");
  EXPECT_EQ(read->steps[1].notes, std::vector<std::string>{"sender.log: Found \"it\"\n"});
  EXPECT_EQ(read->steps[1].line, 3u);
  EXPECT_EQ(read->steps[3].value, ~std::uint64_t{0});
}

TEST(TraceFile, of_an_execution_that_never_ends_says_where_its_cycle_begins) {
  Schedule endless = schedule();
  endless.set_cycle(2);
  const std::string text = report::trace_file_text(header(), endless, trace());
  EXPECT_NE(text.find(R"("schedule":"1 =2 | 0","cycle":2,"steps":4,)"), std::string::npos) << text;
  const auto read = parse_trace(text, "t.trace", test_vocabulary());
  ASSERT_TRUE(read) << read.error().to_text();
  EXPECT_EQ(read->cycle, 2u);
  EXPECT_EQ(read->schedule.size(), 3u);
  EXPECT_EQ(error_of(replaced(text, "\"cycle\":2", "\"cycle\":1")),
            "t.trace:1:351: \"cycle\" is 1, but \"schedule\" has its bar behind 2 choices");
  EXPECT_EQ(error_of(replaced(text, "=2 | 0", "=2 0")), "t.trace:1:349: \"cycle\" is 2, but \"schedule\" has no bar");
  EXPECT_EQ(error_of(replaced(text, "\"cycle\":2,", "")), "t.trace:1:1: the field \"cycle\" is missing");
  for (const char* const wrong : {"=2 0 |", "=2 0 | ", "=2 | | 0", "=2 |0"}) {
    EXPECT_NE(error_of(replaced(text, "=2 | 0", wrong)), "") << wrong;
  }
}

TEST(TraceFile, of_a_library_program_names_it) {
  report::TraceHeader of_program;
  of_program.program = "my_test";
  const auto read = parse_trace(report::trace_file_text(of_program, schedule(), trace()), "t.trace", test_vocabulary());
  ASSERT_TRUE(read) << read.error().to_text();
  EXPECT_EQ(read->program, "my_test");
  EXPECT_FALSE(read->scenario.has_value());
}

TEST(TraceFile, survives_names_that_are_no_utf8) {
  Trace odd = trace();
  odd.name_thread(1, "\xff");
  const auto read = parse_trace(report::trace_file_text(header(), schedule(), odd), "t.trace", test_vocabulary());
  ASSERT_TRUE(read) << read.error().to_text();
  EXPECT_EQ(read->threads[1], "\xef\xbf\xbd");
}

TEST(TraceFile, is_refused_if_it_is_something_else) {
  EXPECT_EQ(error_of(""), "t.trace: the file is empty; a trace begins with a header line");
  EXPECT_EQ(error_of("name = \"a\"\n"), "t.trace:1:1: this is no racewalk trace: its first line is not a trace header");
  EXPECT_EQ(error_of(std::string(1000, '\x93')),
            "t.trace:1:1: this is no racewalk trace: its first line is not a trace header");
  EXPECT_EQ(
      error_of(replaced(written(), "\"version\":1", "\"version\":2")),
      "t.trace:1:38: the trace has format version 2, this racewalk reads version 1; use the version that recorded it, "
      "or record it again with `racewalk check`");
}

TEST(TraceFile, is_refused_if_it_is_cut_anywhere) {
  const std::string text = written();
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    ASSERT_FALSE(parse_trace(std::string_view(text).substr(0, length), "t.trace", test_vocabulary())) << length;
  }
  const std::size_t last = text.rfind("{\"thread\"");
  EXPECT_EQ(error_of(text.substr(0, last)),
            "t.trace:4: the trace ends after 3 of 4 steps: it was truncated; record it again with `racewalk check`");
  EXPECT_EQ(error_of(text.substr(0, last + 11)), "t.trace:5:12: the line ends in the middle: the file was truncated");
}

TEST(TraceFile, is_refused_if_a_step_is_malformed) {
  EXPECT_EQ(error_of(replaced(written(), "{\"thread\":1", "{\"thread\":x")), "t.trace:3:11: malformed JSON");
  EXPECT_EQ(error_of(replaced(written(), "{\"thread\":1", "{\"thread\":-1")),
            "t.trace:3:11: \"thread\" must be a whole number from 0");
  EXPECT_EQ(error_of(replaced(written(), "{\"thread\":1", "{\"thread\":1000000000")),
            "t.trace:3:11: \"thread\" is 1000000000, but the header names 2 threads");
  EXPECT_EQ(error_of(replaced(written(), "\"op\":\"choice\"", "\"op\":3")), "t.trace:4:18: \"op\" must be a string");
  EXPECT_EQ(error_of(replaced(written(), "\"op\":\"choice\",", "")), "t.trace:4:1: the field \"op\" is missing");
  EXPECT_EQ(error_of(written() + "{}\n"), "t.trace:6:1: there is more after the 4 steps that the header states");
}

TEST(TraceFile, is_refused_if_its_header_claims_the_impossible) {
  EXPECT_EQ(error_of(replaced(written(), "\"steps\":4", "\"steps\":1000000000000")),
            "t.trace:1:349: \"steps\" is 1000000000000; this version reads at most 10000000");
  EXPECT_EQ(error_of(replaced(written(), "[\"main\",\"T1\"]", "[]")),
            "t.trace:1:1: \"threads\" must name at least one thread");
  std::string many = "[\"0\"";
  for (int i = 0; i < 100; ++i) many += ",\"x\"";
  EXPECT_EQ(error_of(replaced(written(), "[\"main\",\"T1\"]", many + "]")),
            "t.trace:1:307: \"threads\" has 101 elements; this version reads at most 64");
  EXPECT_EQ(error_of(replaced(written(), "1 =2 0", "1 =2 2")),
            "t.trace:1:338: choice 3 of \"schedule\" is thread 2, but \"threads\" names 2");
  EXPECT_EQ(
      error_of(replaced(written(), "1 =2 0", "1  =2 0")),
      "t.trace:1:335: \"schedule\" is malformed at choice 2: expected thread numbers, and chosen values behind \"=\", "
      "separated by single spaces");
  EXPECT_EQ(
      error_of(replaced(written(), "1 =2 0", "99999999999")),
      "t.trace:1:333: \"schedule\" is malformed at choice 1: expected thread numbers, and chosen values behind \"=\", "
      "separated by single spaces");
}

TEST(TraceFile, is_refused_if_its_scenario_does_not_fit_the_model) {
  const auto other = [](const std::string& column, const std::string& what) {
    return "t.trace:1:" + column +
           ": the trace was recorded from another scenario or another version of the model: " + what;
  };
  EXPECT_EQ(error_of(replaced(written(), "\"model\":\"counter\"", "\"model\":\"sms\"")),
            other("91", "there is no model \"sms\"; known: counter, philosophers"));
  EXPECT_EQ(error_of(replaced(written(), "\"threads\":3", "\"thread\":3")),
            other("173", "model \"counter\" has no parameter \"thread\"; did you mean \"threads\"?"));
  EXPECT_EQ(error_of(replaced(written(), ",\"threads\":3", "")),
            other("51", "parameter \"threads\" of model \"counter\" is missing"));
  EXPECT_EQ(error_of(replaced(written(), "\"threads\":3", "\"threads\":1000000000")),
            other("183", "threads is 1000000000, outside its range of 1 to 8 threads"));
  EXPECT_EQ(error_of(replaced(written(), "\"threads\":3", "\"threads\":18446744073709551615")),
            other("183", "threads must be an integer, not the integer 18446744073709551615"));
  EXPECT_EQ(error_of(replaced(written(), ",\"stack\":65536", "")), other("51", "the key explore.stack is missing"));
  EXPECT_EQ(error_of(replaced(written(), "\"title\":\"A title\",", "")), other("51", "the key title is missing"));
  EXPECT_EQ(error_of(replaced(written(), "\"stack\":65536", "\"stack\":65536,\"seed\":7")),
            other("248", "a trace holds no explore.seed"));
  EXPECT_EQ(error_of(replaced(written(), "\"explore\":", "\"expect\":{},\"explore\":")),
            other("186", "a trace holds no section \"expect\""));
}

TEST(TraceFile, is_refused_if_it_holds_what_no_trace_holds) {
  EXPECT_EQ(error_of(replaced(written(), "\"version\":1", "\"version\":1,\"detial\":\"x\"")),
            "t.trace:1:40: unknown field \"detial\"; did you mean \"detail\"?");
  EXPECT_EQ(error_of(replaced(written(), "\"version\":1", "\"version\":1,\"program\":\"p\"")),
            "t.trace:1:54: unknown field \"scenario\"; known: format, version, program, property, detail, threads, "
            "schedule, cycle, steps, digest");
  EXPECT_EQ(error_of(replaced(written(), "\"op\":\"choice\"", "\"op\":\"choice\",\"note\":[]")),
            "t.trace:4:27: unknown field \"note\"; did you mean \"notes\"?");
  EXPECT_EQ(error_of(replaced(written(), "\"op\":\"choice\"", "\"op\":\"choice\",\"op\":\"choice\"")),
            "t.trace:4:27: the key \"op\" is set twice");
  EXPECT_EQ(error_of(replaced(written(), "\"max_steps\":500", "\"max_steps\":2")),
            "t.trace:1:330: \"schedule\" has 3 choices, but max_steps = 2 cuts every execution before");
}

TEST(TraceFile, has_columns_that_count_characters) {
  const std::string odd = replaced(written(), "\"title\":\"A title\"", "\"title\":\"\xc3\xa9\xc3\xa9 [{,:\"");
  EXPECT_EQ(error_of(replaced(odd, "\"threads\":3", "\"threads\":\"3\"")),
            "t.trace:1:183: the trace was recorded from another scenario or another version of the model: threads must "
            "be an integer, not the string \"3\"");
  EXPECT_EQ(error_of(replaced(odd, "\"threads\":3}", "\"threads\":3]")), "t.trace:1:184: malformed JSON");
}

TEST(TraceFile, knows_whether_it_is_as_it_was_written) {
  const auto altered = [](const std::string& text) {
    const auto read = parse_trace(text, "t.trace", test_vocabulary());
    EXPECT_TRUE(read) << read.error().to_text();
    return read && read->altered;
  };
  EXPECT_FALSE(altered(written()));
  EXPECT_TRUE(altered(replaced(written(), "\"max_steps\":500", "\"max_steps\":501")));
  EXPECT_TRUE(altered(replaced(written(), "A title", "Another")));
  EXPECT_TRUE(altered(replaced(written(), "-> 0", "-> 1")));
  EXPECT_TRUE(altered(replaced(written(), "\"digest\":\"aaa8", "\"digest\":\"bbb8")));
  EXPECT_TRUE(altered(replaced(written(), "\"digest\":", "\"digest\": ")));
  const std::size_t digest = written().find(",\"digest\"");
  EXPECT_FALSE(altered(written().erase(digest, written().find('}', digest) - digest)));  // As the first traces.
}

}  // namespace
}  // namespace sim::scenario
