// Ordinary C++ across scheduling points: the standard library, statics, errno, registers.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/explore/agreement.hpp"

using namespace sim;
using agreement::explore_in_every_way;

namespace {

/// Two threads that run `body(me, x)` for me = 1 and 2.
template <class Body>
auto two_threads(Body body) {
  return [body] {
    atomic<int> x{0};
    thread a([&] { body(1, x); }), b([&] { body(2, x); });
    a.join();
    b.join();
  };
}

struct Shape {
  virtual ~Shape() = default;
  virtual int area() const = 0;
};
struct Square : Shape {
  explicit Square(int length) : side(length) {}
  int area() const override { return side * side; }
  int side;
};
struct Line : Shape {
  int area() const override { return 0; }
};

}  // namespace

TEST(OrdinaryCode, keeps_strings_and_vectors_across_scheduling_points) {
  const Report report = explore_in_every_way(two_threads([](int me, atomic<int>& x) {
    std::string text = "thread " + std::to_string(me) + " with a string longer than the small buffer";
    std::vector<std::string> seen;
    for (int i = 0; i < 2; ++i) {
      seen.push_back(text + std::to_string(x.fetch_add(1)));
      text.insert(0, seen.back().substr(0, 3));
    }
    observe("seen", seen[0].back());
    observe("seen", seen[1].back());
    observe("length", text.size());
  }));
  EXPECT_EQ(report.executions, 6u);
  EXPECT_EQ(report.outcomes.size(), 6u);
}

TEST(OrdinaryCode, keeps_maps_across_scheduling_points) {
  const Report report = explore_in_every_way([] {
    std::map<std::string, std::vector<int>> shared_map;
    mutex m;
    auto body = [&](int me) {
      for (int i = 0; i < 2; ++i) {
        const std::lock_guard lock(m);
        shared_map["key " + std::to_string(i)].push_back(me);
        if (shared_map.size() > 1) shared_map.erase("key 0");
      }
    };
    thread a(body, 1), b(body, 2);
    a.join();
    b.join();
    for (const auto& [key, values] : shared_map) {
      std::string all = key + ":";
      for (const int value : values) all += std::to_string(value);
      observe("entry", all);
    }
  });
  EXPECT_EQ(report.executions, 6u);
  EXPECT_EQ(report.outcomes.size(), 2u);  // Only key 1 is left, with 12 or 21.
}

TEST(OrdinaryCode, calls_functions_and_virtual_functions_across_scheduling_points) {
  const Report report = explore_in_every_way(two_threads([](int me, atomic<int>& x) {
    std::unique_ptr<Shape> shape;
    if (x.fetch_add(me) == 0)
      shape = std::make_unique<Square>(me);
    else
      shape = std::make_unique<Line>();
    const std::function<int(int)> plus = [&shape, me](int more) { return shape->area() * 10 + me + more; };
    x.fetch_add(1);
    observe("area", plus(100));
  }));
  EXPECT_EQ(report.executions, 6u);
  EXPECT_EQ(report.outcomes.size(), 2u);
  EXPECT_TRUE(report.outcomes.contains("area=111 area=102"));
  EXPECT_TRUE(report.outcomes.contains("area=101 area=142"));
}

TEST(OrdinaryCode, shares_pointers_between_threads) {
  const Report report = explore_in_every_way([] {
    struct Tracked {
      explicit Tracked(int& counter) : ended(counter) {}
      ~Tracked() { ++ended; }
      int& ended;
    };
    int ends = 0;
    mutex m;
    auto object = std::make_shared<Tracked>(ends);
    const auto body = [&m](std::shared_ptr<Tracked> held) {
      { const std::lock_guard lock(m); }
      held.reset();
      { const std::lock_guard lock(m); }
    };
    thread a(body, object), b(body, object);
    object.reset();
    a.join();
    b.join();
    observe("ends", ends);
  });
  EXPECT_TRUE(report.outcomes.contains("ends=1"));
  EXPECT_EQ(report.outcomes.size(), 1u);
}

TEST(OrdinaryCode, uses_regular_expressions_and_streams) {
  const Report report = explore_in_every_way(two_threads([](int me, atomic<int>& x) {
    const std::regex pattern("([a-z]+)([0-9]+)");
    std::ostringstream out;
    out << "abc" << x.fetch_add(1) << ' ' << 1.5;
    std::smatch match;
    const std::string text = out.str();
    x.fetch_add(me);
    if (std::regex_search(text, match, pattern)) observe("match", match[1].str() + "/" + match[2].str());
    std::istringstream in(text.substr(5));
    double number = 0;
    in >> number;
    observe("number", static_cast<int>(number * 10));
  }));
  EXPECT_EQ(report.executions, 6u);
  EXPECT_EQ(report.outcomes.size(), 4u);
}

