#include "report/json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fixtures.hpp"

namespace sim::report {
namespace {

TEST(Json, has_an_object_for_each_event) {
  const nlohmann::json list = to_json(lost_update());
  ASSERT_EQ(list.size(), 7U);
  EXPECT_FALSE(list[0].contains("step"));
  EXPECT_EQ(list[0]["operation"], "thread_spawn");
  EXPECT_EQ(list[2], (nlohmann::json{{"step", 1},
                                     {"thread", "thread 0"},
                                     {"operation", "atomic_load"},
                                     {"object", "counter"},
                                     {"value", 0},
                                     {"text", "-> 0"}}));
}

TEST(Json, can_be_written_whatever_bytes_the_program_used) {
  TraceBuilder b;
  b.step(b.thread("\xff"), OperationKind::atomic_load, "\xc3", AccessMode::read, "\x80", {"\xfe"});
  EXPECT_NO_THROW(to_json(b.trace()).dump());
}

}  // namespace
}  // namespace sim::report
