/// Growing files where a volume can fill up: what reduction may take to commute.
#include <gtest/gtest.h>

#include <sim/sim.hpp>

#include <set>
#include <string>

#include "drive.hpp"
#include "tests/explore/class_counter.hpp"

namespace sim::vfs {
namespace {

using classes::count_classes;

/// Two threads that each create a file and write 5 bytes to it, on a volume on which `taken` bytes are in use.
void grow_two_files(std::uint64_t capacity, std::uint64_t taken = 0) {
  FileSystem fs;
  check(fs.mount("C:", {.capacity_bytes = capacity}).has_value(), "mount");
  {
    const InitialState setting_up;
    const auto other = fs.create_file("C:\\OTHER", Access::write, Share::none, Disposition::create_new);
    check(fs.set_end(*other, taken).has_value(), "fill");
  }
  const auto write = [&fs](const char* name) {
    const auto file = fs.create_file(name, Access::write, Share::none, Disposition::create_new);
    observe(name, static_cast<int>(error_of(fs.write(*file, 0, bytes("12345")))));
  };
  thread first([&] { write("C:\\A"); }), second([&] { write("C:\\B"); });
  first.join();
  second.join();
}

TEST(Footprints, of_growing_files_commute_only_while_there_is_room) {
  const auto classes_of = [](std::uint64_t capacity) {
    return count_classes([capacity] { grow_two_files(capacity); }).count();
  };
  const std::uint64_t plenty = VolumeOptions{}.capacity_bytes;
  EXPECT_EQ(classes_of(plenty), 1u);
  EXPECT_EQ(classes_of(plenty - 1), 2u);  // Smaller volumes are those that are meant to fill up.
  EXPECT_EQ(classes_of(9), 2u);
}

// Both fit alone and not together: who comes second fails, and neither may be taken to commute with the other.
TEST(Footprints, of_growing_files_let_each_one_be_the_first) {
  const auto program = [] { grow_two_files(9); };
  EXPECT_EQ(explore(program).executions, 2u);
  for (const Strategy strategy : {Strategy::optimal_dpor, Strategy::source_dpor, Strategy::dfs}) {
    const Report report = explore(program, {.strategy = strategy});
    std::set<std::string> outcomes;
    for (const auto& [outcome, count] : report.outcomes) outcomes.insert(outcome);
    EXPECT_EQ(outcomes, (std::set<std::string>{"C:\\A=0 C:\\B=112", "C:\\A=112 C:\\B=0"})) << to_text(strategy);
  }
}

TEST(Footprints, of_growing_files_are_ordered_where_a_large_volume_is_nearly_full) {
  const std::uint64_t plenty = VolumeOptions{}.capacity_bytes;
  EXPECT_EQ(explore([plenty] { grow_two_files(plenty, plenty - 9); }).outcomes.size(), 2u);
  EXPECT_EQ(explore([plenty] { grow_two_files(plenty, plenty / 2 - 10); }).executions, 1u);
}

// What a thread reads next depends on which entries there are. What came after the later event of a race took no part
// in its reversal under source_dpor: two of twelve traces were lost, found by a random program.
TEST(Footprints, of_an_enumeration_that_others_change_hide_no_trace) {
  const auto program = [] {
    FileSystem fs;
    static_cast<void>(fs.mount("C:"));
    atomic<int> unrelated{0};
    thread lister([&] {
      static_cast<void>(fs.create_directory("C:\\B"));
      auto find = fs.find_first("C:\\*");
      while (find && fs.find_next(*find)) {
      }
    });
    thread maker([&] {
      unrelated.store(1);
      static_cast<void>(fs.create_directory("C:\\A"));
    });
    thread setter([&] { static_cast<void>(fs.set_attributes("C:\\B", {.read_only = true})); });
    for (thread* it : {&lister, &maker, &setter}) it->join();
  };
  for (const Strategy strategy : {Strategy::dfs, Strategy::optimal_dpor, Strategy::source_dpor}) {
    const Report report = explore(program, {.strategy = strategy, .count_traces = true});
    EXPECT_EQ(report.traces, 12u) << to_text(strategy);
  }
}

}  // namespace
}  // namespace sim::vfs
