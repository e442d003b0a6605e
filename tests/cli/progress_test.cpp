#include "cli/progress.hpp"

#include <gtest/gtest.h>

namespace sim::cli {
namespace {

Progress in_a_tree() {
  Progress progress;
  progress.executions = 16'195;
  progress.transitions = 224'487;
  progress.seconds = 1;
  progress.memory_bytes = 2'000'000;
  progress.fraction_done = 0.018;
  progress.estimated_executions = 925'000;
  progress.estimate_low = 421'000;
  progress.estimate_high = 981'000;
  progress.seconds_left = 51.6;
  return progress;
}

TEST(ProgressText, says_all_where_there_is_room) {
  EXPECT_EQ(progress_text("hotfix", in_a_tree(), 200),
            "hotfix: 16,195 executions, 224,487 transitions/s, 1.0 s, 1.9 MiB; 1.8 % of about 925,000 (421,000 to "
            "981,000), 51.6 s left");
}

TEST(ProgressText, leaves_out_what_matters_least_where_there_is_not) {
  EXPECT_EQ(progress_text("hotfix", in_a_tree(), 110),
            "hotfix: 16,195 executions, 224,487 transitions/s, 1.0 s, 1.9 MiB; 1.8 % of about 925,000, 51.6 s left");
  EXPECT_EQ(progress_text("hotfix", in_a_tree(), 99),
            "hotfix: 16,195 executions, 224,487 transitions/s, 1.0 s; 1.8 % of about 925,000, 51.6 s left");
  EXPECT_EQ(progress_text("hotfix", in_a_tree(), 79),
            "hotfix: 16,195 executions, 1.0 s; 1.8 % of about 925,000, 51.6 s left");
  EXPECT_EQ(progress_text("hotfix", in_a_tree(), 63), "hotfix: 16,195 executions; 1.8 % of about 925,000, 51.6 s left");
}

TEST(ProgressText, never_wraps) {
  for (unsigned width = 1; width < 200; ++width) EXPECT_LE(progress_text("hotfix", in_a_tree(), width).size(), width);
}

}  // namespace
}  // namespace sim::cli
