#include "scenario/text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include "scenario/nearest.hpp"

namespace sim::scenario {
namespace {

// "; did you mean ...?" for a file of a similar name in the same folder.
std::string similar_file(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path wanted(path);
  const fs::path folder = wanted.has_parent_path() ? wanted.parent_path() : fs::path(".");
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  std::ranges::sort(names);
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto near = nearest(wanted.filename().string(), views);
  return near ? "; did you mean " + in_quotes((wanted.parent_path() / *near).string()) + "?" : std::string();
}

std::string size_text(std::size_t bytes) {
  return std::to_string(bytes / (1024 * 1024)) + " MiB";
}

}  // namespace

Result<std::string, InputError> read_text_file(const std::string& path, std::size_t limit, const std::string& what) {
  const auto fail = [&](std::string message) { return Failure{InputError{path, 0, 0, std::move(message)}}; };
  if (path.empty()) return Failure{InputError{{}, 0, 0, "the name of the " + what + " file is empty"}};
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    if (errno == ENOENT) return fail("there is no such " + what + " file" + similar_file(path));
    return fail("the " + what + " file cannot be read: " + std::strerror(errno));
  }
  struct stat status {};
  const bool directory = ::fstat(file, &status) == 0 && S_ISDIR(status.st_mode);
  std::string text;
  std::array<char, 1 << 16> block;
  ssize_t got = 0;
  while (!directory && text.size() <= limit) {
    got = ::read(file, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  const int code = errno;
  ::close(file);
  if (directory) return fail("this is a directory; name a " + what + " file");
  if (got < 0) return fail("the " + what + " file cannot be read: " + std::string(std::strerror(code)));
  if (text.size() > limit) return fail("this is no " + what + " file: it is larger than " + size_text(limit));
  return text;
}

}  // namespace sim::scenario
