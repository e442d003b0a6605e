#include <sys/stat.h>

#include "cli/tool.hpp"

namespace sim::cli {
namespace {

class DiagramCommand : public ToolWithTrace {};

TEST_F(DiagramCommand, writes_dot_to_standard_output) {
  const Outcome outcome = run({"diagram", lost_trace_});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("// Written by racewalk\ndigraph")) << outcome.out.substr(0, 100);
  EXPECT_NE(outcome.out.find("lost: Two threads lose an update"), std::string::npos);
}

TEST_F(DiagramCommand, draws_with_graphviz) {
  const Outcome svg =
      run({"diagram", lost_trace_, "--kind", "sequence", "--format", "svg", "--output", "new/race.svg"});
  EXPECT_EQ(svg.status, 0) << svg.err;
  EXPECT_EQ(svg.out, "");
  const std::string drawn = read("new/race.svg");
  EXPECT_TRUE(drawn.starts_with("<?xml")) << drawn.substr(0, 100);
  EXPECT_TRUE(drawn.ends_with("</svg>\n"));
  const Outcome png = run({"diagram", lost_trace_, "--output", "race.png"});
  EXPECT_EQ(png.status, 0) << png.err;
  EXPECT_EQ(read("race.png").substr(0, 4), "\x89PNG");
}

TEST_F(DiagramCommand, prints_columns_as_text) {
  const Outcome outcome = run({"diagram", lost_trace_, "--format", "text"}, {.environment = {"COLUMNS=100"}});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(
      outcome.out.starts_with("Written by racewalk\nlost: Two threads lose an update\n"
                              "violated: no-lost-update\n1 instead of 2\nstep  main "))
      << outcome.out;
}

TEST_F(DiagramCommand, names_the_package_if_graphviz_is_missing) {
  const Outcome outcome = run({"diagram", lost_trace_, "--output", "race.svg"}, {.environment = {"PATH=/nonexistent"}});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err,
            "racewalk: dot: is not installed; install the package graphviz, or use --format dot or text\n");
  EXPECT_FALSE(exists("race.svg"));
}

TEST_F(DiagramCommand, says_how_graphviz_failed) {
  const auto error_with = [this](const std::string& script) {
    write("bin/dot", "#!/bin/sh\n" + script + "\n");
    const auto allow = [] { ::chmod("bin/dot", 0700); };
    const Outcome outcome =
        run({"diagram", lost_trace_, "--output", "race.svg"}, {.environment = {"PATH=bin"}, .in_child = allow});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_FALSE(exists("race.svg"));
    return outcome.err;
  };
  const std::string failed = "racewalk: dot: failed to draw the diagram: ";
  const std::string remedy = "; --format text needs no Graphviz\n";
  EXPECT_EQ(error_with("exit 3"), failed + "it ended with exit status 3" + remedy);
  EXPECT_EQ(error_with("kill -TERM $$"), failed + "it was ended by a signal: Terminated" + remedy);
  EXPECT_EQ(error_with("exit 0"), failed + "it wrote nothing" + remedy);
  EXPECT_EQ(error_with("echo no memory >&2; echo at all >&2; exit 1"), failed + "no memory" + remedy);
}

TEST_F(DiagramCommand, refuses_a_directory_and_a_full_disk) {
  EXPECT_EQ(run({"diagram", lost_trace_, "--output", "."}).err,
            "racewalk: .: this is a directory; name a file to write\n");
  const Outcome outcome = run({"diagram", lost_trace_, "--output", "/dev/full"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "racewalk: /dev/full: cannot be written: No space left on device\n");
}

}  // namespace
}  // namespace sim::cli
