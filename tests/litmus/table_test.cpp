// traces_known.csv, from an independent enumeration, and the programs that the other tests run say the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/litmus/known_programs.hpp"

namespace {

/// The cells of a line; those in quotes may contain commas.
std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      cells.emplace_back();
    else
      cells.back() += c;
  }
  return cells;
}

std::vector<std::vector<std::string>> rows() {
  std::ifstream file(RACEWALK_KNOWN_TRACES);
  std::vector<std::vector<std::string>> all;
  for (std::string line; std::getline(file, line);) all.push_back(cells_of(line));
  return all;
}

}  // namespace

TEST(KnownPrograms, are_those_of_the_table_with_its_numbers) {
  const std::vector<std::vector<std::string>> table = rows();
  ASSERT_GT(table.size(), 1u);
  const std::vector<std::string> header = {"program",           "description",  "interleavings",    "traces",
                                           "deadlocked_traces", "final_states", "reachable_states", "closed_form"};
  ASSERT_EQ(table[0], header);
  EXPECT_EQ(table.size() - 1, std::size(known::programs));
  for (std::size_t at = 1; at < table.size(); ++at) {
    const std::vector<std::string>& row = table[at];
    SCOPED_TRACE(row[0]);
    ASSERT_EQ(row.size(), header.size());
    const auto program = std::ranges::find(known::programs, row[0], &known::Program::name);
    ASSERT_NE(program, std::end(known::programs)) << "there is no such program";
    EXPECT_EQ(program->interleavings, std::stoull(row[2]));
    EXPECT_EQ(program->traces, std::stoull(row[3]));
    EXPECT_EQ(program->deadlocked_traces, std::stoull(row[4]));
    EXPECT_EQ(program->deadlocks, program->deadlocked_traces != 0);
    EXPECT_EQ(program->final_states, std::stoull(row[5]));
    EXPECT_EQ(program->reachable_states, std::stoull(row[6]));
  }
}
