// Explorations by stateful that are interrupted anywhere and go on in other processes, at other addresses: each must
// find, word by word, what it finds undisturbed.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/explore/kept.hpp"
#include "tests/temporary_folder.hpp"

using kept::Ended;
using kept::run;

namespace {

class StatefulCheckpoint : public testing::Test {
 protected:
  std::string contents() const { return bytes_of(file_); }

  const TemporaryFolder folder_;
  const std::string file_ = folder_.file("kept");
};

/// A program, and how it is explored.
class InterruptedExploration : public StatefulCheckpoint, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
#ifdef RACEWALK_ASAN
    if (subject_.find("scarce") != std::string::npos || subject_.find("rerun") != std::string::npos ||
        subject_ == "lively-breadth") {
      GTEST_SKIP() << "what runs again leaves other dead bytes in instrumented frames";
    }
#endif
  }
  const std::string subject_ = GetParam();
  const Ended undisturbed_ = run(subject_ + " - 0");
  const std::string kept_ = subject_ + " " + file_ + " ";
};

TEST_P(InterruptedExploration, finds_in_another_process_what_it_finds_undisturbed) {
  ASSERT_EQ(undisturbed_.status, 0) << undisturbed_.out;
  int interruptions = 0;
  for (std::uint64_t steps = 1;; steps += std::max<std::uint64_t>(1, steps / 2)) {
    std::filesystem::remove(file_);
    const Ended begun = run(kept_ + std::to_string(steps));
    ASSERT_TRUE(begun.status == 0 || begun.status == 3) << begun.out;
    const Ended resumed = run(kept_ + "0");
    ASSERT_EQ(resumed.status, 0) << resumed.out;
    ASSERT_EQ(resumed.out, undisturbed_.out) << "interrupted after " << steps << " steps";
    if (begun.status == 0) break;
    ++interruptions;
  }
  EXPECT_GE(interruptions, 5);
}

TEST_P(InterruptedExploration, can_be_interrupted_again_and_again) {
  Ended last;
  int interruptions = 0;
  // What a process makes again is less than what those before it did.
  for (std::uint64_t steps = 5; (last = run(kept_ + std::to_string(steps))).status == 3; steps += steps / 2) {
    ++interruptions;
  }
  EXPECT_EQ(last.status, 0);
  EXPECT_EQ(last.out, undisturbed_.out);
  EXPECT_GE(interruptions, 2);
}

INSTANTIATE_TEST_SUITE_P(Subjects, InterruptedExploration,
                         testing::Values("mixed", "mixed-breadth", "mixed-logical", "mixed-breadth-logical",
                                         "mixed-by_logic", "mixed-rerun", "mixed-breadth-rerun", "mixed-no_livelocks",
                                         "mixed-breadth-no_livelocks", "mixed-scarce", "mixed-breadth-scarce",
                                         "mixed-first", "racing", "racing-breadth", "racing-logical", "racing-scarce",
                                         "polite", "polite-breadth", "polite-logical", "polite-scarce",
                                         "polite-no_livelocks", "stuck", "stuck-breadth", "stuck-scarce", "lively",
                                         "lively-breadth", "timed", "timed-breadth", "timed-logical", "detours",
                                         "detours-breadth", "detours-short", "detours-breadth-short",
                                         "detours-short-scarce", "detours-breadth-short-scarce",
                                         "detours-no_livelocks"),
                         [](const auto& row) {
                           std::string name = row.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_F(StatefulCheckpoint, is_made_for_a_process_at_other_addresses) {
  std::ifstream switch_of_system("/proc/sys/kernel/randomize_va_space");
  int level = 0;
  if (!(switch_of_system >> level) || level == 0) GTEST_SKIP() << "addresses are the same in all processes";
  const std::string first = run("address").out;
  bool differs = false;
  for (int i = 0; i < 5; ++i) differs = differs || run("address").out != first;
  EXPECT_TRUE(differs);
}

// A goal may be all that tells service from livelock.
TEST_F(StatefulCheckpoint, keeps_goals_on_the_way_to_states_that_were_not_looked_up) {
  for (const std::string subject : {"serving", "serving-scarce", "serving-breadth"}) {
    const Ended undisturbed = run(subject + " - 0");
    ASSERT_NE(undisturbed.out.find("the program can go on for ever and reach a goal again and again"),
              std::string::npos)
        << undisturbed.out;
    Ended begun;
    for (int steps = 1; begun.status != 0; ++steps) {
      std::filesystem::remove(file_);
      const std::string kept = subject + " " + file_ + " ";
      begun = run(kept + std::to_string(steps));
      ASSERT_EQ(run(kept + "0").out, undisturbed.out) << "interrupted after " << steps << " steps";
    }
  }
}

TEST_F(StatefulCheckpoint, stays_as_it_is_if_resuming_is_interrupted) {
  for (const std::string subject : {"mixed", "mixed-breadth"}) {
    std::filesystem::remove(file_);
    const std::string kept = subject + " " + file_ + " ";
    ASSERT_EQ(run(kept + "120").status, 3);
    const std::string before = contents();
    const Ended interrupted = run(kept + "20");
    EXPECT_EQ(interrupted.status, 3);
    EXPECT_EQ(contents(), before);
    EXPECT_EQ(run(kept + "0").out, run(subject + " - 0").out);
  }
}

TEST_F(StatefulCheckpoint, is_refused_if_the_program_does_not_repeat_itself) {
  for (const std::string subject : {"moody", "moody-breadth"}) {
    std::filesystem::remove(file_);
    ASSERT_EQ(run(subject + " " + file_ + " 10").status, 3);
    const Ended resumed = run(subject + " " + file_ + " 0", "MOOD=sad");
    EXPECT_EQ(resumed.status, 2);
    EXPECT_EQ(resumed.out, file_ +
                               ": the program does not repeat what it did when this checkpoint was written: it depends "
                               "on something outside (a file, the environment), or is another one; explore from the "
                               "start, without resuming\n");
  }
}

}  // namespace
