#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace sim::cli {

namespace {

unsigned width_of(int descriptor) {
  constexpr unsigned usual = 120, narrowest = 40, widest = 1000;
  if (const char* columns = std::getenv("COLUMNS")) {
    const unsigned long width = std::strtoul(columns, nullptr, 10);
    if (width >= narrowest && width <= widest) return static_cast<unsigned>(width);
  }
  struct winsize size {};
  const bool known = ::isatty(descriptor) != 0 && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0;
  return known && size.ws_col >= narrowest ? size.ws_col : usual;
}

// A terminal, and none that prints escape sequences as they are.
bool understands_escapes(int descriptor) {
  const char* terminal = std::getenv("TERM");
  return ::isatty(descriptor) != 0 && terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
}

}  // namespace

unsigned output_width() {
  return width_of(STDOUT_FILENO);
}

unsigned error_width() {
  return width_of(STDERR_FILENO);
}

bool output_is_coloured() {
  const char* no_colour = std::getenv("NO_COLOR");  // https://no-color.org
  if (no_colour != nullptr && *no_colour != '\0') return false;
  return understands_escapes(STDOUT_FILENO);
}

bool error_can_be_rewritten() {
  return understands_escapes(STDERR_FILENO);
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string duration_text(double seconds) {
  constexpr double minute = 60;
  if (seconds < 0.1) return fmt::format("{:.2f} ms", seconds * 1000);
  if (seconds < 1) return fmt::format("{:.2f} s", seconds);
  if (seconds < 10 * minute) return fmt::format("{:.1f} s", seconds);
  return fmt::format("{:.0f} min", seconds / minute);
}

}  // namespace sim::cli
