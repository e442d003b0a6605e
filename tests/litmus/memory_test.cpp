// A program of its own, so that no other test has made the process larger.
#include <gtest/gtest.h>

#include <sys/resource.h>

#include "tests/litmus/larger_programs.hpp"

// What is planned and not yet explored is in memory: expmem is the worst program for that.
TEST(OptimalDporMemory, stays_below_64_MiB_where_725760_traces_lie_behind_one_race) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "takes minutes, and the memory is that of AddressSanitizer";
#endif
  sim::Options options;
  options.strategy = sim::Strategy::optimal_dpor;
  const sim::Report report = sim::explore(known::expmem<9>, options);
  EXPECT_TRUE(report.complete) << report.reason;
  EXPECT_EQ(report.executions, 725'760u);
  EXPECT_EQ(report.blocked_executions, 0u);
  rusage usage = {};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &usage), 0);
  EXPECT_LE(usage.ru_maxrss, 64 * 1024) << "KiB resident at most";
  std::printf("%.1f s, %ld KiB resident at most, of which %llu KiB the search\n", report.seconds, usage.ru_maxrss,
              static_cast<unsigned long long>(report.peak_memory_bytes / 1024));
}
