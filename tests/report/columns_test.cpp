#include "report/columns.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sstream>
#include <string>

#include "fixtures.hpp"
#include "golden/golden.hpp"
#include "report/label.hpp"
#include "report/text.hpp"

namespace sim::report {
namespace {

std::size_t widest_line(const std::string& text) {
  std::istringstream stream(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(stream, line);) widest = std::max(widest, width_of(line));
  return widest;
}

TEST(Columns, has_one_column_for_each_thread) {
  EXPECT_EQ(columns(lost_update()),
            "step  thread 0                  thread 1\n"
            "1     atomic_load counter -> 0\n"
            "2                               atomic_load counter -> 0\n"
            "3                               atomic_store counter 1\n"
            "4     atomic_store counter 1\n");
}

TEST(Columns, marks_the_last_step_where_asked_to) {
  const std::string text = columns(lost_update(), {.mark_last_step = true});
  EXPECT_NE(text.find("\n4 >   atomic_store counter 1\n"), std::string::npos) << text;
}

TEST(Columns, says_so_if_the_property_broke_after_the_last_step) {
  TraceBuilder b;
  const ThreadId main = b.thread("main");
  b.step(main, OperationKind::atomic_load, "x", AccessMode::read, "-> 1").about(main, OperationKind::thread_exit);
  EXPECT_EQ(columns(b.trace(), {.mark_last_step = true}),
            "step  main\n1     atomic_load x -> 1\nend >  after the last step\n");
}

TEST(Columns, says_where_a_cycle_begins) {
  Trace trace = lost_update();
  for (trace.cycle = 0; step_numbers(trace)[*trace.cycle] != 3;) ++*trace.cycle;
  EXPECT_EQ(columns(trace, {.mark_last_step = true}),
            "step   thread 0                  thread 1\n"
            "1      atomic_load counter -> 0\n"
            "2                                atomic_load counter -> 0\n"
            "cycle  what follows repeats for ever\n"
            "3                                atomic_store counter 1\n"
            "4      atomic_store counter 1\n");
  TraceBuilder b;  // As a list of lines, in which a cycle begins with an event that is not shown.
  for (int i = 0; i < 12; ++i) {
    const ThreadId thread = b.thread("a thread with a long name " + std::to_string(i));
    if (i == 5) b.trace().cycle = b.trace().events().size();
    b.about(thread, OperationKind::thread_start, thread);
    b.step(thread, OperationKind::atomic_load, "x", AccessMode::read, "-> 1");
  }
  const std::string list = columns(b.trace(), {.width = 60});
  EXPECT_EQ(list.find("cycle  what follows repeats for ever\n"), list.find("6      a threa") - 37) << list;
}

TEST(Columns, leaves_out_threads_without_a_step) {
  EXPECT_EQ(columns(kb885278()).find("despooler"), std::string::npos);
}

TEST(Columns, is_empty_for_a_trace_without_steps) {
  EXPECT_EQ(columns(Trace()), "");
}

TEST(Columns, prints_notes_below_their_event) {
  TraceBuilder b;
  const ThreadId main = b.thread("main");
  b.step(main, OperationKind::atomic_load, "x", AccessMode::read, "-> 1",
         {"seen", "sender.log: Found it~  $$<SMS_LAN_SENDER><Wed Nov 06 08:49:37 1996~><thread=D7>"});
  EXPECT_EQ(columns(b.trace(), {.notes = true}),
            "step  main\n1     atomic_load x -> 1\n      | seen\n      | Found it\n");
}

TEST(Columns, keeps_apart_names_that_end_alike) {
  TraceBuilder b;
  const ThreadId one = b.thread("one"), two = b.thread("two");
  b.step(one, OperationKind::file_delete, R"(C:\spool\outgoing\packages\a.pck)", AccessMode::write, "");
  b.step(two, OperationKind::file_delete, R"(C:\spool\incoming\packages\a.pck)", AccessMode::write, "");
  const std::string text = columns(b.trace(), {.width = 80});
  EXPECT_NE(text.find(R"(file_delete outgoing\packages\a.pck)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(file_delete incoming\packages\a.pck)"), std::string::npos) << text;
}

TEST(Columns, aligns_names_that_are_not_ascii) {
  TraceBuilder b;
  const ThreadId one = b.thread("Zähler"), two = b.thread("日本");
  b.step(one, OperationKind::atomic_load, "größe", AccessMode::read, "-> 1");
  b.step(two, OperationKind::atomic_load, "größe", AccessMode::read, "-> 1");
  EXPECT_EQ(columns(b.trace()),
            "step  Zähler                  日本\n"
            "1     atomic_load größe -> 1\n"
            "2                             atomic_load größe -> 1\n");
}

TEST(Columns, cannot_be_made_to_move_the_cursor) {
  TraceBuilder b;
  b.step(b.thread("a\nb"), OperationKind::atomic_load, "\x1b[2J", AccessMode::read, "-> \t1");
  EXPECT_EQ(columns(b.trace()), "step  a\\x0ab\n1     atomic_load \\x1b[2J -> \\x091\n");
}

TEST(Columns, becomes_a_list_where_columns_would_be_too_narrow) {
  EXPECT_EQ(columns(lock_order(6), {.width = 80}),
            "step  thread\n"
            "1     philosopher-1  mutex_lock fork 1\n"
            "2     philosopher-2  mutex_lock fork 2\n"
            "3     philosopher-3  mutex_lock fork 3\n"
            "4     philosopher-4  mutex_lock fork 4\n"
            "5     philosopher-5  mutex_lock fork 5\n"
            "6     philosopher-6  mutex_lock fork 6\n"
            "      philosopher-1  choice -> 2\n");
}

TEST(Columns, shows_the_race_of_the_article_at_several_widths) {
  for (const unsigned width : {80U, 120U, 200U}) {
    const std::string text = columns(kb885278(), {.width = width, .mark_last_step = true});
    EXPECT_LE(widest_line(text), width);
    expect_golden("columns_kb885278_" + std::to_string(width) + ".txt", text);
  }
}

RC_GTEST_PROP(Columns, fits_any_width_and_shows_every_step, ()) {
  const auto width = *rc::gen::inRange<unsigned>(40, 160);
  const auto threads = *rc::gen::inRange<unsigned>(1, 8);
  TraceBuilder b;
  for (unsigned i = 0; i < threads; ++i) b.thread("thread-" + std::to_string(i));
  const auto steps = *rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0U, threads));
  for (const unsigned thread : steps) {
    b.step(thread, OperationKind::file_open, R"(C:\some\folder\file-)" + std::to_string(thread % 3), AccessMode::read,
           "read, share all -> handle 1");
  }
  const std::string text = columns(b.trace(), {.width = width});
  RC_ASSERT(widest_line(text) <= width);
  for (std::size_t i = 1; i <= steps.size(); ++i) {
    RC_ASSERT(text.find("\n" + std::to_string(i) + " ") != std::string::npos);
  }
}

}  // namespace
}  // namespace sim::report
