#include "cli/output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "report/text.hpp"
#include "report/trace_writer.hpp"

namespace sim::cli {
namespace {

namespace fs = std::filesystem;

Failure<InputError> fail(const std::string& path, std::string message) {
  return Failure{InputError{path, 0, 0, std::move(message)}};
}

// 0, or the error number.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

bool written_by_racewalk(const std::string& path) {
  constexpr std::size_t beginning = 1000;
  std::ifstream file(path, std::ios::binary);
  std::string text(beginning, '\0');
  file.read(text.data(), beginning);
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text.starts_with(report::trace_file_beginning) || text.find(signature) != std::string::npos;
}

std::string could_not_write(int code) {
  return "cannot be written: " + std::string(std::strerror(code));
}

// A file that takes the place of another when it is complete, and leaves nothing behind if it never is.
class Replacement {
 public:
  explicit Replacement(const std::string& target) : name_(target + ".XXXXXX") { file_ = ::mkstemp(name_.data()); }
  ~Replacement() {
    if (file_ < 0) return;
    ::close(file_);
    if (!complete_) ::unlink(name_.c_str());
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  // 0, or the error number.
  int fill(std::string_view contents, const std::string& target) {
    if (file_ < 0) return errno;
    constexpr mode_t for_all = 0666;
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (const int code = write_all(file_, contents); code != 0) return code;
    if (::fchmod(file_, for_all & ~mask) != 0 || ::fsync(file_) != 0) return errno;
    if (::rename(name_.c_str(), target.c_str()) != 0) return errno;
    complete_ = true;
    return 0;
  }

 private:
  std::string name_;
  int file_ = -1;
  bool complete_ = false;
};

}  // namespace

Result<Ok, InputError> print(std::string_view text) {
  const int code = write_all(STDOUT_FILENO, text);
  if (code == 0) return Ok{};
  return fail("standard output", could_not_write(code));
}

void print_error(const InputError& error) {
  const std::string line = "racewalk: " + report::printable(error.to_text()) + "\n";
  write_all(STDERR_FILENO, line);
}

Result<Ok, InputError> may_write(const std::string& path, bool force) {
  if (path.empty()) return fail({}, "the name of the output file is empty");
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::directory) return fail(path, "this is a directory; name a file to write");
  if (status.type() != fs::file_type::regular || force || written_by_racewalk(path)) return Ok{};
  return fail(path, "the file exists and was not written by racewalk; choose another name, or use --force");
}

Result<Ok, InputError> write_file(const std::string& path, std::string_view contents, bool force) {
  if (const auto allowed = may_write(path, force); !allowed) return allowed;
  std::error_code error;
  const fs::path folder = fs::path(path).parent_path();
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) return fail(folder.string(), "the folder cannot be created: " + error.message());
  const fs::file_status status = fs::status(path, error);
  int code = 0;
  if (fs::exists(status) && status.type() != fs::file_type::regular) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    code = file < 0 ? errno : write_all(file, contents);
    if (file >= 0 && ::close(file) != 0 && code == 0) code = errno;
  } else {
    // A symbolic link stays one: its target is replaced.
    const std::string target = fs::exists(status) ? fs::canonical(path, error).string() : path;
    code = Replacement(target).fill(contents, target);
  }
  if (code != 0) return fail(path, could_not_write(code));
  return Ok{};
}

}  // namespace sim::cli
