#include "source_tree.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

namespace sim::tidy {
namespace {

namespace fs = std::filesystem;

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

SourceFile read(const fs::path& path) {
  SourceFile file{fs::relative(path, RACEWALK_SOURCE_DIR).generic_string(), {}};
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
  return file;
}

}  // namespace

std::string_view SourceFile::folder() const {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string_view() : std::string_view(path).substr(0, slash);
}

std::string SourceFile::at(std::size_t line_index) const {
  return path + ":" + std::to_string(line_index + 1);
}

std::vector<SourceFile> files_below(const std::vector<std::string>& folders,
                                    const std::vector<std::string>& extensions) {
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    const fs::path root = fs::path(RACEWALK_SOURCE_DIR) / folder;
    if (!fs::exists(root)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
      const std::string extension = entry.path().extension().string();
      if (entry.is_regular_file() && std::ranges::count(extensions, extension) != 0)
        files.push_back(read(entry.path()));
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

std::vector<SourceFile> product_sources() {
  return files_below({"sim", "models"}, {".hpp", ".cpp"});
}

std::string_view without_comment(std::string_view line) {
  return line.substr(0, line.find("//"));
}

bool names(std::string_view line, std::string_view name) {
  for (std::size_t at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || !is_word(line[at - 1]);
    const bool ends = end == line.size() || !is_word(name.back()) || !is_word(line[end]);
    if (begins && ends) return true;
  }
  return false;
}

std::optional<std::string> included(std::string_view line, char open, char close) {
  line = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
  if (!line.starts_with("#")) return std::nullopt;
  line.remove_prefix(1);
  line = line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
  if (!line.starts_with("include")) return std::nullopt;
  const std::size_t begin = line.find(open);
  const std::size_t end = line.find(close, begin + 1);
  if (begin == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
  return std::string(line.substr(begin + 1, end - begin - 1));
}

}  // namespace sim::tidy
