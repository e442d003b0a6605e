// Exceptions across scheduling points: what is thrown, caught and in flight belongs to the state of each thread.
#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/explore/agreement.hpp"

using namespace sim;
using agreement::explore_in_every_way;

namespace {

struct Yielding {
  atomic<int>& x;
  ~Yielding() { x.fetch_add(1); }
};

void throw_runtime_error(const char* what) {
  throw std::runtime_error(what);
}

}  // namespace

TEST(Exceptions, cross_scheduling_points_inside_catch_blocks) {
  const Report report = explore_in_every_way([] {
    atomic<int> x{0};
    auto body = [&](int me) {
      try {
        throw std::runtime_error("thrown by " + std::to_string(me));
      } catch (const std::exception& error) {
        const int seen = x.fetch_add(1);
        observe("caught", std::string(error.what()) + " as " + std::to_string(seen));
      }
    };
    thread a(body, 1), b(body, 2);
    a.join();
    b.join();
  });
  EXPECT_EQ(report.executions, 2u);
  EXPECT_EQ(report.outcomes.size(), 2u);
  EXPECT_TRUE(report.outcomes.contains("caught=thrown by 1 as 0 caught=thrown by 2 as 1"));
}

TEST(Exceptions, nested_in_catch_blocks_are_rethrown_to_their_own_handlers) {
  const Report report = explore_in_every_way([] {
    atomic<int> x{0};
    auto body = [&](int me) {
      try {
        try {
          throw std::out_of_range("inner " + std::to_string(me));
        } catch (const std::out_of_range& inner) {
          x.fetch_add(1);
          try {
            throw std::runtime_error("second " + std::to_string(me));
          } catch (const std::runtime_error& second) {
            x.fetch_add(1);
            observe("second", second.what());
          }
          x.fetch_add(1);
          throw;
        }
      } catch (const std::exception& outer) {
        observe("outer", outer.what());
        observe("flying", std::uncaught_exceptions());
      }
    };
    thread a(body, 1), b(body, 2);
    a.join();
    b.join();
    observe("x", x.load());
  });
  EXPECT_EQ(report.executions, 20u);  // C(6, 3)
  EXPECT_EQ(report.outcomes.size(), 1u);
  EXPECT_TRUE(
      report.outcomes.contains("flying=0 flying=0 outer=inner 1 outer=inner 2 second=second 1 second=second 2 x=6"));
}

TEST(Exceptions, are_handed_from_thread_to_thread_as_exception_ptr) {
  const Report report = explore_in_every_way([] {
    std::exception_ptr stored;
    mutex m;
    auto thrower = [&](int me) {
      try {
        throw std::runtime_error(std::to_string(me));
      } catch (...) {
        const std::lock_guard lock(m);
        if (!stored) stored = std::current_exception();
      }
    };
    {
      thread a(thrower, 1), b(thrower, 2);
      a.join();
      b.join();
    }
    try {
      std::rethrow_exception(stored);
    } catch (const std::exception& error) {
      observe("first", error.what());
    }
  });
  EXPECT_EQ(report.executions, 2u);
  EXPECT_EQ(report.outcomes.size(), 2u);
}

TEST(Exceptions, unwind_through_destructors_with_scheduling_points) {
  const Report report = explore_in_every_way([] {
    atomic<int> x{0}, y{0};
    auto body = [&](int me) {
      try {
        const Yielding first{x}, second{y};
        if (me != 3) throw me;
      } catch (int thrown) {
        observe("thrown", thrown);
        observe("seen", x.load() * 10 + y.load());
      }
    };
    thread a(body, 1), b(body, 2);
    a.join();
    b.join();
  });
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.executions, 70u);      // C(8, 4)
  EXPECT_EQ(report.outcomes.size(), 5u);  // 11 or 12 and 22, in either order, or 22 twice
}

