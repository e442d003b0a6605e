// README and docs/ show what is true: every C++ block is a file of this folder (which is compiled), every output of
// such a file and of a racewalk command is what it prints. In a block ```console, "$ COMMAND" is run, the lines below
// are its output, "..." stands for any lines, and "$ echo $?" is followed by the exit status (0 unless stated). Numbers
// of states and times are not compared: they depend on compiler and machine. RACEWALK_UPDATE_DOCUMENTS=1 in the
// environment writes those of this run into the documents.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = RACEWALK_SOURCE_DIR;
const fs::path snippets = root / "tests/docs";

std::string contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// A fenced block of code: what stands behind ```, and the lines.
struct Block {
  fs::path document;
  std::string language;
  std::vector<std::string> lines;

  std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }
};

std::vector<fs::path> documents() {
  std::vector<fs::path> paths = {root / "README.md"};
  for (const auto& entry : fs::recursive_directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md") paths.push_back(entry.path());
  }
  return paths;
}

std::vector<Block> blocks_of(const fs::path& document) {
  std::vector<Block> blocks;
  bool inside = false;
  for (const std::string& line : lines_of(contents(document))) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) blocks.push_back({document, line.substr(3), {}});
    } else if (inside) {
      blocks.back().lines.push_back(line);
    }
  }
  EXPECT_FALSE(inside) << document << ": a block of code is not closed";
  return blocks;
}

struct Outcome {
  int status = -1;
  std::string out;
};

// Runs a shell command in `folder`; standard error joins standard output.
Outcome run(const std::string& command, const fs::path& folder) {
  const std::string line = "cd '" + folder.string() + "' && unset COLUMNS && { " + command + "\n} 2>&1 </dev/null";
  std::FILE* const pipe = ::popen(line.c_str(), "r");
  Outcome outcome;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.out.append(buffer.data(), count);
  }
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

// True for lines with numbers that depend on compiler and machine.
bool has_numbers_of_the_run(const std::string& line) {
  return line.starts_with("explored: ") || line.starts_with("goals reached: ") || line.starts_with("omission: ");
}

// Without these numbers.
std::string comparable(const std::string& line) {
  if (!has_numbers_of_the_run(line)) return line;
  static const std::regex number("[0-9][0-9.,]*( (ms|s|B|KiB|MiB|GiB)\\b)?(executions?\\b)?");
  return std::regex_replace(line, number, "#");
}

/// True iff `shown` is `printed`, with "..." for any lines. A shown excerpt may begin and end anywhere.
bool matches(const std::vector<std::string>& shown, const std::vector<std::string>& printed, std::size_t at,
             std::size_t begin, bool excerpt) {
  if (begin == shown.size()) return excerpt || at == printed.size();
  if (shown[begin] == "...") {
    for (std::size_t next = at; next <= printed.size(); ++next) {
      if (matches(shown, printed, next, begin + 1, excerpt)) return true;
    }
    return false;
  }
  return at < printed.size() && comparable(shown[begin]) == comparable(printed[at]) &&
         matches(shown, printed, at + 1, begin + 1, excerpt);
}

// Writes the numbers of this run into the document, in place of those shown.
void update(const fs::path& document, const std::vector<std::string>& shown, const std::vector<std::string>& printed) {
  std::string text = contents(document);
  for (const std::string& line : shown) {
    if (!has_numbers_of_the_run(line)) continue;
    const auto now = std::ranges::find(printed, comparable(line), comparable);
    const std::size_t at = text.find("\n" + line + "\n");
    if (now != printed.end() && at != std::string::npos) text.replace(at + 1, line.size(), *now);
  }
  std::ofstream(document) << text;
}

