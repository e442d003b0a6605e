#include <csignal>
#include <cstdio>
#include <exception>
#include <span>

#include "cli/options.hpp"
#include "cli/output.hpp"

int main(int count, char** arguments) {
  using namespace sim::cli;
  // A reader that is gone and a file that may not grow are errors of writing, and are reported as such.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return static_cast<int>(run(std::span<const char* const>(arguments, static_cast<std::size_t>(count))));
  } catch (const std::bad_alloc&) {
    print_error({{}, 0, 0, "out of memory; limit it with --max-memory"});
  } catch (const std::exception& error) {
    print_error({{}, 0, 0, error.what()});
  }
  return static_cast<int>(Exit::bad_input);
}