TEST(Exceptions, know_how_many_are_in_flight_in_each_thread) {
  struct Counts {
    atomic<int>& x;
    ~Counts() {
      x.fetch_add(1);
      observe("flying", std::uncaught_exceptions());
    }
  };
  const Report report = explore_in_every_way([] {
    atomic<int> x{0};
    auto body = [&](int me) {
      try {
        const Counts counts{x};
        if (me == 1) throw 1;
        x.fetch_add(1);
      } catch (int) {
      }
    };
    thread a(body, 1), b(body, 2);
    a.join();
    b.join();
  });
  EXPECT_EQ(report.executions, 3u);
  ASSERT_EQ(report.outcomes.size(), 1u);
  EXPECT_TRUE(report.outcomes.contains("flying=1 flying=0"));
}

TEST(Exceptions, of_the_standard_library_are_caught_like_others) {
  const Report report = explore_in_every_way([] {
    atomic<int> x{0};
    auto body = [&] {
      const std::vector<int> three(3);
      const auto index = static_cast<std::size_t>(x.fetch_add(2));
      try {
        observe("value", three.at(index + 2));
      } catch (const std::out_of_range&) {
        x.fetch_add(1);
        observe("value", -1);
      }
      try {
        observe("number", std::stoi("x"));
      } catch (const std::invalid_argument& error) {
        observe("number", error.what());
      }
    };
    thread a(body), b(body);
    a.join();
    b.join();
  });
  EXPECT_EQ(report.outcomes.size(), 2u);
  EXPECT_TRUE(report.outcomes.contains("number=stoi number=stoi value=0 value=-1"));
}

TEST(Exceptions, that_nobody_catches_are_violations) {
  const Report report = explore_in_every_way([] {
    atomic<int> x{0};
    thread a([&] { x.store(1); });
    thread b([&] {
      if (x.load() == 1) throw std::runtime_error("one");
    });
    a.join();
    b.join();
  });
  EXPECT_EQ(report.verdict, Verdict::violated);
  EXPECT_EQ(report.executions, 2u);
  const Violation violation = agreement::violation_of(report, "uncaught-exception");
  EXPECT_EQ(violation.detail, "one");
  EXPECT_EQ(violation.schedule.to_text(), "1 2");
}

TEST(Exceptions, that_are_no_std_exception_are_violations_too) {
  const Report report = explore([] { throw 1; });
  EXPECT_EQ(agreement::violation_of(report, "uncaught-exception").detail, "an exception that is no std::exception");
}

TEST(Exceptions, that_leave_a_noexcept_function_are_violations) {
  for (int round = 0; round < 2; ++round) {
    const Report report = explore_in_every_way([] {
      atomic<int> x{0};
      auto body = [&]() noexcept {
        if (x.fetch_add(1) == 1) throw_runtime_error("second");
      };
      thread a(body), b(body);
      a.join();
      b.join();
    });
    const Violation violation = agreement::violation_of(report, "uncaught-exception");
    EXPECT_EQ(violation.detail, "an exception left a function that must not throw: second");
    EXPECT_EQ(violation.schedule.size(), 2u);
  }
}

TEST(Exceptions, of_a_predicate_are_violations) {
  const Report awaited = explore_in_every_way([] {
    atomic<int> x{0};
    thread a([&] { x.store(1); });
    await([&]() -> bool {
      if (x.load() == 1) throw std::runtime_error("from await");
      return false;
    });
    a.join();
  });
  EXPECT_EQ(agreement::violation_of(awaited, "uncaught-exception").detail, "from await");
  const Report invariant_of = explore_in_every_way([] {
    atomic<int> x{0};
    invariant("never-thrown", [&]() -> bool {
      if (x.load() == 1) throw 17;
      return true;
    });
    thread a([&] { x.store(1); });
    try {
      a.join();
    } catch (...) {
      observe("caught", "by the program");
    }
  });
  EXPECT_EQ(agreement::violation_of(invariant_of, "uncaught-exception").detail,
            "a predicate throws an exception that is no std::exception");
}