/// A folder with the scenarios, and `racewalk` in the path.
class Documents : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("racewalk-docs-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "bin");
    fs::create_directories(folder_ / "bin-tickets");
    fs::create_directory_symlink(root / "scenarios", folder_ / "scenarios");
    fs::copy(snippets / "tickets.toml", folder_);
    fs::create_symlink(RACEWALK_PROGRAM, folder_ / "bin/racewalk");
    fs::create_symlink(RACEWALK_TICKETS, folder_ / "bin-tickets/racewalk");
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Runs the commands of a block, and compares. Leaves what the last one printed in `printed_`.
  void check_console(const Block& block) {
    const bool tickets = block.text().find("tickets.toml") != std::string::npos;
    const std::string path = "PATH=$PWD/" + std::string(tickets ? "bin-tickets" : "bin") + ":$PATH; ";
    for (std::size_t at = 0; at < block.lines.size();) {
      ASSERT_TRUE(block.lines[at].starts_with("$ ")) << block.document << ": " << block.lines[at];
      const std::string command = block.lines[at++].substr(2);
      std::vector<std::string> shown;
      while (at < block.lines.size() && !block.lines[at].starts_with("$ ")) shown.push_back(block.lines[at++]);
      int status = 0;
      if (at < block.lines.size() && block.lines[at] == "$ echo $?") {
        status = std::stoi(block.lines.at(at + 1));
        at += 2;
      }
      const Outcome outcome = run(path + command, folder_);
      EXPECT_EQ(outcome.status, status) << block.document << ": " << command << "\n" << outcome.out;
      printed_ = lines_of(outcome.out);
      EXPECT_TRUE(matches(shown, printed_, 0, 0, false)) << block.document << ": " << command << " prints\n"
                                                         << outcome.out;
      if (std::getenv("RACEWALK_UPDATE_DOCUMENTS") != nullptr) update(block.document, shown, printed_);
    }
  }

  void check_consoles(bool slow) {
    for (const fs::path& document : documents()) {
      printed_.clear();
      for (const Block& block : blocks_of(document)) {
        if (block.language == (slow ? "console slow" : "console")) check_console(block);
        if (block.language != "text" || printed_.empty() || slow) continue;
        bool found = is_output_of_a_snippet(block);
        for (std::size_t at = 0; at < printed_.size() && !found; ++at) {
          found = matches(block.lines, printed_, at, 0, true);
        }
        EXPECT_TRUE(found) << document << ": the command above does not print\n" << block.text();
      }
    }
  }

  static bool is_output_of_a_snippet(const Block& block) {
    for (const std::string program : {RACEWALK_SNIPPETS}) {
      if (run(program, fs::temp_directory_path()).out == block.text()) return true;
    }
    return false;
  }

  fs::path folder_;
  std::vector<std::string> printed_;
};

TEST(Snippets, are_files_that_are_compiled) {
  for (const fs::path& document : documents()) {
    for (const Block& block : blocks_of(document)) {
      if (block.language != "cpp") continue;
      bool found = false;
      for (const auto& entry : fs::directory_iterator(snippets)) {
        found = found || (entry.path().extension() == ".cpp" && contents(entry.path()) == block.text());
      }
      EXPECT_TRUE(found) << document << ": no file in tests/docs is\n" << block.text();
    }
  }
}

TEST(Snippets, of_cmake_and_toml_are_files_too) {
  const std::string cmake = contents(root / "tests/package/consumer/CMakeLists.txt");
  for (const Block& block : blocks_of(root / "README.md")) {
    if (block.language != "cmake") continue;
    EXPECT_NE(cmake.find(block.text()), std::string::npos) << block.text();
  }
  const std::string known = contents(root / "scenarios/kb885278.toml") + contents(snippets / "tickets.toml");
  for (const fs::path& document : {root / "docs/tutorial.md", root / "docs/how-to/write-a-model.md"}) {
    for (const Block& block : blocks_of(document)) {
      if (block.language != "toml") continue;
      EXPECT_NE(known.find(block.text()), std::string::npos) << block.text();
    }
  }
}

