#include <fcntl.h>
#include <unistd.h>

#include "cli/tool.hpp"

namespace sim::cli {
namespace {

class Output : public Tool {};
class OutputAgain : public ToolWithTrace {};

constexpr int bad_input = 2;

TEST_F(Output, that_finds_the_disk_full_is_reported) {
  const Outcome outcome = run({"check", "fixed.toml"}, {.out = "/dev/full"});
  EXPECT_EQ(outcome.status, bad_input);
  EXPECT_EQ(outcome.err, "racewalk: standard output: cannot be written: No space left on device\n");
  EXPECT_EQ(run({"--help"}, {.out = "/dev/full"}).status, bad_input);
  EXPECT_EQ(run({"describe", "--schema"}, {.out = "/dev/full"}).status, bad_input);
  EXPECT_EQ(run({"list"}, {.out = "/dev/full"}).status, bad_input);
}

TEST_F(Output, that_nobody_reads_is_reported) {
  const auto close_reader = [] {
    int ends[2];
    if (::pipe(ends) != 0) ::_exit(126);
    ::close(ends[0]);
    ::dup2(ends[1], STDOUT_FILENO);
  };
  const Outcome outcome = run({"check", "fixed.toml", "--format", "json"}, {.in_child = close_reader});
  EXPECT_EQ(outcome.status, bad_input);
  EXPECT_EQ(outcome.err, "racewalk: standard output: cannot be written: Broken pipe\n");
}

TEST_F(Output, leaves_no_half_of_a_trace_where_it_may_not_grow) {
  const Outcome outcome = run({"check", "lost.toml"}, {.out = "/dev/null", .in_child = limit_file_size});
  EXPECT_EQ(outcome.status, bad_input);
  EXPECT_EQ(outcome.err, "racewalk: " + lost_trace_ + ": cannot be written: File too large\n");
  EXPECT_EQ(files(), "big.toml fixed.toml lost.toml");
}

TEST_F(OutputAgain, keeps_the_old_trace_if_the_new_one_cannot_be_written) {
  const std::string before = read(lost_trace_), names = files();
  EXPECT_EQ(run({"check", "lost.toml"}, {.out = "/dev/null", .in_child = limit_file_size}).status, bad_input);
  EXPECT_EQ(read(lost_trace_), before);
  EXPECT_EQ(files(), names);
}

TEST_F(Output, never_replaces_a_file_that_racewalk_did_not_write) {
  write(lost_trace_, "my notes\n");
  const Outcome outcome = run({"check", "lost.toml"});
  EXPECT_EQ(outcome.status, bad_input);
  EXPECT_EQ(outcome.out, "");  // Not even explored.
  EXPECT_EQ(outcome.err,
            "racewalk: " + lost_trace_ +
                ": the file exists and was not written by racewalk; choose another name, or use --force\n");
  EXPECT_EQ(read(lost_trace_), "my notes\n");
  EXPECT_EQ(run({"check", "lost.toml", "--force"}).status, 0);
  EXPECT_TRUE(read(lost_trace_).starts_with("{\"format\":\"racewalk-trace\""));
}

TEST_F(OutputAgain, replaces_what_racewalk_wrote) {
  const std::string first = read(lost_trace_);
  EXPECT_EQ(run({"check", "lost.toml"}).status, 0);
  EXPECT_EQ(read(lost_trace_), first);
  for (const std::string file : {"d.dot", "d.svg", "d.png", "d.text"}) {
    const Outcome once = run({"diagram", lost_trace_, "--output", file});
    const Outcome again = run({"diagram", lost_trace_, "--output", file});
    EXPECT_EQ(once.status, 0) << file << once.err;
    EXPECT_EQ(again.status, 0) << file << again.err;
    write(file, "mine");
    EXPECT_EQ(run({"diagram", lost_trace_, "--output", file}).status, bad_input) << file;
    EXPECT_EQ(read(file), "mine");
    EXPECT_EQ(run({"diagram", lost_trace_, "--output", file, "--force"}).status, 0) << file;
  }
}

TEST_F(OutputAgain, goes_through_a_symbolic_link) {
  const auto link = [] {
    if (::symlink("target.dot", "link.dot") != 0) ::_exit(126);
  };
  EXPECT_EQ(run({"diagram", lost_trace_, "--output", "target.dot"}).status, 0);
  EXPECT_EQ(run({"diagram", lost_trace_, "--output", "link.dot"}, {.in_child = link}).status, 0);
  EXPECT_EQ(read("link.dot"), read("target.dot"));
  EXPECT_EQ(run({"diagram", lost_trace_, "--output", "link.dot", "--format", "text"}).status, 0);
  EXPECT_TRUE(read("target.dot").starts_with("Written by racewalk\n"));
}

}  // namespace
}  // namespace sim::cli
