// Explorations by stateful and optimal_dpor with several workers that are interrupted or killed anywhere, and go on in
// other processes with as many workers or with others: each must find what it finds undisturbed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "explore/worker_retrace.hpp"
#include "tests/explore/kept.hpp"
#include "tests/temporary_folder.hpp"

using kept::Ended;
using kept::run;
using sim::ArrivalTree;
using sim::WaysInPieces;

namespace {

class WorkersCheckpoint : public testing::Test {
 protected:
  void SetUp() override {
#ifdef RACEWALK_ASAN
    GTEST_SKIP() << "what runs again leaves other dead bytes in instrumented frames";
#endif
  }
  /// `workers` explore, and resume what is in the file.
  Ended go_on(const std::string& subject, const std::string& steps, unsigned workers) const {
    return run(subject + " " + file_ + " " + steps + " " + std::to_string(workers));
  }
  static Ended undisturbed(const std::string& subject, unsigned workers = 2) {
    return run(subject + " - 0 " + std::to_string(workers));
  }

  const TemporaryFolder folder_;
  const std::string file_ = folder_.file("kept");
};

/// A program, and how it is explored.
class InterruptedWorkers : public WorkersCheckpoint, public testing::WithParamInterface<const char*> {
 protected:
  const std::string subject_ = GetParam();
};

TEST_P(InterruptedWorkers, are_followed_by_any_number_that_find_the_same) {
  const Ended expected = undisturbed(subject_);
  ASSERT_EQ(expected.status, 0) << expected.out;
  EXPECT_EQ(undisturbed(subject_, 3).out, expected.out);
  int interruptions = 0;
  unsigned round = 0;
  constexpr std::array<std::array<unsigned, 2>, 4> workers = {{{2, 2}, {3, 2}, {2, 3}, {3, 1}}};
  for (std::uint64_t steps = 1;; steps += std::max<std::uint64_t>(1, steps / 2), ++round) {
    std::filesystem::remove(file_);
    const auto [first, second] = workers[round % workers.size()];
    const Ended begun = go_on(subject_, std::to_string(steps), first);
    ASSERT_TRUE(begun.status == 0 || begun.status == 3) << begun.out;
    const Ended resumed = go_on(subject_, "0", second);
    ASSERT_EQ(resumed.status, 0) << resumed.out;
    ASSERT_EQ(resumed.out, expected.out) << first << " workers were interrupted after " << steps << " steps, and "
                                         << second << " went on";
    if (begun.status == 0) break;
    ++interruptions;
  }
  EXPECT_GE(interruptions, 5);
}

TEST_P(InterruptedWorkers, can_be_interrupted_again_and_again) {
  const Ended expected = undisturbed(subject_);
  Ended last;
  int interruptions = 0;
  constexpr std::array<unsigned, 3> workers = {2, 3, 1};
  for (std::uint64_t steps = 12;
       (last = go_on(subject_, std::to_string(steps), workers[interruptions % 3])).status == 3; steps += steps / 2) {
    ++interruptions;
  }
  EXPECT_EQ(last.status, 0);
  EXPECT_EQ(last.out, expected.out);
  EXPECT_GE(interruptions, 2);
}

INSTANTIATE_TEST_SUITE_P(Subjects, InterruptedWorkers,
                         testing::Values("mixed", "mixed-by_logic", "mixed-rerun", "mixed-no_livelocks", "mixed-scarce",
                                         "racing", "polite", "polite-scarce", "polite-no_livelocks", "stuck", "lively",
                                         "serving", "timed", "late", "detours", "detours-short", "detours-short-scarce",
                                         "crowd", "mixed-dpor", "mixed-dpor-rerun", "racing-dpor", "detours-dpor",
                                         "claims-dpor"),
                         [](const auto& row) {
                           std::string name = row.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_F(WorkersCheckpoint, survives_that_all_are_killed_again_and_again) {
  for (const std::string subject : {"crowd", "crowd-no_livelocks", "mixed", "many_claims-dpor"}) {
    std::filesystem::remove(file_);
    const Ended expected = undisturbed(subject);
    int kills = 0;
    Ended last;
    for (std::uint64_t steps = subject == "mixed" ? 60 : 200;
         (last = go_on(subject, "k" + std::to_string(steps), 2 + kills % 2)).status == -1; steps += steps / 3) {
      ++kills;
    }
    EXPECT_EQ(last.out, expected.out);
    EXPECT_GE(kills, subject == "mixed" ? 1 : 3);
  }
}

TEST_F(WorkersCheckpoint, survives_that_one_is_killed_between_two_checkpoints) {
  for (const std::string subject : {"crowd", "many_claims-dpor"}) {
    const Ended expected = undisturbed(subject);
    int kills = 0;
    for (const char* const steps : {"b60", "b150", "b300", "b500", "b700"}) {
      std::filesystem::remove(file_);
      if (go_on(subject, steps, 3).status == -1) ++kills;
      const Ended resumed = go_on(subject, "0", 2);
      EXPECT_EQ(resumed.out, expected.out) << subject << ' ' << steps;
    }
    EXPECT_GE(kills, 3);
  }
}

// What a part has left is gone on with by another process if one dies that was doing so.
TEST_F(WorkersCheckpoint, of_parts_is_resumed_even_if_a_worker_is_killed_meanwhile) {
  const Ended expected = undisturbed("many_claims-dpor");
  for (const char* const steps : {"w10", "w100", "w500"}) {
    std::filesystem::remove(file_);
    ASSERT_EQ(go_on("many_claims-dpor", "1000", 3).status, 3);
    EXPECT_EQ(go_on("many_claims-dpor", steps, 3).out, expected.out) << steps;
  }
}

// Whoever takes its place finds states that have their hashes already.
TEST_F(WorkersCheckpoint, is_resumed_even_if_a_worker_is_killed_meanwhile) {
  const Ended expected = undisturbed("crowd");
  for (const char* const steps : {"w1", "w30", "w100", "w400"}) {
    std::filesystem::remove(file_);
    ASSERT_EQ(go_on("crowd", "1500", 2).status, 3);
    EXPECT_EQ(go_on("crowd", steps, 3).out, expected.out) << steps;
  }
}

TEST_F(WorkersCheckpoint, stays_as_it_is_if_resuming_is_interrupted) {
  ASSERT_EQ(go_on("crowd", "2000", 2).status, 3);
  const std::string before = bytes_of(file_);
  EXPECT_EQ(go_on("crowd", "1", 2).status, 3);
  EXPECT_EQ(bytes_of(file_), before);
  EXPECT_EQ(go_on("crowd", "0", 2).out, undisturbed("crowd").out);
}

TEST_F(WorkersCheckpoint, is_refused_if_the_program_does_not_repeat_itself) {
  ASSERT_EQ(go_on("moody", "12", 2).status, 3);
  const Ended resumed = run("moody " + file_ + " 0 2", "MOOD=sad");
  EXPECT_EQ(resumed.status, 2);
  EXPECT_EQ(resumed.out, file_ +
                             ": the program does not repeat what it did when this checkpoint was written: it depends "
                             "on something outside (a file, the environment), or is another one; explore from the "
                             "start, without resuming\n");
}

TEST_F(WorkersCheckpoint, of_one_process_is_refused_by_several) {
  ASSERT_EQ(run("crowd " + file_ + " 300").status, 3);
  const Ended resumed = go_on("crowd", "0", 2);
  EXPECT_EQ(resumed.status, 2);
  EXPECT_EQ(resumed.out, file_ +
                             ": this is a checkpoint of an exploration with one worker; resume with --workers 1, or "
                             "explore from the start, without resuming\n");
}

TEST_F(WorkersCheckpoint, of_an_exploration_that_has_ended_holds_its_report) {
  const Ended first = go_on("mixed", "0", 2);
  const std::string before = bytes_of(file_);
  EXPECT_EQ(go_on("mixed", "0", 3).out, first.out);
  EXPECT_EQ(bytes_of(file_), before);
}

TEST(WaysInPieces, are_each_made_by_one_process_and_again_if_that_dies) {
  ArrivalTree ways(true, true);
  ArrivalTree::Id last = ArrivalTree::start;
  for (int i = 0; i < 10'000; ++i) last = ways.add(last, {0, false}, ArrivalTree::Kind::expanded);
  WaysInPieces pieces(ways, 2);
  const auto first = pieces.take(0), second = pieces.take(1), third = pieces.take(0);
  ASSERT_TRUE(first && second && third);
  EXPECT_FALSE(pieces.take(1));
  EXPECT_EQ(first->begin, 0);
  EXPECT_EQ(first->end, second->begin);
  EXPECT_EQ(second->end, third->begin);
  EXPECT_EQ(third->end, 10'000);
  pieces.has_made(*first);
  pieces.has_made(*second);
  EXPECT_FALSE(pieces.are_made());
  pieces.leave_again(0);
  const auto again = pieces.take(1);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->begin, third->begin);
  pieces.has_made(*again);
  EXPECT_TRUE(pieces.are_made());
}

}  // namespace
