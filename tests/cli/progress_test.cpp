#include "cli/progress.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <sstream>

#include "cli/tool.hpp"

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

/// Runs the tool with standard error on a terminal.
class ProgressLineOnTerminal : public Tool {
 protected:
  /// What an exploration of so many seconds writes there.
  std::string shown(unsigned short columns, const std::string& term, const std::string& seconds) {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
    EXPECT_TRUE(terminal >= 0 && ::grantpt(terminal) == 0 && ::unlockpt(terminal) == 0);
    const std::string name = ::ptsname(terminal);
    const int held = ::open(name.c_str(), O_RDWR | O_NOCTTY);  // What was written is kept when the tool has ended.
    const struct winsize size { .ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0 };
    EXPECT_EQ(::ioctl(terminal, TIOCSWINSZ, &size), 0);
    write("many.toml",
          "name = \"a-scenario-with-a-long-name\"\nmodel = \"counter\"\n[parameters]\nthreads = 4\nrounds = 4\n");
    const auto on_terminal = [&name] { ::dup2(::open(name.c_str(), O_RDWR | O_NOCTTY), STDERR_FILENO); };
    EXPECT_EQ(run({"check", "many.toml", "--all", "--strategy", "dfs", "--max-seconds", seconds},
                  {.environment = {"TERM=" + term}, .in_child = on_terminal})
                  .status,
              1);
    ::fcntl(terminal, F_SETFL, O_NONBLOCK);
    std::string text;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(terminal, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(got));
    }
    ::close(held);
    ::close(terminal);
    return text;
  }
};

/// The longest of the lines that replaced one another.
std::size_t longest_line(const std::string& shown) {
  std::istringstream text(shown);
  std::size_t longest = 0;
  for (std::string line; std::getline(text, line, '\r');) {
    longest = std::max(longest, line.substr(0, line.find('\x1b')).size());
  }
  return longest;
}

TEST_F(ProgressLineOnTerminal, is_as_long_as_the_terminal_is_wide) {
  for (const unsigned short columns : {60, 200}) {
    const std::size_t all_there_is_to_say = columns == 60 ? 41 : 101;
    std::size_t longest = 0;
    // A busy machine needs longer before there is an estimate to be shown.
    for (const std::string seconds : {"0.4", "2", "10"}) {
      longest = longest_line(shown(columns, "xterm", seconds));
      EXPECT_LT(longest, columns);
      if (longest >= all_there_is_to_say) break;
    }
    EXPECT_GE(longest, all_there_is_to_say);
  }
}

TEST_F(ProgressLineOnTerminal, is_not_shown_where_it_cannot_be_rewritten) {
  EXPECT_EQ(shown(80, "dumb", "0.4"), "");
}

}  // namespace
}  // namespace sim::cli
