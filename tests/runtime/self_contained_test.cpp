// What a program changes outside itself: no snapshot restores it, so every interleaving would begin differently.
#include <gtest/gtest.h>

#include <locale>
#include <sstream>

#include "tests/explore/agreement.hpp"

using namespace sim;
using agreement::violation_of;

namespace changed {
int counter = 0;
thread_local long visits = 0;
}  // namespace changed

namespace {

bool seen = false;
int table[1000] = {1};

template <class Change>
auto two_threads_that(Change change) {
  return [change] {
    atomic<int> x{0};
    const auto body = [&] {
      x.fetch_add(1);
      change();
      x.fetch_add(1);
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
}

template <class Change>
std::string found_when_threads(Change change) {
  std::string detail;
  for (const Options& options : {agreement::to_the_end(Strategy::dfs), agreement::stateful()}) {
    const Report report = explore(two_threads_that(change), options);
    EXPECT_EQ(report.verdict, Verdict::violated);
    detail = violation_of(report, "self-contained").detail;
  }
  return detail;
}

int count_calls() {
  static int calls = 0;
  return ++calls;
}

const std::string& made_once() {
  static const std::string text(100, 'x');
  return text;
}

struct Facet : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
};

}  // namespace

TEST(SelfContainment, excludes_changing_a_global_variable) {
  EXPECT_EQ(found_when_threads([] { ++changed::counter; }),
            "the program changed `changed::counter` (static, 4 bytes), which lives outside it: create it inside the "
            "program");
  EXPECT_EQ(found_when_threads([] { seen = !seen; }),
            "the program changed `(anonymous namespace)::seen` (static, 1 byte), which lives outside it: create it "
            "inside the program");
  EXPECT_EQ(
      found_when_threads([] { ++table[999]; }),
      "the program changed `(anonymous namespace)::table` (static, 4000 bytes), which lives outside it: create it "
      "inside the program");
}

TEST(SelfContainment, is_missed_when_its_schedule_is_replayed) {
  const auto program = two_threads_that([] { ++changed::counter; });
  const Violation violation = violation_of(explore(program), "self-contained");
  const Report again = replay(program, violation.schedule);
  EXPECT_EQ(again.verdict, Verdict::violated);
  EXPECT_EQ(violation_of(again, "self-contained").detail, violation.detail);
  Options options;
  options.check_self_contained = false;
  EXPECT_EQ(replay(program, violation.schedule, options).verdict, Verdict::holds);
}

TEST(SelfContainment, excludes_changing_a_thread_local_variable) {
  EXPECT_EQ(found_when_threads([] { ++changed::visits; }),
            "the program changed `changed::visits` (thread_local, 8 bytes), which lives outside it: create it inside "
            "the program");
}

TEST(SelfContainment, excludes_counting_in_a_function_local_static) {
  EXPECT_EQ(found_when_threads([] { count_calls(); }),
            "the program changed `(anonymous namespace)::count_calls()::calls` (static, 4 bytes), which lives outside "
            "it: create it inside the program");
}

TEST(SelfContainment, excludes_changing_a_local_of_the_caller) {
  int local = 0;
  EXPECT_EQ(
      found_when_threads([&local] { ++local; }),
      "the program changed a local variable of the code that calls the exploration, which lives outside it: it has "
      "a reference or pointer to it; create what it changes inside the program");
  EXPECT_GT(local, 0);
}

TEST(SelfContainment, excludes_a_locale_that_lives_across_scheduling_points) {
  const auto program = [] {
    atomic<int> x{0};
    const auto body = [&] {
      const std::locale made(std::locale::classic(), new Facet);
      std::ostringstream out;
      out.imbue(made);
      x.fetch_add(1);
      out << 1.5;
      observe("text", out.str());
    };
    thread a(body), b(body);
    a.join();
    b.join();
  };
  Options options;
  options.strategy = Strategy::dfs;
  const Report report = explore(program, options);
  EXPECT_EQ(agreement::violated_in(report), std::set<std::string>{"self-contained"});
}

TEST(SelfContainment, allows_initialising_a_function_local_static_once) {
  const Report report =
      explore(two_threads_that([] { observe("size", made_once().size()); }), agreement::to_the_end(Strategy::dfs));
  EXPECT_EQ(report.verdict, Verdict::holds);
}

TEST(SelfContainment, allows_streams_numbers_and_exceptions) {
  const Report report = explore(two_threads_that([] {
                                  std::ostringstream out;
                                  out << 1.5 << ' ' << 17;
                                  try {
                                    observe("number", std::stoi(out.str()));
                                    throw std::runtime_error(out.str());
                                  } catch (const std::exception& error) {
                                    observe("error", error.what());
                                  }
                                }),
                                agreement::to_the_end(Strategy::dfs));
  EXPECT_EQ(report.verdict, Verdict::holds);
}

TEST(SelfContainment, allows_callbacks_of_the_caller_to_change_what_they_like) {
  int calls = 0;
  Options options = agreement::to_the_end(Strategy::random_walk);
  options.max_seconds = 0.35;
  options.progress = [&calls](const Progress&) {
    ++calls;
    ++changed::counter;
  };
  const Report report = explore(two_threads_that([] {}), options);
  EXPECT_TRUE(report.violations.empty());
  EXPECT_GT(calls, 0);
}

TEST(SelfContainment, is_not_checked_unless_asked_for) {
  Options options = agreement::to_the_end(Strategy::dfs);
  options.check_self_contained = false;
  EXPECT_EQ(explore(two_threads_that([] { ++changed::counter; }), options).verdict, Verdict::holds);
  options.check_self_contained = true;
  options.backtracking = Backtracking::reexecute;
  EXPECT_EQ(explore(two_threads_that([] { ++changed::counter; }), options).verdict, Verdict::holds);
}
