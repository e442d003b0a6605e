#pragma once

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>

#include <sys/wait.h>

/// Explorations in processes of their own: see kept_exploration.cpp.
namespace kept {

struct Ended {
  int status = -1;
  std::string out;
};

/// `words`: what follows the name of the program. A status of -1: the process was killed.
inline Ended run(const std::string& words, const std::string& environment = {}) {
  Ended ended;
  FILE* const out = popen((environment + " exec " KEPT_EXPLORATION " " + words).c_str(), "r");
  if (out == nullptr) throw std::runtime_error("no process for a test");
  std::array<char, 4096> piece;
  for (std::size_t size; (size = fread(piece.data(), 1, piece.size(), out)) != 0;) ended.out.append(piece.data(), size);
  const int status = pclose(out);
  if (WIFEXITED(status)) ended.status = WEXITSTATUS(status);
  return ended;
}

}  // namespace kept
