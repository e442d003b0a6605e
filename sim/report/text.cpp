#include "report/text.hpp"

#include <algorithm>
#include <cstdint>

namespace sim::report {
namespace {

constexpr std::string_view separators = "\\/";

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Bytes of the well-formed UTF-8 sequence that starts `text`; 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(text[i])) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond U+10FFFF.
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)) return 0;
  if ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
  return length;
}

/// The index in `text` behind its first `count` code points.
std::size_t offset_of(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size() && (count > 0 || continues(text[at]))) {
    if (!continues(text[at])) --count;
    ++at;
  }
  return at;
}

/// Where a path's first component ends: behind the server of `\\server\share`, or behind `C:` or the leading name.
std::size_t root_end(std::string_view path) {
  const std::size_t begin = std::min(path.find_first_not_of(separators), path.size());
  return std::min(path.find_first_of(separators, begin), path.size());
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    const bool control = byte < 0x20 || byte == 0x7F || (length == 2 && byte == 0xC2 && (text[1] & 0x60) == 0);
    if (length == 0 || control) {
      for (const char c : text.substr(0, std::max<std::size_t>(length, 1))) {
        const auto value = static_cast<unsigned char>(c);
        result += "\\x";
        result += "0123456789abcdef"[value >> 4];
        result += "0123456789abcdef"[value & 15];
      }
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t used = width_of(text);
  if (used < width) text.append(width - used, ' ');
  return text;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::vector<std::string> lines(1);
  bool fresh = true;  // Nothing but the indent is on the last line.
  const auto begin_line = [&] {
    lines.emplace_back(indent, ' ');
    fresh = true;
  };
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (!fresh && width_of(lines.back()) + 1 + width_of(word) > width) begin_line();
    if (!fresh) lines.back() += ' ';
    while (width_of(lines.back()) + width_of(word) > width) {
      std::size_t cut = offset_of(word, width - width_of(lines.back()));
      const std::size_t separator = word.substr(0, cut).find_last_of(separators);
      if (separator != std::string_view::npos && separator > 1) cut = separator + 1;
      lines.back() += word.substr(0, cut);
      word.remove_prefix(cut);
      begin_line();
    }
    lines.back() += word;
    fresh = false;
  }
  return lines;
}

std::string elided(std::string_view text, std::size_t width) {
  const std::size_t used = width_of(text);
  if (used <= width) return std::string(text);
  const std::size_t head = (width - 3) / 2;
  const std::size_t tail = width - 3 - head;
  return std::string(text.substr(0, offset_of(text, head))) + "..." +
         std::string(text.substr(offset_of(text, used - tail)));
}

std::string without_middle(std::string_view path) {
  const std::size_t root = root_end(path);
  const std::size_t last = path.find_last_of(separators);
  if (last == std::string_view::npos || last + 1 == path.size() || last <= root + 4) return std::string(path);
  return std::string(path.substr(0, root + 1)) + "..." + std::string(path.substr(last));
}

std::string_view last_components(std::string_view path, std::size_t count) {
  std::size_t at = path.size();
  while (count > 0 && at != 0) {
    at = path.find_last_of(separators, at - 1);
    if (at == std::string_view::npos) return path;
    --count;
  }
  return path.substr(count == 0 ? at + 1 : 0);
}

}  // namespace sim::report