TEST(Snippets, are_each_shown_with_what_they_print) {
  std::string all;
  for (const fs::path& document : documents()) all += contents(document);
  for (const std::string program : {RACEWALK_SNIPPETS}) {
    const Outcome outcome = run(program, fs::temp_directory_path());
    EXPECT_EQ(outcome.status, 0) << program;
    const std::string source = contents(snippets / (fs::path(program).filename().string().substr(5) + ".cpp"));
    EXPECT_NE(all.find("```cpp\n" + source + "```\n"), std::string::npos) << program << " is not shown";
    EXPECT_NE(all.find("```text\n" + outcome.out + "```\n"), std::string::npos) << program << " prints " << outcome.out;
  }
}

// The names that `struct NAME { ... };` of a header declares, without its functions and nested types.
std::vector<std::string> members(const fs::path& header, const std::string& name) {
  std::string text = contents(root / header);
  text.erase(0, text.find("\nstruct " + name + " {"));
  text = text.substr(text.find('{') + 1, text.find("\n};") - text.find('{') - 1);
  static const std::regex comment("//[^\n]*"), value("\\s*=[^,;]*"), arguments("<[^;]*>"), last("(\\w+)\\s*[,;]");
  text = std::regex_replace(text, comment, "");
  text = std::regex_replace(std::regex_replace(text, value, ""), arguments, "");
  std::vector<std::string> names;
  for (std::sregex_iterator it(text.begin(), text.end(), last), end; it != end; ++it) names.push_back((*it)[1]);
  return names;
}

TEST(Library, has_every_option_and_every_finding_on_its_page) {
  const std::string page = contents(root / "docs/reference/api.md");
  for (const auto& [header, name, least] :
       {std::tuple{"sim/explore/options.hpp", "Options", 25}, std::tuple{"sim/explore/report.hpp", "Report", 20}}) {
    const std::vector<std::string> all = members(header, name);
    EXPECT_GE(all.size(), static_cast<std::size_t>(least)) << name;
    for (const std::string& member : all) {
      EXPECT_NE(page.find("`" + member + "`"), std::string::npos) << name << "::" << member;
    }
  }
}

// As hosts of repositories make them from headings: small letters, dashes for spaces, no other signs.
std::set<std::string> anchors(const std::string& document) {
  static const std::regex link("\\[([^\\]]*)\\]\\([^)]*\\)");
  std::set<std::string> all;
  bool code = false;
  for (const std::string& line : lines_of(document)) {
    if (line.starts_with("```")) code = !code;
    if (code || !line.starts_with('#')) continue;
    std::string anchor;
    const std::string heading = std::regex_replace(line.substr(line.find(' ') + 1), link, "$1");
    for (const char c : heading) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0) anchor += static_cast<char>(std::tolower(c));
      if (c == '-' || c == '_') anchor += c;
      if (c == ' ') anchor += '-';
    }
    all.insert(anchor);
  }
  return all;
}

TEST(Links, lead_to_files_and_headings) {
  static const std::regex link("\\]\\(([^)#:]*)(#([^)]*))?\\)");
  std::vector<fs::path> paths = documents();
  for (const char* name : {"CHANGELOG.md", "CONTRIBUTING.md"}) paths.push_back(root / name);
  for (const fs::path& document : paths) {
    const std::string text = contents(document);
    for (std::sregex_iterator it(text.begin(), text.end(), link), end; it != end; ++it) {
      const std::string name = (*it)[1], heading = (*it)[3];
      const fs::path target = name.empty() ? document : document.parent_path() / name;
      EXPECT_TRUE(fs::exists(target)) << document << ": " << name;
      if (heading.empty() || target.extension() != ".md") continue;
      EXPECT_TRUE(anchors(contents(target)).contains(heading)) << document << ": " << it->str();
    }
  }
}

TEST_F(Documents, show_commands_as_they_behave) {
  check_consoles(std::getenv("RACEWALK_SLOW") != nullptr);
}

}  // namespace
