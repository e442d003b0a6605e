#include "report/label.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace sim::report {
namespace {

TEST(Label, calls_all_parts_of_a_file_by_the_name_of_the_file) {
  EXPECT_EQ(subject_of(R"(C:\a\x.srq [contents, block 2])"), R"(C:\a\x.srq)");
  EXPECT_EQ(subject_of(R"(C:\a\)"), R"(C:\a)");
  EXPECT_EQ(subject_of(R"(C:\)"), R"(C:\)");
  EXPECT_EQ(subject_of(R"(\\P01\SMS_SITE\)"), R"(\\P01\SMS_SITE)");
  EXPECT_EQ(subject_of("cell [3]"), "cell [3]");
}

TEST(Label, separates_the_values_from_the_result) {
  TraceBuilder b;
  b.step(b.thread("t"), OperationKind::file_open, R"(C:\a\x)", AccessMode::read, "read, share none -> error 32");
  b.step(0, OperationKind::atomic_rmw, "x", AccessMode::write, "0 -> 1");
  b.step(0, OperationKind::atomic_load, "x", AccessMode::read, "-> 1");
  const Labels labels(b.trace(), Shortening::none);
  EXPECT_EQ(labels.of(b.trace().events()[0]).values, "read, share none");
  EXPECT_EQ(labels.of(b.trace().events()[0]).result, "-> error 32");
  EXPECT_EQ(labels.of(b.trace().events()[1]).values, "0 -> 1");
  EXPECT_EQ(labels.of(b.trace().events()[2]).line(), "atomic_load x -> 1");
}

TEST(Label, shortens_paths_among_the_values_like_objects) {
  TraceBuilder b;
  b.step(b.thread("t"), OperationKind::file_move, R"(C:\a\x.TMP)", AccessMode::write, R"(to C:\a\x.SNI -> ok)");
  const Labels labels(b.trace(), Shortening::front);
  EXPECT_EQ(labels.of(b.trace().events()[0]).line(), "file_move x.TMP to x.SNI -> ok");
  EXPECT_EQ(labels.legend().size(), 2U);
}

TEST(Label, explains_no_search_pattern) {
  TraceBuilder b;
  b.step(b.thread("t"), OperationKind::find_first, R"(C:\a\LAN\)", AccessMode::read, R"(\a\LAN\*.srq -> ok)");
  const Labels labels(b.trace(), Shortening::front);
  EXPECT_EQ(labels.of(b.trace().events()[0]).line(), "find_first LAN *.srq -> ok");
  EXPECT_EQ(labels.legend().size(), 1U);
}

}  // namespace
}  // namespace sim::report
