// What a failing test prints can be compiled, and is the program that failed.
#include "tests/property/printed_programs.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/explore/agreement.hpp"
#include "tests/property/generator.hpp"

using namespace sim;
using property::Op;
using property::RandomProgram;

TEST(Samples, have_all_operations) {
  const std::vector<RandomProgram> samples = property::samples();
  for (int op = 0; op < property::op_count; ++op) {
    const auto has = [op](const RandomProgram& program) { return property::uses(program, static_cast<Op>(op)); };
    EXPECT_TRUE(std::ranges::any_of(samples, has)) << "operation " << op;
  }
}

TEST(PrintedPrograms, do_what_the_printed_programs_do) {
  const std::vector<RandomProgram> samples = property::samples();
  const auto printed = property::printed_programs();
  ASSERT_EQ(printed.size(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    SCOPED_TRACE(property::to_cpp(samples[i], "program"));
    for (const Strategy strategy : {Strategy::dfs, Strategy::optimal_dpor}) {
      Options options = agreement::to_the_end(strategy);
      options.time = samples[i].free_time ? Time::free : Time::urgent;
      options.max_executions = 200;
      const Report expected = explore([&] { property::run(samples[i]); }, options);
      const Report report = printed[i](options);
      EXPECT_EQ(report.executions, expected.executions);
      EXPECT_EQ(report.transitions, expected.transitions);
      EXPECT_EQ(report.outcomes, expected.outcomes);
      EXPECT_EQ(agreement::violated_in(report), agreement::violated_in(expected));
    }
  }
}

TEST(PrintedPrograms, are_cpp_to_be_pasted_into_a_test) {
  RandomProgram program;
  program.threads = {{{Op::try_lock, 1, 0, 2}, {Op::compare_exchange, 0, 2}, {Op::unlock, 1, 0}},
                     {{Op::file_open, 0, 3, 1}, {Op::file_read, 0, 0}}};
  program.volumes = 2;
  EXPECT_EQ(property::to_cpp(program, "found"), R"(const auto found = [] {
  sim::atomic<int> x[2];
  sim::mutex m[2];
  property::Files files(2, false);
  {
    std::vector<sim::thread> threads;
    threads.emplace_back([&] {
      int r = 0;
      const auto learn = [&](int result) { r = ((7 * r + result) % 1009 + 1009) % 1009; };
      if (m[1].try_lock()) {
        { int expected = 2; x[0].compare_exchange_strong(expected, 2 + 1); learn(expected); }
        m[1].unlock();
      }
      sim::observe("r1", r);
    });
    threads.emplace_back([&] {
      int r = 0;
      const auto learn = [&](int result) { r = ((7 * r + result) % 1009 + 1009) % 1009; };
      sim::vfs::Handle file;
      if (files.open(file, 0, 3)) {
        learn(files.read(file));
      }
      sim::observe("r2", r);
    });
    for (sim::thread& thread : threads) thread.join();
  }
  sim::observe("x0", static_cast<int>(x[0].contents()));
  sim::observe("x1", static_cast<int>(x[1].contents()));
};
)");
}
