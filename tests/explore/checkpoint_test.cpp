// Explorations that are kept in a file: killed and resumed they find what they find undisturbed, and a file that does
// not fit is refused.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explore/checkpoint.hpp"
#include "sim.hpp"
#include "tests/bench/programs.hpp"
#include "tests/explore/agreement.hpp"
#include "tests/temporary_folder.hpp"

using namespace sim;
using agreement::violated_in;

namespace {

void expect_equal(const Report& actual, const Report& expected) {
  EXPECT_EQ(actual.verdict, expected.verdict);
  EXPECT_EQ(actual.complete, expected.complete);
  EXPECT_EQ(actual.reason, expected.reason);
  EXPECT_EQ(actual.executions, expected.executions);
  EXPECT_EQ(actual.blocked_executions, expected.blocked_executions);
  EXPECT_EQ(actual.failing_executions, expected.failing_executions);
  EXPECT_EQ(actual.transitions, expected.transitions);
  EXPECT_EQ(actual.outcomes, expected.outcomes);
  EXPECT_EQ(violated_in(actual), violated_in(expected));
}

/// A folder of its own for each test.
class Checkpoint : public testing::Test {
 protected:
  Options kept(Options options) const {
    options.checkpoint_file = file_;
    options.checkpoint_seconds = 0;
    options.resume = std::filesystem::exists(file_);
    return options;
  }

  std::string read() const { return bytes_of(file_); }
  void write(const std::string& bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }

  const TemporaryFolder folder_;
  const std::string file_ = folder_.file("kept");
};

/// Why explore() refuses to resume; nothing if it does not.
template <class Program>
std::string refusal(Program&& program, Options options) {
  options.resume = true;
  try {
    (void)explore(program, options);
  } catch (const checkpoint::Error& error) {
    return error.what();
  }
  return {};
}

// ---- killed explorations ------------------------------------------------------------------------

struct Killed {
  Strategy strategy;
  std::function<void()> program;
  std::uint64_t most = 0;  ///< Executions; 0: until there are no more.
};

class KilledExploration : public Checkpoint, public testing::WithParamInterface<Killed> {
 protected:
  static Options options() {
    Options options;
    options.strategy = GetParam().strategy;
    options.max_executions = GetParam().most;
    options.stop_at_first_violation = false;
    options.seed = 7;
    return options;
  }

  /// Explores in a child, and kills it when it has written so many checkpoints. False if it ended before.
  bool explore_and_kill(int checkpoints) const {
    const ino_t before = current();
    const pid_t child = fork();
    if (child == 0) {
      [[maybe_unused]] const int niceness = nice(19);  // Whoever is to kill it goes first.
      const Report report = explore(GetParam().program, kept(options()));
      _exit(report.executions != 0 ? 0 : 1);
    }
    ino_t last = before;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
      const ino_t now = current();
      if (now != last && checkpoints-- == 0) kill(child, SIGKILL);
      last = now;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    if (WIFSIGNALED(status)) return true;
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return false;
  }

 private:
  ino_t current() const {
    struct stat status {};
    return stat(file_.c_str(), &status) == 0 ? status.st_ino : 0;
  }
};

TEST_P(KilledExploration, finds_what_it_finds_undisturbed) {
  const Report undisturbed = explore(GetParam().program, options());
  ASSERT_GT(undisturbed.executions, 1000U);
  int killed_times = 0;
  while (killed_times < 3 && explore_and_kill(killed_times + 1)) ++killed_times;
  EXPECT_GE(killed_times, 1) << "the exploration is too short to be killed";
  EXPECT_FALSE(explore_and_kill(1'000'000));
  expect_equal(explore(GetParam().program, kept(options())), undisturbed);
}

/// Values are chosen, something is violated now and then, and threads block.
void choosing() {
  sim::mutex mutex;
  sim::atomic<int> sum{0};
  const auto add = [&] {
    for (int i = 0; i < 4; ++i) {
      const int amount = static_cast<int>(sim::choose(2)) + 1;
      const std::lock_guard lock(mutex);
      sum.store(sum.load() + amount);
    }
  };
  sim::thread one(add), two(add);
  const int seen = sum.load();
  one.join();
  two.join();
  sim::check(seen < 4, "few");
  sim::observe("seen", seen);
}

#ifdef RACEWALK_ASAN
constexpr std::uint64_t enough = 60'000, enough_samples = 60'000;
#else
constexpr std::uint64_t enough = 0, enough_samples = 400'000;
#endif

const Killed killed[] = {
    {Strategy::dfs, choosing, enough},
    {Strategy::source_dpor, bench::claim_racy<4, 1>, enough},
    {Strategy::optimal_dpor, bench::claim_racy<4, 1>, enough},
    {Strategy::preemption_bounded, bench::claim_racy<3, 1>, enough},
    {Strategy::random_walk, bench::claim_racy<4, 1>, enough_samples},
    {Strategy::pct, bench::claim_racy<4, 1>, enough_samples},
};

INSTANTIATE_TEST_SUITE_P(Strategies, KilledExploration, testing::ValuesIn(killed),
                         [](const auto& row) { return std::string(to_text(row.param.strategy)); });

// ---- what is refused ----------------------------------------------------------------------------

/// One whose file holds an exploration that has not ended.
class UnfinishedCheckpoint : public Checkpoint {
 protected:
  UnfinishedCheckpoint() {
    options_ = kept({});
    options_.strategy = Strategy::optimal_dpor;
    options_.stop_at_first_violation = false;
    options_.max_executions = 50;
    options_.checkpoint_label = "claims";
    (void)explore(bench::claim_racy<3, 1>, options_);
  }

