// Channels, in all interleavings, with exact numbers.
#include <gtest/gtest.h>

#include "tests/explore/agreement.hpp"

using namespace sim;
using agreement::explore_in_every_way;
using agreement::outcomes_of;
using agreement::violated_in;
using Set = std::set<std::string>;

TEST(Channel, delivers_in_order_and_blocks_when_full_and_empty) {
  const Report report = explore_in_every_way([] {
    channel<std::string> c{2};
    thread sender([&] {
      for (int i = 0; i < 3; ++i) c.send("a long item that needs memory of its own " + std::to_string(i));
      c.close();
    });
    std::string all;
    while (const auto item = c.receive()) all += item->back();
    observe("all", all);
    sender.join();
  });
  // The receiver is the main thread: 4 sends and receives of spsc, then close, before or after the receives.
  EXPECT_EQ(outcomes_of(report), Set{"all=012"});
  EXPECT_EQ(report.verdict, Verdict::holds);
}

TEST(Channel, tries_without_blocking) {
  const Report report = explore_in_every_way([] {
    channel<int> c{1};
    thread a([&] { observe("a", c.try_send(1)); });
    thread b([&] { observe("b", c.try_send(2)); });
    thread r([&] { observe("r", c.try_receive().value_or(0)); });
    a.join();
    b.join();
    r.join();
  });
  EXPECT_EQ(report.executions, 6u);
  EXPECT_EQ(outcomes_of(report),
            (Set{"a=1 b=0 r=0", "a=1 b=0 r=1", "a=1 b=1 r=1", "a=0 b=1 r=0", "a=0 b=1 r=2", "a=1 b=1 r=2"}));
}

TEST(Channel, is_misused_by_sending_after_closing) {
  const Report report = explore_in_every_way([] {
    channel<int> c{1};
    thread a([&] { c.send(1); });
    thread b([&] { c.close(); });
    a.join();
    b.join();
  });
  EXPECT_EQ(violated_in(report), Set{"channel-misuse"});
  EXPECT_EQ(report.executions, 2u);
}
