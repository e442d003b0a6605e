#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/explore/workers.hpp"

/// What tests of liveness properties share.
namespace eventually_test {

using namespace sim;
using agreement::stateful;
using agreement::violated_in;

/// In both orders and by one to three workers: the same, which is returned.
inline Report by_all(const std::function<void()>& program) {
  const Report report = explore(program, stateful());
  const Report breadth = explore(program, stateful(Order::breadth_first));
  EXPECT_EQ(breadth.verdict, report.verdict) << breadth.reason << " | " << report.reason;
  EXPECT_EQ(violated_in(breadth), violated_in(report));
  EXPECT_EQ(breadth.states, report.states);
  for (const unsigned workers : {1U, 2U, 3U}) {
    SCOPED_TRACE(std::to_string(workers) + " workers");
    const Report other = explore(program, workers_test::with_workers(workers));
    EXPECT_EQ(other.verdict, report.verdict) << other.reason << " | " << report.reason;
    EXPECT_EQ(other.states, report.states);
    EXPECT_EQ(violated_in(other), violated_in(report));
    agreement::expect_replays(program, other, stateful());
  }
  agreement::expect_replays(program, report, stateful());
  agreement::expect_replays(program, breadth, stateful());
  return report;
}

}  // namespace eventually_test
