#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace sim {

/// Compares `actual` with tests/golden/`name`, or writes that file if RACEWALK_UPDATE_GOLDEN is set.
/// Requires: RACEWALK_GOLDEN_DIR is defined by the target.
inline void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(RACEWALK_GOLDEN_DIR) + "/" + name;
  if (std::getenv("RACEWALK_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path << " cannot be read; RACEWALK_UPDATE_GOLDEN=1 writes it";
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(actual, expected) << "differs from " << path << "; tests/golden/README.md says how to update it";
}

}  // namespace sim
