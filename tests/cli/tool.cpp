#include "cli/tool.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace sim::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view lost_scenario = R"(name = "lost"
title = "Two threads lose an update"
model = "counter"
[explore]
strategy = "stateful"
order = "breadth-first"
[expect]
verdict = "violated"
properties = ["no-lost-update", "no-stale-total"]
reaches = ["all-ended"]
)";

constexpr std::string_view fixed_scenario = R"(name = "fixed"
model = "counter"
[parameters]
atomic = true
[explore]
strategy = "stateful"
[expect]
reaches = ["all-ended"]
)";

// More interleavings than anybody waits for.
constexpr std::string_view big_scenario = R"(name = "big"
model = "counter"
[parameters]
threads = 8
rounds = 100
atomic = true
)";

}  // namespace

std::string contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void Tool::SetUp() {
  static std::atomic<int> count = 0;
  folder_ = fs::temp_directory_path() / ("racewalk-cli-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
  fs::create_directory(folder_);
  write("lost.toml", std::string(lost_scenario));
  write("fixed.toml", std::string(fixed_scenario));
  write("big.toml", std::string(big_scenario));
}

void Tool::TearDown() {
  fs::remove_all(folder_);
}

void ToolWithTrace::SetUp() {
  Tool::SetUp();
  ASSERT_EQ(run({"check", "lost.toml"}).status, 0);
}

void limit_file_size() {
  const rlimit few_bytes{600, 600};
  ::setrlimit(RLIMIT_FSIZE, &few_bytes);
}

void Tool::write(const std::string& name, const std::string& text) const {
  fs::create_directories((folder_ / name).parent_path());
  std::ofstream(folder_ / name, std::ios::binary) << text;
}

std::string Tool::read(const std::string& name) const {
  return contents(folder_ / name);
}

std::string Tool::files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    const std::string name = fs::relative(entry.path(), folder_).string();
    if (entry.is_regular_file() && name != "out" && name != "err") names.push_back(name);
  }
  std::ranges::sort(names);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

Outcome Tool::run(const std::vector<std::string>& arguments, const Surroundings& around) const {
  const std::string out = around.out.empty() ? (folder_ / "out").string() : around.out;
  const std::string err = (folder_ / "err").string();
  std::vector<char*> words = {const_cast<char*>("racewalk")};
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::chdir(folder_.c_str()) != 0) ::_exit(126);
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    ::unsetenv("COLUMNS");
    ::unsetenv("NO_COLOR");
    for (const std::string& variable : around.environment) ::putenv(const_cast<char*>(variable.c_str()));
    if (around.in_child) around.in_child();
    ::execv(around.program.c_str(), words.data());
    ::_exit(127);
  }
  if (around.interrupt_after_seconds > 0) {
    std::this_thread::sleep_for(std::chrono::duration<double>(around.interrupt_after_seconds));
    ::kill(child, SIGINT);
  }
  if (around.kill_after_seconds > 0) {
    std::this_thread::sleep_for(std::chrono::duration<double>(around.kill_after_seconds));
    ::kill(child, SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, around.out.empty() ? contents(out) : "", contents(err)};
}

}  // namespace sim::cli
