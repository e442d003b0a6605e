#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include "source_tree.hpp"

namespace sim::tidy {
namespace {

/// The names of all tests of this build, with '-' as '_': GoogleTest allows no '-'.
std::string names_of_tests() {
  const std::string command = std::string(RACEWALK_CTEST) + " --test-dir " RACEWALK_BINARY_DIR " -N 2>&1";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), count);
  ::pclose(pipe);
  std::ranges::replace(text, '-', '_');
  return text;
}

TEST(Scenarios, are_each_run_by_a_test_that_bears_their_name) {
  const std::string tests = names_of_tests();
  ASSERT_TRUE(names(tests, "Scenarios.are_each_run_by_a_test_that_bears_their_name")) << tests;
  for (const SourceFile& file : files_below({"scenarios"}, {".toml"})) {
    std::string stem = std::filesystem::path(file.path).stem().string();
    std::ranges::replace(stem, '-', '_');
    EXPECT_TRUE(names(tests, stem)) << file.path << ": no test is called by its name";
  }
}

}  // namespace
}  // namespace sim::tidy
