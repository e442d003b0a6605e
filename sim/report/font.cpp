#include "report/font.hpp"

#include <array>

#include "report/text.hpp"

namespace sim::report {
namespace {

// Adobe's font metrics of Helvetica for ASCII 32 to 126, in thousandths of the font size.
constexpr std::array<short, 95> helvetica = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584};
constexpr double other_character = 0.8;

}  // namespace

double text_width(std::string_view text, double font_size) {
  double width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 32 && byte < 127) width += helvetica[byte - 32] / 1000.0;
    if (byte >= 0xC0) width += other_character;  // The first byte of a longer character.
  }
  return width * font_size;
}

std::string fitted(std::string_view text, double font_size, double width) {
  std::string result(text);
  for (std::size_t count = width_of(text); count > 4 && text_width(result, font_size) > width; --count) {
    result = elided(text, count - 1);
  }
  return result;
}

std::vector<std::string> wrapped_to(std::string_view text, double font_size, double width, std::size_t most) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    const std::string longer = line.empty() ? std::string(word) : line + " " + std::string(word);
    if (!line.empty() && text_width(longer, font_size) > width) {
      if (lines.size() + 1 == most) {
        lines.push_back(fitted(line + " " + std::string(text), font_size, width));
        return lines;
      }
      lines.push_back(fitted(line, font_size, width));
      line.clear();
      continue;
    }
    line = longer;
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  if (!line.empty()) lines.push_back(fitted(line, font_size, width));
  return lines;
}

}  // namespace sim::report
