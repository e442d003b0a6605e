#include "report/counterexample.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "fixtures.hpp"
#include "golden/golden.hpp"
#include "report/text.hpp"

namespace sim::report {
namespace {

TEST(Counterexample, has_a_headline_columns_and_the_command_that_replays_it) {
  const Schedule schedule = *Schedule::from_text("0 1 1 0");
  const Trace trace = lost_update();
  EXPECT_EQ(to_text({"no_lost_update", "counter is 1, not 2", schedule, trace, 7, "racewalk replay lost_update.trace"}),
            "violated: no_lost_update          seed 7, 4 steps, 1 preemption, schedule 0 1 1 0\n"
            "counter is 1, not 2\n"
            "step  thread 0                  thread 1\n"
            "1     atomic_load counter -> 0\n"
            "2                               atomic_load counter -> 0\n"
            "3                               atomic_store counter 1\n"
            "4 >   atomic_store counter 1\n"
            "replay: racewalk replay lost_update.trace\n");
}

TEST(Counterexample, leaves_the_schedule_out_where_it_is_too_long_to_print) {
  Schedule schedule;
  for (int i = 0; i < 80; ++i) schedule.append_thread(1);
  const std::string text = to_text({"p", "", schedule, lost_update(), 7});
  EXPECT_EQ(text.substr(0, text.find('\n')), "violated: p          seed 7, 4 steps, 1 preemption");
}

TEST(Counterexample, has_no_seed_where_nothing_was_searched) {
  const std::string text = to_text({"p", "", Schedule(), lost_update()});
  EXPECT_EQ(text.substr(0, text.find('\n')), "violated: p          4 steps, 1 preemption");
}

TEST(Counterexample, fits_log_lines_into_the_width) {
  const Trace trace = kb885278();
  const auto logs = [&](unsigned width) {
    const std::string text = to_text({"p", "", Schedule(), trace}, {.width = width});
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(width_of(line), width);
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
    return text.substr(text.find("sender.log:"));
  };
  EXPECT_NE(
      logs(100).find("\n"
                     "  Cannot create/open the remote file \\\\SMSServer\\SMS_SITE\\2_K1Q0P0.PCK, Win32 error = 32~\n"
                     "    $$<SMS_LAN_SENDER><Wed Nov 06 08:49:37 1996~><thread=D5>\n"),
      std::string::npos);
  EXPECT_NE(logs(50).find("\n"
                          "  Cannot create/open the remote file\n"
                          "    \\\\SMSServer\\SMS_SITE\\2_K1Q0P0.PCK, Win32 error\n"
                          "    = 32~\n"
                          "    $$<SMS_LAN_SENDER><Wed Nov 06 08:49:37\n"
                          "    1996~><thread=D5>\n"),
            std::string::npos);
  EXPECT_NE(logs(400).find(" error = 32~  $$<SMS_LAN_SENDER><Wed Nov"), std::string::npos);
}

TEST(Counterexample, quotes_the_log_files_that_the_article_quotes) {
  const Trace trace = kb885278();
  const std::string text = to_text({"no-sharing-violation", "sender-2 opened 2_K1Q0P0.PCK and got error 32", Schedule(),
                                    trace, 1, "racewalk replay racewalk-out/kb885278.no-sharing-violation.trace"});
  expect_golden("counterexample_kb885278.txt", text);
}

TEST(Counterexample, is_coloured_only_where_asked_to) {
  const Schedule schedule;
  const Trace trace = lost_update();
  EXPECT_EQ(to_text({"p", "", schedule, trace}).find('\x1b'), std::string::npos);
  const std::string coloured = to_text({"p", "", schedule, trace}, {.colour = true});
  EXPECT_NE(coloured.find("\x1b[1;31m4 >   atomic_store counter 1\x1b[0m\n"), std::string::npos);
}

}  // namespace
}  // namespace sim::report
