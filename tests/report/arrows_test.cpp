#include "report/arrows.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace sim::report {
namespace {

using Ends = std::vector<std::pair<std::size_t, std::size_t>>;

Ends ends(const std::vector<Arrow>& list) {
  Ends result;
  for (const Arrow& arrow : list) result.emplace_back(arrow.earlier, arrow.later);
  return result;
}

TEST(Arrows, lead_from_what_was_read_to_the_write_that_makes_it_out_of_date) {
  const std::vector<Arrow> list = arrows(lost_update());
  // Events: 0 spawn, 1 start, 2 load by the first thread, 3 load and 4 store by the second, 5 exit, 6 store by the
  // first.
  EXPECT_EQ(ends(list), (Ends{{0, 1}, {2, 4}, {4, 6}}));
  EXPECT_EQ(list[0].kind, ArrowKind::spawn);
  EXPECT_EQ(list[1].kind, ArrowKind::invalidates);
  EXPECT_EQ(list[2].kind, ArrowKind::overwrites);
}

TEST(Arrows, leave_out_what_others_imply) {
  TraceBuilder b;
  const ThreadId one = b.thread("one"), two = b.thread("two"), three = b.thread("three");
  using enum OperationKind;
  b.step(one, atomic_store, "x", AccessMode::write, "1");
  b.step(two, atomic_rmw, "x", AccessMode::write, "1 -> 2");
  b.step(three, atomic_load, "x", AccessMode::read, "-> 2");
  EXPECT_EQ(ends(arrows(b.trace())), (Ends{{0, 1}, {1, 2}}));
}

TEST(Arrows, do_not_join_additions_that_commute) {
  TraceBuilder b;
  const ThreadId one = b.thread("one"), two = b.thread("two");
  b.step(one, OperationKind::atomic_add, "x", AccessMode::add, "1");
  b.step(two, OperationKind::atomic_add, "x", AccessMode::add, "1");
  b.step(two, OperationKind::atomic_load, "x", AccessMode::read, "-> 2");
  EXPECT_EQ(ends(arrows(b.trace())), (Ends{{0, 2}}));
}

TEST(Arrows, begin_at_the_contents_of_a_file_rather_than_at_its_closing) {
  TraceBuilder b;
  const ThreadId one = b.thread("one"), two = b.thread("two");
  using enum OperationKind;
  b.step(one, file_open, "f", AccessMode::read, "-> handle 1");
  b.step(one, file_read, "f", AccessMode::read, "-> NONE");
  b.step(one, file_close, "f", AccessMode::read, "");
  b.step(two, file_write, "f", AccessMode::write, "STARTED");
  const std::vector<Arrow> list = arrows(b.trace());
  EXPECT_EQ(ends(list), (Ends{{1, 3}}));
  EXPECT_EQ(list[0].kind, ArrowKind::invalidates);
}

TEST(Arrows, end_where_a_join_waited) {
  TraceBuilder b;
  const ThreadId one = b.thread("one"), two = b.thread("two");
  b.about(two, OperationKind::thread_exit).about(one, OperationKind::thread_join, two);
  ASSERT_EQ(ends(arrows(b.trace())), (Ends{{0, 1}}));
  EXPECT_EQ(arrows(b.trace())[0].kind, ArrowKind::join);
}

}  // namespace
}  // namespace sim::report
