#include "report/log.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace sim::report {
namespace {

TEST(Log, belongs_to_the_file_that_the_note_names) {
  EXPECT_EQ(log_line("sender.log: Found send request.").file, "sender.log");
  EXPECT_EQ(log_line("sender.log: Found send request.").text, "Found send request.");
  EXPECT_EQ(log_line("read sender.log: nothing in it").file, "");
  EXPECT_EQ(log_line(".log: text").file, "");
  EXPECT_EQ(log_line("just a note").text, "just a note");
}

TEST(Log, lists_files_and_lines_in_the_order_of_events) {
  const Trace trace = kb885278();
  EXPECT_EQ(log_files(trace), (std::vector<std::string>{"sched.log", "sender.log"}));
  const std::vector<std::string> lines = log_lines(trace, "sender.log");
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(message_of(lines.back()),
            R"(Cannot create/open the remote file \\SMSServer\SMS_SITE\2_K1Q0P0.PCK, Win32 error = 32)");
  EXPECT_TRUE(log_lines(trace, "despool.log").empty());
}

TEST(Log, finds_the_message_before_what_the_product_appends) {
  EXPECT_EQ(message_of("Sending completed~  $$<SMS_LAN_SENDER><Wed Nov 06 08:49:37 1996~><thread=D7>"),
            "Sending completed");
  EXPECT_EQ(message_of("no tail"), "no tail");
}

}  // namespace
}  // namespace sim::report