TEST(OrdinaryCode, uses_malloc_and_its_kin) {
#ifdef RACEWALK_ASAN
  GTEST_SKIP() << "AddressSanitizer has a malloc of its own, whose memory no snapshot restores";
#endif
  const Report report = explore_in_every_way(two_threads([](int me, atomic<int>& x) {
    auto* numbers = static_cast<int*>(std::calloc(4, sizeof(int)));
    numbers[0] = x.fetch_add(1);
    numbers = static_cast<int*>(std::realloc(numbers, 400 * sizeof(int)));
    numbers[399] = me;
    char* copy = strdup("text");
    x.fetch_add(1);
    observe("sum", numbers[0] + numbers[1] + numbers[399]);
    observe("copy", copy);
    std::free(copy);
    std::free(numbers);
  }));
  EXPECT_EQ(report.executions, 6u);
  EXPECT_EQ(report.verdict, Verdict::holds);
}

namespace {

const std::vector<std::string>& late_table() {
  static const std::vector<std::string> table = [] {
    std::vector<std::string> made;
    for (int i = 0; i < 50; ++i) made.push_back("a line that does not fit a small string " + std::to_string(i));
    return made;
  }();
  return table;
}

}  // namespace

TEST(OrdinaryCode, keeps_function_local_statics_that_are_first_reached_late) {
  const auto program = [] {
    atomic<int> x{0};
    thread a([&] {
      x.store(1);
      x.store(2);
    });
    thread b([&] {
      // Not reached in the first executions, which run the first thread first.
      if (x.load() == 1) observe("line", late_table()[17].substr(36));
    });
    a.join();
    b.join();
  };
  const Report first = explore_in_every_way(program);
  EXPECT_TRUE(first.outcomes.contains("line=ing 17"));
  EXPECT_EQ(late_table().size(), 50u);
  EXPECT_EQ(explore_in_every_way(program).outcomes, first.outcomes);
}

TEST(OrdinaryCode, has_an_errno_for_each_thread) {
  const Report report = explore_in_every_way(two_threads([](int me, atomic<int>& x) {
    observe("at start", errno);
    errno = 10 + me;
    x.fetch_add(1);
    observe("errno", errno);
    errno = 20 + me;
    x.fetch_add(1);
    observe("errno", errno);
  }));
  EXPECT_EQ(report.executions, 6u);
  ASSERT_EQ(report.outcomes.size(), 1u);
  EXPECT_TRUE(report.outcomes.contains("at start=0 at start=0 errno=11 errno=21 errno=12 errno=22"));
}

TEST(OrdinaryCode, leaves_the_callers_errno_alone) {
  errno = ERANGE;
  explore([] { errno = ENOENT; });
  EXPECT_EQ(errno, ERANGE);
}

// At -O2 these counters live in registers that a callee preserves. Two states that differ in nothing else are
// different.
TEST(OrdinaryCode, has_loop_counters_in_registers_that_are_part_of_the_state) {
  const auto program = [] {
    atomic<int> x{0};
    const std::uint32_t rounds = choose(4);
    const std::uint32_t weight = choose(3) + 1;
    std::uint32_t sum = 0;
    for (std::uint32_t i = 0; i < rounds; ++i) {
      this_thread::yield();
      sum += weight;
    }
    for (int i = 0; i < 3; ++i) this_thread::yield();
    observe("sum", sum);
  };
  const Report report = explore_in_every_way(program);
  EXPECT_EQ(report.executions, 12u);
  EXPECT_EQ(report.outcomes.size(), 7u);  // 0, 1, 2, 3, 4, 6, 9
}

TEST(OrdinaryCode, has_floating_point_values_in_its_state) {
  const Report report = explore_in_every_way(two_threads([](int me, atomic<int>& x) {
    double value = 0.5 * me;
    for (int i = 0; i < 2; ++i) value = value * 3 + x.fetch_add(1);
    observe("value", static_cast<int>(value * 100));
  }));
  EXPECT_EQ(report.executions, 6u);
  EXPECT_EQ(report.outcomes.size(), 6u);
}

TEST(OrdinaryCode, spawns_a_thread_and_chooses_before_it_has_started) {
  const Report report = explore_in_every_way([] {
    atomic<int> x{0};
    thread a([&] { x.store(1); });
    const std::uint32_t chosen = choose(3);
    observe("chosen", chosen);
    a.join();
    observe("x", x.load());
  });
  EXPECT_EQ(report.executions, 3u);
  EXPECT_EQ(report.verdict, Verdict::holds);
  EXPECT_TRUE(report.outcomes.contains("chosen=2 x=1"));
}

TEST(OrdinaryCode, tells_outcomes_apart_by_thread_name_and_text) {
  const Report report = explore_in_every_way([] {
    const std::uint32_t chosen = choose(6);
    if (chosen == 0) observe("a", 1);
    if (chosen == 1) {
      thread other([] { observe("a", 0); });
      other.join();
    }
    if (chosen == 2) observe("ab", 0);
    if (chosen == 3) observe("a", "b");
    if (chosen == 4) observe("ab", "");
    if (chosen == 5) observe("", "ab");
  });
  EXPECT_EQ(agreement::outcomes_of(report), (std::set<std::string>{"a=1", "a=0", "ab=0", "a=b", "ab=", "=ab"}));
}
