// What processes know of each other that explore parts of one tree.
#include "explore/forked_parts.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

using namespace sim;

namespace {

/// Of processes that do nothing but what a test says.
class Parts : public testing::Test {
 protected:
  void SetUp() override { ForkedParts::least_pause = {}; }
  void TearDown() override { ForkedParts::least_pause = before_; }

  /// Forks a part that does `work`, which must end the process.
  template <class Work>
  static ForkedParts::Part fork_part(ForkedParts& parts, Work work, std::uint32_t depth = 0) {
    ForkedParts::Part part;
    const ForkedParts::Side side = parts.fork_part(part, depth, true);
    if (side == ForkedParts::Side::child) {
      work();
      _exit(1);
    }
    EXPECT_EQ(side, ForkedParts::Side::parent);
    return part;
  }

 private:
  const std::chrono::microseconds before_ = ForkedParts::least_pause;
};

}  // namespace

TEST_F(Parts, that_have_ended_leave_room_for_more) {
  ForkedParts parts(2);
  std::vector<ForkedParts::Part> all;
  for (int number = 0; number < 1500 && !HasFailure(); ++number) {
    all.push_back(fork_part(parts, [&] { parts.finish("report", std::to_string(number)); }));
  }
  ASSERT_EQ(all.size(), 1500u);
  for (std::size_t number = all.size(); number-- > 0;) {
    ASSERT_EQ(parts.wait_for(all[number]), std::to_string(number));
  }
  EXPECT_EQ(parts.take_reports(), std::vector<std::string>(1500, "report"));
}

TEST_F(Parts, that_die_take_what_they_have_done_off_the_sums) {
  ForkedParts parts(2);
  parts.publish({10, 20, 30});
  const auto dead = fork_part(parts, [&] {
    const auto below = fork_part(parts, [&] {
      parts.publish({1'000, 2'000, 3'000});
      parts.finish("", "");
    });
    parts.wait_for(below);
    parts.publish({100, 200, 300});
    kill(getpid(), SIGKILL);
  });
  EXPECT_EQ(parts.wait_for(dead), std::nullopt);
  EXPECT_EQ(parts.deaths(), 1u);
  const ForkedParts::Totals sums = parts.publish({11, 22, 33});
  EXPECT_EQ(sums.executions, 11u);
  EXPECT_EQ(sums.transitions, 22u);
  EXPECT_EQ(sums.memory_bytes, 33u);
}

TEST_F(Parts, that_outlive_their_parents_for_a_moment_are_off_the_sums_too) {
  ForkedParts parts(4);
  const auto forever = [](auto work) {
    for (std::uint64_t count = 1;; ++count) work(count);
  };
  for (int round = 0; round < 20; ++round) {
    const auto dead = fork_part(parts, [&] {
      fork_part(parts, [&] {
        fork_part(parts, [&] { forever([&](std::uint64_t count) { parts.publish({count, count, count % 1'000}); }); });
        forever([](std::uint64_t) { usleep(1'000); });
      });
      usleep(5'000);
      kill(getpid(), SIGKILL);
    });
    EXPECT_EQ(parts.wait_for(dead), std::nullopt);
    const ForkedParts::Totals sums = parts.publish({});
    // What each was about to add when it died.
    EXPECT_LE(sums.executions, 20u);
    EXPECT_LE(sums.memory_bytes, 20'000u);
  }
}

TEST_F(Parts, tell_how_long_others_may_take) {
  using std::chrono::microseconds;
  constexpr microseconds nothing_known(5'000), long_time(8'000);
  ForkedParts parts(2);
  EXPECT_EQ(parts.expected_work(3), nothing_known);
  const auto work_at = [&](std::uint32_t depth, microseconds time) {
    const auto part = fork_part(
        parts,
        [&] {
          const auto now = [] { return microseconds(std::clock() * (1'000'000 / CLOCKS_PER_SEC)); };
          for (const microseconds start = now(); now() - start < time;) {
          }
          parts.finish("", "");
        },
        depth);
    EXPECT_TRUE(parts.wait_for(part).has_value());
  };
  work_at(4, long_time);
  const microseconds known = parts.expected_work(4);
  EXPECT_GE(known, long_time);
  EXPECT_EQ(parts.expected_work(2), known) << "those further down take as long";
  EXPECT_EQ(parts.expected_work(9), nothing_known) << "those further up take longer";
  work_at(7, microseconds(0));
  EXPECT_LT(parts.expected_work(7), nothing_known);
  EXPECT_EQ(parts.expected_work(9), parts.expected_work(7));
  EXPECT_EQ(parts.expected_work(5), nothing_known);
  EXPECT_EQ(parts.expected_work(1'000), parts.expected_work(7));
}

TEST_F(Parts, that_report_leave_what_they_have_done_in_the_sums) {
  ForkedParts parts(2);
  parts.publish({10, 20, 30});
  const auto part = fork_part(parts, [&] {
    parts.publish_executions(5);
    parts.publish({5, 6, 7});
    parts.finish("", "");
  });
  EXPECT_TRUE(parts.wait_for(part).has_value());
  const ForkedParts::Totals sums = parts.publish({10, 20, 30});
  EXPECT_EQ(sums.executions, 15u);
  EXPECT_EQ(sums.transitions, 26u);
  EXPECT_EQ(sums.memory_bytes, 30u);  // It has given its memory back.
}

TEST_F(Parts, know_what_all_have_found_but_not_the_dead) {
  ForkedParts parts(2);
  EXPECT_EQ(parts.publish_found(1), 1u);
  EXPECT_EQ(parts.publish_found(1), 0u);
  parts.wait_for(fork_part(parts, [&] {
    parts.publish_found(2);
    kill(getpid(), SIGKILL);
  }));
  parts.wait_for(fork_part(parts, [&] {
    parts.publish_found(4);
    parts.finish("", "");
  }));
  EXPECT_EQ(parts.publish_found(8), 1u | 4u | 8u);
}

TEST_F(Parts, are_looked_after_while_their_parent_waits) {
  ForkedParts parts(2);
  const auto part = fork_part(parts, [&] {
    while (!parts.is_stopped()) usleep(1'000);
    parts.finish("", "told");
  });
  parts.while_waiting([&] { parts.stop(); });
  EXPECT_EQ(parts.wait_for(part), "told");
}
