#include "cli/graphviz.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

extern char** environ;

namespace sim::cli {
namespace {

Failure<InputError> fail(std::string message) {
  return Failure{InputError{"dot", 0, 0, std::move(message)}};
}

// A file in memory. dot's input, output and complaints are whole files, so that no pipe can fill up and block.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : file_(::memfd_create(name, MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (file_ >= 0) ::close(file_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int descriptor() const { return file_; }

  bool fill(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(file_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::lseek(file_, 0, SEEK_SET) == 0;
  }

  std::string contents() {
    std::string text;
    std::array<char, 1 << 16> block;
    if (::lseek(file_, 0, SEEK_SET) != 0) return text;
    for (ssize_t got = 0; (got = ::read(file_, block.data(), block.size())) > 0;) {
      text.append(block.data(), static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  int file_;
};

// How a process ended that did not say why it failed.
std::string ending(int status) {
  if (WIFSIGNALED(status)) return std::string("it was ended by a signal: ") + ::strsignal(WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return "it ended with exit status " + std::to_string(WEXITSTATUS(status));
  return "it wrote nothing";
}

}  // namespace

Result<std::string, InputError> run_dot(const std::string& text, const std::string& format) {
  MemoryFile input("dot-input"), output("dot-output"), complaints("dot-errors");
  if (input.descriptor() < 0 || output.descriptor() < 0 || complaints.descriptor() < 0 || !input.fill(text)) {
    return fail(std::string("cannot be given its input: ") + std::strerror(errno));
  }
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input.descriptor(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, output.descriptor(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, complaints.descriptor(), STDERR_FILENO);
  posix_spawnattr_t attributes;  // The signals that main() ignores, as programs expect them.
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  sigaddset(&signals, SIGXFSZ);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::string program = "dot", option = "-T" + format;
  std::array<char*, 3> arguments = {program.data(), option.data(), nullptr};
  pid_t child = 0;
  const int code = ::posix_spawnp(&child, "dot", &files, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (code == ENOENT) return fail("is not installed; install the package graphviz, or use --format dot or text");
  if (code != 0) return fail(std::string("cannot be started: ") + std::strerror(code));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  std::string result = output.contents();
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !result.empty()) return result;
  std::string complaint = complaints.contents();
  complaint.resize(std::min(complaint.find('\n'), complaint.size()));
  if (complaint.empty()) complaint = ending(status);
  return fail("failed to draw the diagram: " + complaint + "; --format text needs no Graphviz");
}

}  // namespace sim::cli
