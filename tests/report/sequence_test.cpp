#include "report/sequence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fixtures.hpp"
#include "golden/golden.hpp"
#include "report/font.hpp"
#include "report/sequence_layout.hpp"
#include "report/text.hpp"

namespace sim::report {
namespace {

/// What `dot -Tsvg` makes of `text`; its complaints fail the test. Empty if there is no dot.
std::string drawn(const std::string& text) {
  if (std::system("command -v dot > /dev/null") != 0) return {};
  const std::string stem =
      testing::TempDir() + "racewalk_" + testing::UnitTest::GetInstance()->current_test_info()->name();
  std::ofstream(stem + ".dot", std::ios::binary) << text;
  const std::string command = "dot -Tsvg '" + stem + ".dot' -o '" + stem + ".svg' 2> '" + stem + ".err'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(std::filesystem::file_size(stem + ".err"), 0U) << "see " << stem << ".err";
  std::ifstream svg(stem + ".svg", std::ios::binary);
  return {std::istreambuf_iterator<char>(svg), {}};
}

TEST(SequenceDiagram, draws_the_lost_update) {
  const std::string dot = sequence_dot(lost_update(), {"lost_update: two threads add one", "violated: no_lost_update"});
  expect_golden("sequence_lost_update.dot", dot);
  drawn(dot);
}

TEST(SequenceDiagram, draws_the_race_of_the_article) {
  const std::string dot =
      sequence_dot(kb885278(), {"kb885278: two sending threads select one request", "violated: no-sharing-violation"});
  expect_golden("sequence_kb885278.dot", dot);
  const std::string svg = drawn(dot);
  if (svg.empty()) GTEST_SKIP() << "dot is not installed";
  EXPECT_NE(svg.find(R"(\\SMSServer\SMS_SITE\2_K1Q0P0.PCK)"), std::string::npos);
}

TEST(SequenceDiagram, has_room_for_many_events) {
  const Trace trace = kb885278_double_send();
  EXPECT_GT(trace.scheduled_steps(), 60U);
  drawn(sequence_dot(trace, {"kb885278: the package arrives twice", "violated: no-double-send"}));
}

TEST(SequenceDiagram, escapes_whatever_names_contain) {
  TraceBuilder b;
  const ThreadId one = b.thread("<b>&\"one\"\\"), two = b.thread("\\N\n\x1b");
  b.step(one, OperationKind::atomic_store, R"(&amp; <\N> "x")", AccessMode::write, "</td> \\", {"--> \\G ]]> \xff"});
  b.step(two, OperationKind::atomic_load, R"(&amp; <\N> "x")", AccessMode::read, "-> <!--");
  const std::string svg = drawn(sequence_dot(b.trace(), {"<i>\\", "violated: \"&\\"}));
  if (svg.empty()) GTEST_SKIP() << "dot is not installed";
  EXPECT_NE(svg.find(R"(&amp;amp; &lt;\N&gt; &quot;x&quot;)"), std::string::npos) << svg;
}

TEST(SequenceDiagram, marks_nothing_where_nothing_broke) {
  EXPECT_EQ(sequence_dot(lost_update(), {"lost_update", "holds"}).find("#cf222e"), std::string::npos);
}

TEST(SequenceDiagram, says_so_if_the_property_broke_after_the_last_step) {
  TraceBuilder b;
  const ThreadId main = b.thread("main");
  b.step(main, OperationKind::atomic_load, "x", AccessMode::read, "-> 1").about(main, OperationKind::thread_exit);
  const std::string dot = sequence_dot(b.trace(), {"", "violated: p"});
  EXPECT_NE(dot.find("violated: p (after the last step)"), std::string::npos);
  drawn(dot);
}

TEST(SequenceDiagram, tells_what_was_observed) {
  const std::string detail = "main in thread_join, t1 in mutex_lock <b>, t2 in mutex_lock a";
  const std::string dot = sequence_dot(lost_update(), {"deadlock", "violated: deadlock", detail});
  EXPECT_NE(dot.find("detail0 ["), std::string::npos);
  EXPECT_NE(dot.find("mutex_lock &lt;b&gt;"), std::string::npos);
  const std::string many =
      sequence_dot(lost_update(), {"deadlock", "violated: deadlock", std::string(999, 'x') + " y"});
  EXPECT_EQ(many.find("detail3 ["), std::string::npos);
  drawn(dot);
  drawn(many);
}

TEST(SequenceDiagram, says_where_a_cycle_begins) {
  EXPECT_EQ(sequence_dot(lost_update(), {"l", "violated: livelock"}).find("what follows"), std::string::npos);
  Trace trace = lost_update();
  for (trace.cycle = 0; step_numbers(trace)[*trace.cycle] != 3;) ++*trace.cycle;
  const std::string dot = sequence_dot(trace, {"l", "violated: livelock"});
  EXPECT_NE(dot.find("what follows repeats for ever"), std::string::npos);
  const Labels labels(trace, Shortening::front);
  const SequenceLayout layout = lay_out(trace, labels, 0);
  ASSERT_TRUE(layout.cycle_y.has_value());
  for (const SequenceLayout::Box& box : layout.boxes) {
    const bool repeats = box.event >= *trace.cycle;
    EXPECT_EQ(box.y > *layout.cycle_y, repeats) << box.event;
    EXPECT_GE(std::abs(box.y - *layout.cycle_y), box.height / 2 + 8) << "room for a line of text";
  }
  drawn(dot);
}

TEST(SequenceDiagram, draws_a_trace_without_events) {
  drawn(sequence_dot(Trace(), {"nothing", "holds"}));
}

TEST(SequenceDiagram, draws_sixty_threads) {
  drawn(sequence_dot(lock_order(60), {"philosophers", "violated: deadlock"}));
}

/// The vertical parts of arrows from different events that overlap must differ in x.
TEST(SequenceDiagram, gives_each_arrow_a_lane_of_its_own) {
  TraceBuilder b;
  const ThreadId one = b.thread("one"), two = b.thread("two");
  using enum OperationKind;
  b.step(two, atomic_store, "x", AccessMode::write, "1");
  b.step(one, atomic_store, "y", AccessMode::write, "1");
  b.step(two, atomic_load, "y", AccessMode::read, "-> 1");
  b.step(one, atomic_load, "x", AccessMode::read, "-> 1");
  const SequenceLayout layout = lay_out(b.trace(), Labels(b.trace(), Shortening::none), 0);
  ASSERT_EQ(layout.paths.size(), 2U);
  EXPECT_NE(layout.paths[0].corners[1].x, layout.paths[1].corners[1].x);
}

TEST(Font, knows_how_wide_text_is) {
  EXPECT_DOUBLE_EQ(text_width("ii", 10), 2 * 2.22);
  EXPECT_LE(text_width(fitted("a long name that does not fit", 9, 60), 9), 60);
  EXPECT_EQ(wrapped_to("one two three four", 10, 40, 2), (std::vector<std::string>{"one two", "thr...our"}));
}

}  // namespace
}  // namespace sim::report
