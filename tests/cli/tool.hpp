#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace sim::cli {

/// All bytes of a file; nothing if there is none.
std::string contents(const std::filesystem::path& path);

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// What a run of the tool left behind.
struct Outcome {
  int status = -1;  ///< Exit status; -1 if a signal ended it.
  std::string out, err;
};

/// How to run it, other than usual.
struct Surroundings {
  std::string program = RACEWALK_PROGRAM;
  std::string out = {};                       ///< A file for standard output, such as /dev/full; empty: captured.
  std::vector<std::string> environment = {};  ///< "NAME=value", added.
  std::function<void()> in_child = {};        ///< Called in the process before it becomes the tool.
  double interrupt_after_seconds = 0;         ///< 0: not.
  double kill_after_seconds = 0;              ///< The same, with a signal that nothing can catch.
};

/// A test that runs the tool as a process, in an empty folder of its own with a few scenarios.
class Tool : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  Outcome run(const std::vector<std::string>& arguments, const Surroundings& around = {}) const;

  void write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_ / name); }
  /// The names of all files below the folder, sorted, joined by spaces.
  std::string files() const;

  const std::string lost_trace_ = "racewalk-out/lost.no-lost-update.trace";

 private:
  std::filesystem::path folder_;
};

/// The same after `racewalk check lost.toml`, which wrote `lost_trace_`.
class ToolWithTrace : public Tool {
 protected:
  void SetUp() override;
};

/// To be called in the process of the tool: its files may not grow beyond a few bytes.
void limit_file_size();

}  // namespace sim::cli
