// The list of breaks fits the sources, and the documents have all of it. `./dev mutants` builds and runs them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace sim::tidy {
namespace {

const std::filesystem::path root = RACEWALK_SOURCE_DIR;

std::string contents(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// The paragraphs of the list, without comments: description, file, sed script, test program, filter.
std::vector<std::vector<std::string>> mutants() {
  std::vector<std::vector<std::string>> all(1);
  std::istringstream list(contents(root / "tests/mutants/mutants.txt"));
  for (std::string line; std::getline(list, line);) {
    if (line.empty()) all.emplace_back();
    if (!line.empty() && line[0] != '#') all.back().push_back(line);
  }
  std::erase_if(all, [](const auto& paragraph) { return paragraph.empty(); });
  return all;
}

}  // namespace

TEST(Mutants, fit_the_sources_and_are_in_the_documents) {
  const std::string document = contents(root / "docs/verification.md");
  EXPECT_GT(mutants().size(), 20u);
  for (const std::vector<std::string>& mutant : mutants()) {
    SCOPED_TRACE(mutant[0]);
    ASSERT_EQ(mutant.size(), 5u);
    EXPECT_NE(document.find("| " + mutant[0] + " |"), std::string::npos) << "docs/verification.md lacks it";
    const std::string file = (root / mutant[1]).string();
    ASSERT_EQ(mutant[2].find('\''), std::string::npos);
    const std::string breaks = "sed -E -e '" + mutant[2] + "' '" + file + "' | cmp -s - '" + file + "'";
    EXPECT_NE(std::system(breaks.c_str()), 0) << "its script changes nothing in " << mutant[1];
  }
}

}  // namespace sim::tidy
