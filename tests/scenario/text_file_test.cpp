#include "scenario/text_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "scenario/scenario.hpp"
#include "scenario/test_vocabulary.hpp"

namespace sim::scenario {
namespace {

namespace fs = std::filesystem;

class TextFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("racewalk-text-file-" + std::to_string(::getpid()));
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  fs::path folder_;
};

TEST_F(TextFile, is_read_whole) {
  const std::string text(200'000, 'x');
  EXPECT_EQ(*read_text_file(write("a.toml", text), 1 << 20, "scenario"), text);
  EXPECT_EQ(*read_text_file(write("empty", ""), 1 << 20, "scenario"), "");
}

TEST_F(TextFile, names_a_similar_file_if_it_is_missing) {
  write("kb885278.toml", "");
  EXPECT_EQ(read_text_file(path("kb88527.toml"), 100, "scenario").error().to_text(),
            path("kb88527.toml") + ": there is no such scenario file; did you mean \"" + path("kb885278.toml") + "\"?");
  EXPECT_EQ(read_text_file(path("other"), 100, "trace").error().to_text(),
            path("other") + ": there is no such trace file");
  EXPECT_EQ(read_text_file(path("no/folder"), 100, "trace").error().to_text(),
            path("no/folder") + ": there is no such trace file");
  EXPECT_EQ(read_text_file("", 100, "trace").error().to_text(), "the name of the trace file is empty");
}

TEST_F(TextFile, is_refused_if_it_is_a_directory) {
  EXPECT_EQ(read_text_file(folder_.string(), 100, "scenario").error().to_text(),
            folder_.string() + ": this is a directory; name a scenario file");
}

TEST_F(TextFile, is_refused_if_it_cannot_be_opened) {
  fs::create_symlink("loop", folder_ / "loop");
  EXPECT_EQ(read_text_file(path("loop"), 100, "scenario").error().to_text(),
            path("loop") + ": the scenario file cannot be read: Too many levels of symbolic links");
  const std::string secret = write("secret", "x");
  ::chmod(secret.c_str(), 0);
  if (::access(secret.c_str(), R_OK) != 0) {  // Root may read anything.
    EXPECT_EQ(read_text_file(secret, 100, "scenario").error().to_text(),
              secret + ": the scenario file cannot be read: Permission denied");
  }
}

TEST_F(TextFile, is_refused_if_it_is_larger_than_any_scenario) {
  const std::string noise = write("noise", std::string(10 * 1024 * 1024, '\x93'));
  EXPECT_EQ(load_scenario(noise, test_vocabulary()).error().to_text(),
            noise + ": this is no scenario file: it is larger than 1 MiB");
  EXPECT_EQ(load_scenario("/dev/zero", test_vocabulary()).error().to_text(),
            "/dev/zero: this is no scenario file: it is larger than 1 MiB");
}

}  // namespace
}  // namespace sim::scenario