  Options options_;
};

TEST_F(UnfinishedCheckpoint, goes_on_with_a_larger_budget) {
  options_.resume = true;
  options_.max_executions = 0;
  const Report resumed = explore(bench::claim_racy<3, 1>, options_);
  options_.checkpoint_file.clear();
  options_.resume = false;
  expect_equal(resumed, explore(bench::claim_racy<3, 1>, options_));
}

TEST_F(UnfinishedCheckpoint, is_refused_wherever_a_byte_is_flipped) {
  const std::string whole = read();
  ASSERT_GT(whole.size(), 500U);
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
    write(damaged);
    const std::string why = refusal(bench::claim_racy<3, 1>, options_);
    ASSERT_TRUE(why.find("damaged") != std::string::npos || why.find("no checkpoint") != std::string::npos)
        << "byte " << at << ": " << why;
  }
}

TEST_F(UnfinishedCheckpoint, is_refused_wherever_it_is_cut_off) {
  const std::string whole = read();
  for (std::size_t size = 0; size < whole.size(); size += size < 48 ? 1 : 7) {
    write(whole.substr(0, size));
    const std::string why = refusal(bench::claim_racy<3, 1>, options_);
    ASSERT_TRUE(why.find("damaged") != std::string::npos || why.find("no checkpoint") != std::string::npos)
        << size << " bytes: " << why;
  }
  write(whole + "more");
  EXPECT_NE(refusal(bench::claim_racy<3, 1>, options_).find("damaged"), std::string::npos);
}

TEST_F(UnfinishedCheckpoint, is_refused_by_another_strategy) {
  options_.strategy = Strategy::source_dpor;
  EXPECT_EQ(refusal(bench::claim_racy<3, 1>, options_),
            file_ + ": this is a checkpoint of an exploration with strategy = optimal_dpor, not source_dpor; resume " +
                "with the same options, or explore from the start, without resuming");
}

TEST_F(UnfinishedCheckpoint, is_refused_by_another_program) {
  const auto another = [] { bench::claim_racy<3, 1>(); };
  EXPECT_EQ(refusal(another, options_),
            file_ + ": this is a checkpoint of another program; explore from the start, without resuming");
}

TEST_F(UnfinishedCheckpoint, is_refused_under_another_label) {
  options_.checkpoint_label = "others";
  EXPECT_EQ(refusal(bench::claim_racy<3, 1>, options_),
            file_ + ": this is a checkpoint of something else: of claims, not of others; explore from the start, " +
                "without resuming");
}

TEST_F(Checkpoint, that_does_not_exist_is_refused) {
  Options options;
  options.strategy = Strategy::dfs;
  options.checkpoint_file = file_;
  EXPECT_EQ(refusal(choosing, options), file_ + ": there is no checkpoint to resume; explore without resuming first");
}

TEST_F(Checkpoint, of_stateful_is_refused_with_another_order) {
  Options options = kept({});
  options.strategy = Strategy::stateful;
  options.max_executions = 2;
  options.stop_at_first_violation = false;
  (void)explore(choosing, options);
  options.order = Order::breadth_first;
  EXPECT_EQ(refusal(choosing, options),
            file_ +
                ": this is a checkpoint of an exploration with order = depth-first, not breadth-first; resume with " +
                "the same options, or explore from the start, without resuming");
}

TEST_F(Checkpoint, of_stateful_stays_as_it_is_if_nothing_is_left_to_spend) {
  Options options = kept({});
  options.strategy = Strategy::stateful;
  options.max_executions = 2;
  options.stop_at_first_violation = false;
  const Report before = explore(choosing, options);
  const std::string whole = read();
  options.resume = true;
  expect_equal(explore(choosing, options), before);
  EXPECT_EQ(read(), whole);
  EXPECT_EQ(explore(choosing, options).states, before.states);
}

}  // namespace
